package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// formResponse is what an endpoint of a provider answers to a form of ours: the
// token endpoint (RFC 6749 sections 5.1 and 5.2), the endpoint for pushed
// requests (RFC 9126 section 2.2), or the revocation endpoint (RFC 7009
// section 2.2). Members are read one by one and leniently: an optional member
// of an odd type costs that member, and not the answer.
type formResponse struct {
	claims
	status      int
	endpoint    string // for errors
	broken      error  // why there are no members; nil: there are
	description string // the provider's own explanation of an error, fit for a log line
}

// postForm is the only way a form with our client authentication reaches a
// provider. It sends the form once and follows no redirect, and the answer's
// length is bounded (outgoing.go). The secrets are what the answer may echo.
func (p *provider) postForm(ctx context.Context, party *relyingParty, endpoint, to string, form url.Values, secrets ...string) (*formResponse, error) {
	method := p.authMethod(party.metadata)
	if err := p.authenticate(method, party, form); err != nil {
		return nil, p.wrap(Internal, err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, p.errorf(ProviderFault, "%s: %w", endpoint, err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	if method == oidc.AuthMethodBasic {
		r.SetBasicAuth(url.QueryEscape(p.ClientID), url.QueryEscape(p.ClientSecret)) // RFC 6749 section 2.3.1
	}
	resp, err := p.client.Do(r)
	if err != nil {
		return nil, p.callError(endpoint, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, p.callError(endpoint, err)
	}
	answer := &formResponse{status: resp.StatusCode, endpoint: endpoint}
	answer.claims, answer.broken = readMembers(body)
	answer.description = p.sanitize(answer.error(), append(secrets, form.Get("client_assertion"))...)
	return answer, nil
}

// readMembers reads a JSON object, whatever its content type says.
func readMembers(body []byte) (claims, error) {
	var members claims
	err := json.Unmarshal(bytes.TrimPrefix(body, byteOrderMark), &members)
	if err != nil {
		return nil, fmt.Errorf("the answer is not the JSON expected: %w", quotable(err))
	}
	if members == nil {
		return nil, errors.New("the answer is not the JSON expected: it is null")
	}
	return members, nil
}

// error returns the provider's own explanation of an error.
func (f *formResponse) error() string {
	text := strings.TrimSpace(f.text("error") + " " + f.text("error_description"))
	if text == "" && f.broken != nil {
		return f.broken.Error()
	}
	return text
}

// endpointError says what an answer means that does not bring what was asked for
// (RFC 6749 section 5.2).
func (p *provider) endpointError(party *relyingParty, answer *formResponse) error {
	endpoint, status, said := answer.endpoint, answer.status, answer.description
	switch code := answer.text("error"); {
	case code == "invalid_client" || code == "unauthorized_client" || status == http.StatusUnauthorized:
		return p.clientRefused(party, answer)
	case code == "invalid_grant":
		return p.errorf(ProviderRefused, "%s: the code is not accepted (%d %s)", endpoint, status, said)
	case status >= http.StatusInternalServerError || status == http.StatusTooManyRequests || code == "temporarily_unavailable":
		return p.errorf(ProviderUnavailable, "%s: failed (%d %s)", endpoint, status, said)
	}
	p.invalidate()
	return p.errorf(ProviderFault, "%s: refused (%d %s)", endpoint, status, said)
}
