package authtest_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/auth/authtest"
)

func signClaims(key authtest.Key, claims map[string]any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	return key.Sign(nil, payload)
}

func TestUserinfoFollowsScopes(t *testing.T) {
	t.Parallel()
	for scope, want := range map[string]map[string]any{
		"openid":       {"sub": authtest.Grace.Subject},
		"openid email": {"sub": authtest.Grace.Subject, "email": "grace@example.com", "email_verified": true},
	} {
		t.Run(scope, func(t *testing.T) {
			t.Parallel()
			rp := newRelyingParty(t)
			access := str(t, rp.signIn(authtest.NewBrowser(t), authtest.Grace, "scope", scope), "access_token")
			_, got := rp.ask(http.MethodGet, authtest.UserinfoEndpoint, access, "")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("userinfo (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSCIMReturnsTheUser(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	access := str(t, rp.signIn(authtest.NewBrowser(t), authtest.Ada), "access_token")
	status, me := rp.ask(http.MethodGet, authtest.SCIMEndpoint, access, "")
	want := map[string]any{"givenName": "Ada", "familyName": "Lovelace"}
	if diff := cmp.Diff(want, me["name"]); status != http.StatusOK || me["userName"] != "ada" || diff != "" {
		t.Errorf("got %d and user name %v, want 200 and ada; name (-want +got):\n%s", status, me["userName"], diff)
	}
	if status, _ := rp.ask(http.MethodPatch, authtest.SCIMEndpoint, access, "{}"); status != http.StatusMethodNotAllowed {
		t.Errorf("PATCH: got %d, want 405", status)
	}
}

func TestAccessTokensRefused(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	poor := str(t, rp.signIn(authtest.NewBrowser(t), authtest.Ada, "scope", "openid"), "access_token")
	tests := map[string]struct {
		method   string
		endpoint authtest.Endpoint
		token    string
		want     int
	}{
		"userinfo, no token":      {http.MethodGet, authtest.UserinfoEndpoint, "", 401},
		"userinfo, unknown token": {http.MethodGet, authtest.UserinfoEndpoint, "abc", 401},
		"SCIM, unknown token":     {http.MethodGet, authtest.SCIMEndpoint, "abc", 401},
		"SCIM, scope not granted": {http.MethodGet, authtest.SCIMEndpoint, poor, 403},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, _ := rp.ask(test.method, test.endpoint, test.token, ""); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

func TestPushedAuthorizationRequests(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	status, pushed := rp.push("basic", rp.client.Secret)
	if status != http.StatusCreated {
		t.Fatalf("push: got %d %v, want 201", status, pushed)
	}
	target := rp.provider.Endpoint(authtest.AuthorizationEndpoint) + "?" +
		form("client_id", rp.client.ID, "request_uri", str(t, pushed, "request_uri"))
	rp.redeem(authtest.NewBrowser(t).SignIn(target, authtest.Ada))
	if page := authtest.NewBrowser(t).Walk(target); page.StatusCode != http.StatusBadRequest {
		t.Errorf("request_uri used twice: got %d, want 400", page.StatusCode)
	}
}

func TestPushesRefused(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	for name, test := range map[string]struct {
		extra []string
		want  int
	}{
		"wrong secret":   {[]string{"basic", "wrong"}, 401},
		"no secret":      {nil, 401},
		"secret in body": {[]string{"client_secret", rp.client.Secret}, 201},
		"request_uri":    {[]string{"basic", rp.client.Secret, "request_uri", "urn:x"}, 400},
		"other client":   {[]string{"basic", rp.client.Secret, "client_id", "other"}, 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, doc := rp.push(test.extra...); got != test.want {
				t.Errorf("got %d %v, want %d", got, doc, test.want)
			}
		})
	}
}

func TestPushByAssertion(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	key := authtest.NewKey("ES256")
	rp.provider.Register(authtest.Client{ID: rp.client.ID, RedirectURIs: rp.client.RedirectURIs, PublicKey: key.Public()})
	for want, key := range map[int]authtest.Key{http.StatusCreated: key, http.StatusUnauthorized: authtest.NewKey("ES256")} {
		status, doc := rp.push("client_assertion", assert(rp.provider, key),
			"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		if status != want {
			t.Errorf("got %d %v, want %d", status, doc, want)
		}
	}
}

func (rp *relyingParty) push(extra ...string) (int, map[string]any) {
	rp.t.Helper()
	return rp.postAs(authtest.PAREndpoint, rp.params(extra...))
}
