package oidc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"latchkey/auth/version"
)

const (
	// OutgoingLimit is how long one request to us may wait for all of its outgoing calls.
	// With the store's limit it stays below 8 s.
	OutgoingLimit = 7 * time.Second
	// callLimit is how long one outgoing call may take, including the body.
	callLimit = 5 * time.Second
	// maxResponse is the longest response that is read, in bytes.
	maxResponse = 1 << 20
)

var (
	errRedirected = errors.New("the response is a redirect, which is not followed: it would send secrets to another host")
	errHTML       = errors.New("the response is an HTML page instead of JSON")
	errTooLong    = fmt.Errorf("the response is longer than %d bytes", maxResponse)
)

// NewClient returns a client for outgoing calls. Each provider has its own transport, so
// that one that hangs does not block the others.
func NewClient(through http.RoundTripper) *http.Client {
	return &http.Client{Timeout: callLimit, Transport: through}
}

// NewTransport returns a transport with limits on time and size.
func NewTransport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: 3 * time.Second}).DialContext
	t.TLSHandshakeTimeout = 3 * time.Second
	t.ResponseHeaderTimeout = callLimit
	t.MaxResponseHeaderBytes = 64 << 10
	t.MaxIdleConnsPerHost = 16
	return &bounded{t}
}

// bounded reads the whole response before it returns it. A response that is too long, or
// ends early, is an error for every caller.
type bounded struct{ next http.RoundTripper }

func (b *bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Get("User-Agent") == "" {
		r = r.Clone(r.Context())
		r.Header.Set("User-Agent", version.UserAgent)
	}
	resp, err := b.next.RoundTrip(r)
	if untrustedCertificate(err) {
		return nil, fmt.Errorf("%w. If its authority is private, set SSL_CERT_FILE to a PEM file that contains it and the public ones", Quotable(err))
	}
	if err != nil {
		return nil, Quotable(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 == 3 && resp.Header.Get("Location") != "" {
		return nil, errRedirected // http.Client would quote an invalid Location
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxResponse+1))
	if err != nil {
		return nil, fmt.Errorf("reading the response: %w", Quotable(err))
	}
	if len(body) > maxResponse {
		return nil, errTooLong
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// byteOrderMark starts documents that some editors save. A reader of JSON may ignore it
// (RFC 8259 section 8.1).
var byteOrderMark = []byte("\xef\xbb\xbf")

type statusError struct {
	URL    string
	Status int
}

func (e *statusError) Error() string {
	return fmt.Sprintf("%s answered %d %s", endpointName(e.URL), e.Status, http.StatusText(e.Status))
}

func (p *Provider) fetchJSON(ctx context.Context, endpoint, url string, document any) error {
	body, err := p.fetch(ctx, endpoint, url, "")
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, document); err != nil {
		return fmt.Errorf("%s: the response is not the expected JSON: %w", endpointName(url), Quotable(err))
	}
	return nil
}

// fetch requests a document. It accepts any content type except HTML, which comes from a
// proxy or is a page for people.
func (p *Provider) fetch(ctx context.Context, endpoint, url, bearer string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := p.do(endpoint, r)
	if err != nil {
		return nil, Quotable(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, &statusError{url, resp.StatusCode}
	}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		return nil, fmt.Errorf("%s: %w", endpointName(url), errHTML)
	}
	body, err := io.ReadAll(resp.Body)
	return bytes.TrimPrefix(body, byteOrderMark), err
}
