package authtest_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/auth/authtest"
)

func (rp *relyingParty) endSessionURL(pairs ...string) string {
	return rp.provider.Endpoint(authtest.EndSessionEndpoint) + "?" + form(pairs...)
}

func TestEndSessionRefusals(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	token := str(t, rp.signIn(authtest.NewBrowser(t), authtest.Ada), "id_token")
	tests := map[string][]string{
		"unknown post-logout redirect URI": {"id_token_hint", token, "post_logout_redirect_uri", redirectURI + "/x"},
		"hint of another client":           {"id_token_hint", token, "client_id", "other"},
		"hint that is no token":            {"id_token_hint", "x"},
		"hint by another key":              {"id_token_hint", signClaims(authtest.NewKey("ES256"), segment(t, token, 1))},
	}
	for name, params := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if page := authtest.NewBrowser(t).Walk(rp.endSessionURL(params...)); page.StatusCode != http.StatusBadRequest {
				t.Errorf("got %d to %q, want 400", page.StatusCode, page.Redirect)
			}
		})
	}
}

// Without an ID token of this person, the person must confirm.
func TestEndSessionAsksWithoutHint(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	ofGrace := str(t, rp.signIn(authtest.NewBrowser(t), authtest.Grace), "id_token")
	tests := map[string][]string{
		"no hint":               {"client_id", authtest.ClientID, "post_logout_redirect_uri", redirectURI, "state", "s"},
		"another person's hint": {"id_token_hint", ofGrace, "post_logout_redirect_uri", redirectURI, "state", "s"},
	}
	for name, params := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := authtest.NewBrowser(t)
			rp.signIn(b, authtest.Ada)
			page := b.Walk(rp.endSessionURL(params...))
			if page.StatusCode != http.StatusOK || !strings.Contains(page.Text, "Sign out?") {
				t.Fatalf("got %d, want to be asked", page.StatusCode)
			}
			if got := b.Post(page.URL, url.Values{"confirm": {"yes"}}).Redirect; got != redirectURI+"?state=s" {
				t.Errorf("after yes: sent to %q, want back to the app", got)
			}
			if page := b.Walk(rp.authorizationURL()); page.Redirect != "" {
				t.Error("signing in afterwards asks nothing, want credentials asked for")
			}
		})
	}
}

func TestEndSessionAcceptsHintOfOldKey(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	b := authtest.NewBrowser(t)
	token := str(t, rp.signIn(b, authtest.Ada), "id_token")
	rp.provider.PublishKeys(rp.provider.RotateKeys())
	want := redirectURI
	if got := b.Walk(rp.endSessionURL("id_token_hint", token, "post_logout_redirect_uri", redirectURI)).Redirect; got != want {
		t.Errorf("sent to %q, want %q", got, want)
	}
	if got := rp.provider.Sessions(); len(got) != 0 {
		t.Errorf("sessions: got %v, want none", got)
	}
}

// logoutReceiver is a relying party's back-channel logout URI.
func logoutReceiver(t *testing.T, status int) (uri string, tokens chan string) {
	tokens = make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tokens <- r.PostFormValue("logout_token")
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	return server.URL, tokens
}

func TestBackChannelLogout(t *testing.T) {
	t.Parallel()
	ends := map[string]func(rp *relyingParty, b *authtest.Browser, token string) error{
		"by the sid": func(rp *relyingParty, _ *authtest.Browser, _ string) error {
			return rp.provider.EndSession(rp.provider.Sessions()[0].SID)
		},
		"by the subject": func(rp *relyingParty, _ *authtest.Browser, _ string) error {
			return rp.provider.EndSession(authtest.Ada.Subject)
		},
		"by the relying party": func(rp *relyingParty, b *authtest.Browser, token string) error {
			b.Walk(rp.endSessionURL("id_token_hint", token))
			return nil
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rp := newRelyingParty(t)
			uri, tokens := logoutReceiver(t, http.StatusOK)
			rp.client.BackChannelLogoutURI = uri
			rp.provider.Register(rp.client)
			b := authtest.NewBrowser(t)
			token := str(t, rp.signIn(b, authtest.Ada), "id_token")
			if err := end(rp, b, token); err != nil {
				t.Fatal(err)
			}
			close(tokens)
			sent := <-tokens
			checkLogoutToken(t, rp, sent, segment(t, token, 1)["sid"])
			if more, ok := <-tokens; ok {
				t.Errorf("another logout token came: %s", more)
			}
		})
	}
}

func checkLogoutToken(t *testing.T, rp *relyingParty, token string, sid any) {
	t.Helper()
	header, claims := segment(t, token, 0), segment(t, token, 1)
	if header["alg"] != "RS256" || header["typ"] != "logout+jwt" {
		t.Errorf("header: got %v, want RS256 and logout+jwt", header)
	}
	life := time.Duration(claims["exp"].(float64)-claims["iat"].(float64)) * time.Second
	if life != 2*time.Minute || claims["jti"] == "" {
		t.Errorf("got a life of %v and jti %v, want two minutes, and some jti", life, claims["jti"])
	}
	for _, name := range []string{"iat", "exp", "jti"} {
		delete(claims, name)
	}
	want := map[string]any{
		"iss": rp.provider.Issuer(), "aud": []any{authtest.ClientID}, "sub": authtest.Ada.Subject, "sid": sid,
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
	}
	if diff := cmp.Diff(want, claims); diff != "" {
		t.Errorf("logout token (-want +got):\n%s", diff)
	}
}

func TestEndSessionReturnsErrorOfEachApp(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	uri, _ := logoutReceiver(t, http.StatusBadRequest)
	rp.client.BackChannelLogoutURI = uri
	rp.provider.Register(rp.client)
	rp.signIn(authtest.NewBrowser(t), authtest.Ada)
	if err := rp.provider.EndSession(authtest.Ada.Subject); err == nil || !strings.Contains(err.Error(), uri) {
		t.Errorf("got %v, want an error that names %s", err, uri)
	}
	if err := rp.provider.EndSession(authtest.Ada.Subject); err != nil {
		t.Errorf("ending what has ended: got %v, want no error", err)
	}
}

func TestLogoutTokenIsEditedLast(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	rp.signIn(authtest.NewBrowser(t), authtest.Ada)
	rp.provider.EditLogoutToken(func(header, claims map[string]any) { header["typ"], claims["sid"] = "JWT", "first" })
	token := rp.provider.LogoutToken(func(_, claims map[string]any) { claims["sid"] = "last" })
	if typ, sid := segment(t, token, 0)["typ"], segment(t, token, 1)["sid"]; typ != "JWT" || sid != "last" {
		t.Errorf("got typ %v and sid %v, want JWT and last", typ, sid)
	}
	if sub := segment(t, token, 1)["sub"]; sub != authtest.Ada.Subject {
		t.Errorf("sub: got %v, want that of the person who is signed in", sub)
	}
}
