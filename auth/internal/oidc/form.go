package oidc

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// formResponse is the response to a form: of the token endpoint (RFC 6749 sections
// 5.1 and 5.2), of the endpoint for pushed authorization requests (RFC 9126 section
// 2.2), or of the revocation endpoint (RFC 7009 section 2.2). Members are read
// leniently: an optional one of the wrong type is ignored.
type formResponse struct {
	Claims
	status      int
	endpoint    string // for errors
	broken      error  // why there are no members; nil if there are
	description string // the provider's explanation of an error, sanitized
}

// postForm is the only way to send a form with our client authentication. It sends
// the form once, follows no redirect, and bounds the response (http.go). The secrets
// are those that the response may repeat.
func (p *Provider) postForm(ctx context.Context, party *relyingParty, endpoint string, form url.Values, secrets ...string) (*formResponse, error) {
	method := p.authMethod(party.metadata)
	if err := p.authenticate(method, party, form); err != nil {
		return nil, p.wrap(Internal, err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, party.Text(endpoint+"_endpoint"), strings.NewReader(form.Encode()))
	if err != nil {
		return nil, p.errorf(Fault, "%s endpoint: %w", endpoint, err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	if method == oidc.AuthMethodBasic {
		r.SetBasicAuth(url.QueryEscape(p.ClientID), url.QueryEscape(p.ClientSecret)) // RFC 6749 section 2.3.1
	}
	resp, err := p.do(endpoint, r)
	if err != nil {
		return nil, p.callError(endpoint, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, p.callError(endpoint, err)
	}
	answer := &formResponse{status: resp.StatusCode, endpoint: endpoint + " endpoint"}
	if err := json.Unmarshal(bytes.TrimPrefix(body, byteOrderMark), &answer.Claims); err != nil {
		answer.broken = fmt.Errorf("the response is not the expected JSON: %w", Quotable(err))
	}
	answer.description = p.sanitize(answer.error(), append(secrets, form.Get("client_assertion"))...)
	return answer, nil
}

// error returns the provider's explanation of an error.
func (f *formResponse) error() string {
	text := strings.TrimSpace(f.Text("error") + " " + f.Text("error_description"))
	if text == "" && f.broken != nil {
		return f.broken.Error()
	}
	return text
}

// endpointError returns the error for an unsuccessful response (RFC 6749
// section 5.2).
func (p *Provider) endpointError(party *relyingParty, answer *formResponse) error {
	endpoint, status, description, code := answer.endpoint, answer.status, answer.description, answer.Text("error")
	switch {
	case code == "invalid_client" || code == "unauthorized_client" || status == http.StatusUnauthorized:
		return p.clientRefused(party, answer)
	case code == "invalid_grant":
		return p.errorf(Refused, "%s: the code is not accepted (%d %s)", endpoint, status, description)
	case status >= http.StatusInternalServerError || status == http.StatusTooManyRequests || kindOfCode[code] == Unavailable:
		return p.errorf(Unavailable, "%s: failed (%d %s)", endpoint, status, description)
	}
	return p.errorf(Fault, "%s: refused (%d %s)", endpoint, status, description)
}

// callError returns the error for a call whose response is missing or cannot be read.
func (p *Provider) callError(endpoint string, err error) error {
	return p.errorf(kindOf(err), "%s endpoint: %w", endpoint, Quotable(err))
}
