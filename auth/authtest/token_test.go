package authtest_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/auth/authtest"
)

func TestCodeIsValidOnceAndForOneVerifier(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	redeem := func(code, verifier string) (int, map[string]any) {
		return rp.tokens("grant_type", "authorization_code", "code", code, "redirect_uri", redirectURI, "code_verifier", verifier)
	}
	code := func() string {
		return query(t, authtest.NewBrowser(t).SignIn(rp.authorizationURL(), authtest.Ada)).Get("code")
	}
	if status, _ := redeem(code(), "another verifier"); status != http.StatusBadRequest {
		t.Errorf("wrong verifier: got %d, want 400", status)
	}
	once := code()
	_, doc := redeem(once, rp.verifier)
	if status, _ := redeem(once, rp.verifier); status != http.StatusBadRequest {
		t.Errorf("second use: got %d, want 400", status)
	}
	if status, _ := rp.ask(http.MethodGet, authtest.UserinfoEndpoint, str(t, doc, "access_token"), ""); status != http.StatusUnauthorized {
		t.Errorf("access token of a code used twice: got %d, want 401", status)
	}
}

func TestClientAuthentication(t *testing.T) {
	t.Parallel()
	key := authtest.NewKey("ES256")
	assertion := func(p *authtest.Provider, key authtest.Key) url.Values {
		return url.Values{
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
			"client_assertion":      {assert(p, key)},
		}
	}
	secret := url.Values{"client_id": {authtest.ClientID}, "client_secret": {authtest.ClientSecret}}
	basic := url.Values{"basic": {authtest.ClientSecret}}
	tests := map[string]struct {
		client authtest.Client
		sends  func(p *authtest.Provider) url.Values
		want   int
	}{
		"basic":                  {authtest.Client{Secret: authtest.ClientSecret}, always(basic), 200},
		"post":                   {authtest.Client{Secret: authtest.ClientSecret}, always(secret), 200},
		"wrong secret":           {authtest.Client{Secret: "other"}, always(basic), 401},
		"wrong secret in body":   {authtest.Client{Secret: "other"}, always(secret), 401},
		"basic where post only":  {authtest.Client{Secret: authtest.ClientSecret, AuthMethod: "client_secret_post"}, always(basic), 401},
		"post where basic only":  {authtest.Client{Secret: authtest.ClientSecret, AuthMethod: "client_secret_basic"}, always(secret), 401},
		"assertion":              {authtest.Client{PublicKey: key.Public()}, func(p *authtest.Provider) url.Values { return assertion(p, key) }, 200},
		"assertion, another key": {authtest.Client{PublicKey: authtest.NewKey("ES256").Public()}, func(p *authtest.Provider) url.Values { return assertion(p, key) }, 400},
		"secret where assertion": {authtest.Client{PublicKey: key.Public(), AuthMethod: "private_key_jwt"}, always(secret), 401},
		"public client":          {authtest.Client{}, always(url.Values{"client_id": {authtest.ClientID}}), 200},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rp := newRelyingParty(t)
			test.client.ID, test.client.RedirectURIs = authtest.ClientID, []string{redirectURI}
			rp.provider.Register(test.client)
			form := test.sends(rp.provider)
			form.Set("grant_type", "authorization_code")
			form.Set("code", query(t, authtest.NewBrowser(t).SignIn(rp.authorizationURL(), authtest.Ada)).Get("code"))
			form.Set("redirect_uri", redirectURI)
			form.Set("code_verifier", rp.verifier)
			if got, doc := rp.postAs(authtest.TokenEndpoint, form); got != test.want {
				t.Errorf("got %d %v, want %d", got, doc, test.want)
			}
		})
	}
}

func TestUnknownClientAtARefresh(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	token := str(t, rp.signIn(authtest.NewBrowser(t), authtest.Ada), "refresh_token")
	rp.client.ID = "other"
	if status, doc := rp.refresh(token); status != http.StatusUnauthorized || doc["error"] != "invalid_client" {
		t.Errorf("got %d %v, want 401 and invalid_client", status, doc)
	}
}

func always(form url.Values) func(*authtest.Provider) url.Values {
	return func(*authtest.Provider) url.Values {
		fresh := url.Values{}
		for name, values := range form {
			fresh[name] = values
		}
		return fresh
	}
}

func assert(p *authtest.Provider, key authtest.Key) string {
	return signClaims(key, map[string]any{"iss": authtest.ClientID, "sub": authtest.ClientID, "aud": p.Issuer(),
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(), "jti": "1"})
}

// postAs sends a form, and the secret in the field "basic" by client_secret_basic.
func (rp *relyingParty) postAs(e authtest.Endpoint, form url.Values) (int, map[string]any) {
	rp.t.Helper()
	secret, basic := form.Get("basic"), form.Has("basic")
	form.Del("basic")
	req := newRequest(rp.t, http.MethodPost, rp.provider.Endpoint(e), form.Encode())
	if basic {
		req.SetBasicAuth(authtest.ClientID, secret)
	}
	return do(rp.t, req)
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	for name, rotates := range map[string]bool{"without rotation": false, "with rotation": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var opts []authtest.Option
			if rotates {
				opts = append(opts, authtest.WithRotation())
			}
			rp := newRelyingParty(t, opts...)
			first := rp.signIn(authtest.NewBrowser(t), authtest.Ada)
			old := str(t, first, "refresh_token")
			status, second := rp.refresh(old)
			if status != http.StatusOK {
				t.Fatalf("refresh: got %d %v, want 200", status, second)
			}
			before, after := segment(t, str(t, first, "id_token"), 1), segment(t, str(t, second, "id_token"), 1)
			for _, claim := range []string{"iss", "sub", "aud", "sid", "auth_time"} {
				if diff := cmp.Diff(before[claim], after[claim]); diff != "" {
					t.Errorf("%s after a refresh (-want +got):\n%s", claim, diff)
				}
			}
			if rotated := second["refresh_token"] != old; rotated != rotates {
				t.Errorf("rotated: got %v, want %v", rotated, rotates)
			}
			want := map[bool]int{false: http.StatusOK, true: http.StatusBadRequest}[rotates]
			if status, _ := rp.refresh(old); status != want {
				t.Errorf("old refresh token again: got %d, want %d", status, want)
			}
			if status, _ := rp.refresh(str(t, second, "refresh_token")); status != want {
				t.Errorf("new refresh token after that: got %d, want %d: the tokens are revoked together", status, want)
			}
		})
	}
}

func TestTokensExpireByTheProvidersClock(t *testing.T) {
	t.Parallel()
	rp, clock := newRelyingParty(t), authtest.NewClock()
	rp.provider.SetClock(clock.Now)
	doc := rp.signIn(authtest.NewBrowser(t), authtest.Ada)
	access, refresh := str(t, doc, "access_token"), str(t, doc, "refresh_token")
	for _, step := range []struct {
		after             time.Duration
		userinfo, refresh int
	}{{time.Hour, 200, 200}, {time.Second, 401, 200}, {24 * time.Hour, 401, 400}} {
		clock.Advance(step.after)
		if status, _ := rp.ask(http.MethodGet, authtest.UserinfoEndpoint, access, ""); status != step.userinfo {
			t.Errorf("userinfo after %v more: got %d, want %d", step.after, status, step.userinfo)
		}
		if status, _ := rp.refresh(refresh); status != step.refresh {
			t.Errorf("refresh after %v more: got %d, want %d", step.after, status, step.refresh)
		}
	}
}

// After a refresh with a clock that is a day ahead, the ID token is still a valid hint.
func TestClockAheadAllowsSignOut(t *testing.T) {
	t.Parallel()
	rp, clock := newRelyingParty(t), authtest.NewClock()
	clock.Advance(24 * time.Hour)
	rp.provider.SetClock(clock.Now)
	b := authtest.NewBrowser(t)
	token := str(t, rp.signIn(b, authtest.Ada), "id_token")
	if iat := segment(t, token, 1)["iat"]; iat != float64(clock.Now().Unix()) {
		t.Errorf("iat: got %v, want the clock's %v", iat, clock.Now().Unix())
	}
	if page := b.Walk(rp.endSessionURL("id_token_hint", token)); !strings.Contains(page.Text, "signed out") {
		t.Errorf("end session: got %d, want the person signed out:\n%s", page.StatusCode, page.Text)
	}
}

func TestRevocation(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	b := authtest.NewBrowser(t)
	first, second := rp.signIn(b, authtest.Ada), rp.signIn(b, authtest.Ada)
	access, refresh := str(t, first, "access_token"), str(t, second, "refresh_token")
	for _, token := range []string{access, refresh, "unknown"} {
		if status, doc := rp.post(authtest.RevocationEndpoint, "token", token); status != http.StatusOK {
			t.Errorf("revoke: got %d %v, want 200", status, doc)
		}
	}
	if diff := cmp.Diff([]string{access, refresh, "unknown"}, rp.provider.Revoked()); diff != "" {
		t.Errorf("revoked (-want +got):\n%s", diff)
	}
	for name, token := range map[string]string{"itself": access, "of a revoked refresh token": str(t, second, "access_token")} {
		if status, _ := rp.ask(http.MethodGet, authtest.UserinfoEndpoint, token, ""); status != http.StatusUnauthorized {
			t.Errorf("access token %s: got %d, want 401", name, status)
		}
	}
	if status, _ := rp.refresh(str(t, first, "refresh_token")); status != http.StatusOK {
		t.Errorf("refresh token of a revoked access token: got %d, want 200: it stays valid", status)
	}
}

func TestJWTBearerGrantIsRefused(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	key := authtest.NewKey("ES256")
	rp.provider.Register(authtest.Client{ID: authtest.ClientID, PublicKey: key.Public()})
	status, doc := rp.tokens("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion", assert(rp.provider, key), "scope", "openid")
	if status == http.StatusOK {
		t.Errorf("jwt-bearer: got %d %v, want a refusal", status, doc)
	}
}

// Of many concurrent requests with one code or rotated refresh token, one succeeds.
func TestConcurrentTokenRequestsHaveOneWinner(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t, authtest.WithRotation())
	callback := authtest.NewBrowser(t).SignIn(rp.authorizationURL(), authtest.Ada)
	refreshToken := str(t, rp.signIn(authtest.NewBrowser(t), authtest.Grace), "refresh_token")
	for name, params := range map[string][]string{
		"code": {"grant_type", "authorization_code", "code", query(t, callback).Get("code"),
			"redirect_uri", redirectURI, "code_verifier", rp.verifier},
		"refresh token": {"grant_type", "refresh_token", "refresh_token", refreshToken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var won atomic.Int64
			var all sync.WaitGroup
			for range 8 {
				req := newRequest(t, http.MethodPost, rp.provider.Endpoint(authtest.TokenEndpoint), form(params...))
				req.SetBasicAuth(rp.client.ID, rp.client.Secret)
				all.Go(func() {
					resp, err := http.DefaultClient.Do(req)
					if err != nil {
						t.Error(err)
						return
					}
					resp.Body.Close()
					if resp.StatusCode == http.StatusOK {
						won.Add(1)
					}
				})
			}
			all.Wait()
			if got := won.Load(); got != 1 {
				t.Errorf("winners: got %d, want 1", got)
			}
		})
	}
}
