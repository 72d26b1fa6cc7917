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
	// outgoingLimit is the longest that one person's request waits for all
	// outgoing calls together. With the store's own limit it stays below 8 s.
	OutgoingLimit = 7 * time.Second
	// callLimit is the longest that one outgoing call takes, its body included.
	callLimit = 5 * time.Second
	// maxAnswer is the longest answer of a provider that is read, in bytes.
	maxAnswer = 1 << 20
)

var (
	errRedirected = errors.New("the answer is a redirect, which is not followed: it would carry secrets to another place")
	errHTML       = errors.New("the answer is an HTML page instead of JSON")
	errTooLong    = fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
)

// newClient returns a client for calls to providers. Each provider
// has its own connections, so that one that hangs holds up no other; calls of
// APIs have theirs.
func NewClient(through http.RoundTripper) *http.Client {
	return &http.Client{Timeout: callLimit, Transport: through}
}

func NewTransport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: 3 * time.Second}).DialContext
	t.TLSHandshakeTimeout = 3 * time.Second
	t.ResponseHeaderTimeout = callLimit
	t.MaxResponseHeaderBytes = 64 << 10
	t.MaxIdleConnsPerHost = 16
	return &bounded{t}
}

// bounded reads the answer before it hands it over: it fails one that is too
// long, or that stops on the way, for every caller alike.
type bounded struct{ next http.RoundTripper }

func (b *bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Get("User-Agent") == "" {
		r = r.Clone(r.Context())
		r.Header.Set("User-Agent", version.UserAgent)
	}
	resp, err := b.next.RoundTrip(r)
	if untrustedCertificate(err) {
		return nil, fmt.Errorf("%w. If its authority is a private one, set SSL_CERT_FILE to a PEM file that has it beside the others", err)
	}
	if err != nil {
		return nil, Quotable(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 == 3 && resp.Header.Get("Location") != "" {
		return nil, errRedirected // the client would quote a Location that it cannot read
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", Quotable(err))
	}
	if len(body) > maxAnswer {
		return nil, errTooLong
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// byteOrderMark stands before documents that some editors have saved. A reader of
// JSON may ignore it (RFC 8259 section 8.1).
var byteOrderMark = []byte("\xef\xbb\xbf")

// statusError is an answer with a status that is no success.
type statusError struct {
	URL    string
	Status int
}

func (e *statusError) Error() string {
	return fmt.Sprintf("%s answered %d %s", endpointName(e.URL), e.Status, http.StatusText(e.Status))
}

// fetchJSON gets a JSON document.
func fetchJSON(ctx context.Context, client *http.Client, url, bearer string, document any) error {
	body, err := fetch(ctx, client, url, bearer)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, document); err != nil {
		return fmt.Errorf("%s: the answer is not the JSON expected: %w", endpointName(url), Quotable(err))
	}
	return nil
}

// fetch gets a document for programs. It takes any content type but HTML, which
// is a sign of a proxy or of a page for people.
func fetch(ctx context.Context, client *http.Client, url, bearer string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := client.Do(r)
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
