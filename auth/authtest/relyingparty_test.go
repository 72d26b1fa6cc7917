package authtest_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth/authtest"
)

const redirectURI = "http://localhost:3000/callback"

// relyingParty is as little of one as the provider's own tests need.
type relyingParty struct {
	t        *testing.T
	provider *authtest.Provider
	client   authtest.Client
	verifier string
}

func newRelyingParty(t *testing.T, opts ...authtest.Option) *relyingParty {
	t.Helper()
	rp := &relyingParty{t: t, provider: authtest.Start(t, opts...), verifier: rand.Text() + rand.Text()}
	rp.client = authtest.Client{ID: authtest.ClientID, Secret: authtest.ClientSecret, RedirectURIs: []string{redirectURI}}
	rp.provider.Register(rp.client)
	return rp
}

// params are those of a sound authorization request, with pairs of name and value
// over them; an empty value leaves a parameter out.
func (rp *relyingParty) params(pairs ...string) url.Values {
	sum := sha256.Sum256([]byte(rp.verifier))
	params := url.Values{
		"response_type": {"code"}, "client_id": {rp.client.ID}, "redirect_uri": {redirectURI},
		"scope": {"openid profile email internal_login"}, "state": {"the-state"}, "nonce": {"the-nonce"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(pairs); i += 2 {
		params.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			params.Del(pairs[i])
		}
	}
	return params
}

func (rp *relyingParty) authorizationURL(pairs ...string) string {
	return rp.provider.Endpoint(authtest.AuthorizationEndpoint) + "?" + rp.params(pairs...).Encode()
}

// signIn returns what the token endpoint answers after a sign-in.
func (rp *relyingParty) signIn(b *authtest.Browser, who authtest.Person, pairs ...string) map[string]any {
	rp.t.Helper()
	return rp.redeem(b.SignIn(rp.authorizationURL(pairs...), who))
}

func (rp *relyingParty) redeem(callback string) map[string]any {
	rp.t.Helper()
	status, doc := rp.tokens("grant_type", "authorization_code", "code", query(rp.t, callback).Get("code"),
		"redirect_uri", redirectURI, "code_verifier", rp.verifier)
	if status != http.StatusOK {
		rp.t.Fatalf("token endpoint: got %d %v, want 200", status, doc)
	}
	return doc
}

func (rp *relyingParty) refresh(token string) (int, map[string]any) {
	rp.t.Helper()
	return rp.tokens("grant_type", "refresh_token", "refresh_token", token)
}

func (rp *relyingParty) tokens(pairs ...string) (int, map[string]any) {
	rp.t.Helper()
	return rp.post(authtest.TokenEndpoint, pairs...)
}

// post sends a form to an endpoint, authenticated by client_secret_basic.
func (rp *relyingParty) post(e authtest.Endpoint, pairs ...string) (int, map[string]any) {
	rp.t.Helper()
	req := newRequest(rp.t, http.MethodPost, rp.provider.Endpoint(e), form(pairs...))
	req.SetBasicAuth(url.QueryEscape(rp.client.ID), url.QueryEscape(rp.client.Secret))
	return do(rp.t, req)
}

// ask calls an endpoint with an access token.
func (rp *relyingParty) ask(method string, e authtest.Endpoint, access, body string) (int, map[string]any) {
	rp.t.Helper()
	req := newRequest(rp.t, method, rp.provider.Endpoint(e), body)
	req.Header.Set("Authorization", "Bearer "+access)
	return do(rp.t, req)
}

func form(pairs ...string) string {
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return values.Encode()
}

func newRequest(t *testing.T, method, target, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return req
}

func do(t *testing.T, req *http.Request) (int, map[string]any) {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	doc := map[string]any{}
	_ = json.Unmarshal(raw, &doc) // an empty answer has no members
	return resp.StatusCode, doc
}

func (rp *relyingParty) document(e authtest.Endpoint) map[string]any {
	rp.t.Helper()
	status, doc := do(rp.t, newRequest(rp.t, http.MethodGet, rp.provider.Endpoint(e), ""))
	if status != http.StatusOK {
		rp.t.Fatalf("%s: got %d, want 200", e, status)
	}
	return doc
}

func query(t *testing.T, raw string) url.Values {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// segment decodes the header (0) or the claims (1) of a JWT.
func segment(t *testing.T, token string, i int) map[string]any {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[i])
	if err != nil {
		t.Fatal(err)
	}
	doc := map[string]any{}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func str(t *testing.T, doc map[string]any, name string) string {
	t.Helper()
	s, ok := doc[name].(string)
	if !ok {
		t.Fatalf("%s: got %v, want a string", name, doc[name])
	}
	return s
}
