package doctor

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"

	"latchkey/auth/internal/oidc"
	"latchkey/auth/version"
)

const (
	maxPage      = 64 << 10 // bytes
	maxRedirects = 8
)

type page struct {
	status int
	url    *url.URL // of the page, or of the place that a redirect leads to
	body   string
}

// browse requests a page of a provider as a browser without a session does. It follows
// redirects on the provider's own host, and none to the app.
func browse(ctx context.Context, address, redirectURI string) (*page, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "text/html,application/xhtml+xml")
	r.Header.Set("User-Agent", version.UserAgent)
	client := newClient()
	client.Jar, _ = cookiejar.New(nil) // only an option returns an error
	stays := func(u *url.URL) bool { return sameOrigin(u, address) && !isAt(u, redirectURI) }
	client.CheckRedirect = func(next *http.Request, via []*http.Request) error {
		if stays(next.URL) && len(via) <= maxRedirects {
			return nil
		}
		return http.ErrUseLastResponse
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, oidc.Quotable(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
	p := &page{status: resp.StatusCode, url: resp.Request.URL, body: string(body)}
	if to, err := resp.Location(); err == nil && resp.StatusCode/100 == 3 {
		if p.url = to; stays(to) {
			return nil, fmt.Errorf("more than %d redirects", maxRedirects)
		}
	}
	return p, oidc.Quotable(err)
}

// newClient returns a client that follows no redirect and reuses no connection, so
// that each request may reach another replica.
func newClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true
	return &http.Client{
		Transport:     transport,
		Timeout:       checkTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func sameOrigin(u *url.URL, address string) bool {
	other, err := url.Parse(address)
	return err == nil && u.Scheme == other.Scheme && u.Host == other.Host
}

// isAt reports whether a URL is an address, apart from its query.
func isAt(u *url.URL, address string) bool {
	other, err := url.Parse(address)
	return err == nil && sameOrigin(u, address) && u.Path == other.Path
}

// errorCodes are those with which providers explain an error page: of RFC 6749 and
// Core, and some of their own, such as Asgardeo's invalid_callback and Google's
// redirect_uri_mismatch. Microsoft's error pages have the status 200.
var (
	errorCodes = regexp.MustCompile(`\b(invalid_client|unauthorized_client|invalid_callback|redirect_uri_mismatch|invalid_redirect_uri|` +
		`invalid_post_logout_redirect_uri|unsupported_response_type|invalid_scope|invalid_request|access_denied)\b`)
	microsoftCode = regexp.MustCompile(`\bAADSTS[0-9]{4,7}\b`)
)

// errorCode returns the code that an error page or its URL names, or "". Only codes of
// a list are shown, since the rest may be any text.
func (p *page) errorCode() string {
	query := p.url.Query()
	for _, name := range []string{"error", "oauthErrorCode", "authError", "errorCode"} {
		if code := errorCodes.FindString(query.Get(name)); code != "" {
			return code
		}
	}
	if p.status >= http.StatusBadRequest {
		return errorCodes.FindString(p.body)
	}
	return microsoftCode.FindString(p.body)
}

// isError reports whether a page is certainly an error page.
func (p *page) isError() bool { return p.status >= http.StatusBadRequest || p.errorCode() != "" }

// name describes a page for an operator.
func (p *page) name() string {
	text := fmt.Sprintf("%d at %s", p.status, oidc.Sanitize(p.url.Host+p.url.Path))
	if code := p.errorCode(); code != "" {
		text = code + " (" + text + ")"
	}
	return strings.TrimSpace(text)
}
