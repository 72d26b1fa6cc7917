package auth

import (
	"net/http"
	"strings"
	"testing"

	"latchkey/auth/authtest"
)

// panicking is a network that brings out the worst at one endpoint: a fault of
// ours, or of a package that we use, which only this provider's answer meets.
type panicking struct {
	at   authtest.Endpoint
	next http.RoundTripper
}

func (p panicking) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, string(p.at)) {
		panic("a fault that one answer brings out")
	}
	return p.next.RoundTrip(r)
}

// What is asked of a provider in a goroutine of its own takes nothing down, and
// the next answer that is well does.
func TestPanicBesideTheRequestsIsAnError(t *testing.T) {
	t.Parallel()
	a, _ := newAuth(t, openStore(t, "memory:"))
	p, client := newProviderFor(t, a), a.byID["asgardeo"].client
	well := client.Transport
	p.EditTokenResponse(func(doc map[string]any) { doc["expires_in"] = -5 })

	client.Transport = panicking{authtest.DiscoveryEndpoint, well}
	_, err := a.SignIn(newTestRequest(t, a), SignInRequest{Provider: "asgardeo"})
	wantCode(t, "discovery", err, Internal)

	client.Transport = well
	a.byID["asgardeo"].failure = nil // as if the memory of it were over
	query, cookies := toProvider(t, a, authtest.NewBrowser(t))
	client.Transport = panicking{authtest.JWKSEndpoint, well}
	_, err = a.Callback(newTestRequest(t, a, cookies...), "asgardeo", query)
	wantCode(t, "the keys", err, Internal)

	client.Transport = well
	query, cookies = toProvider(t, a, authtest.NewBrowser(t))
	signedIn, err := a.Callback(newTestRequest(t, a, cookies...), "asgardeo", query)
	if err != nil {
		t.Fatal(err)
	}
	client.Transport = panicking{authtest.TokenEndpoint, well}
	active := requestFrom(newTestRequest(t, a, named(t, signedIn.Cookies, sessionCookie))).active
	_, err = a.accessToken(t.Context(), active)
	wantCode(t, "a refresh", err, Internal)
	client.Transport = well
	if _, err = a.accessToken(t.Context(), active); err != nil {
		t.Errorf("the refresh after it: got error %v, want none", err)
	}
}
