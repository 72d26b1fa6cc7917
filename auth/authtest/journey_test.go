package authtest_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"golang.org/x/oauth2"

	"latchkey/auth/authtest"
)

// A relying party that is not ours signs in, reads userinfo and refreshes.
func TestZitadelsRelyingPartySignsIn(t *testing.T) {
	t.Parallel()
	p := authtest.Start(t, authtest.WithRotation())
	p.Register(authtest.Client{ID: "app", Secret: "a secret & more", RedirectURIs: []string{redirectURI}})
	ctx, nonce := t.Context(), "n"
	party, err := rp.NewRelyingPartyOIDC(ctx, p.Issuer(), "app", "a secret & more", redirectURI,
		[]string{"openid", "profile", "email"}, rp.WithVerifierOpts(rp.WithNonce(func(context.Context) string { return nonce })))
	if err != nil {
		t.Fatal(err)
	}
	verifier := oauth2.GenerateVerifier()
	b := authtest.NewBrowser(t)
	callback := query(t, b.SignIn(rp.AuthURL("s", party, rp.WithCodeChallenge(oauth2.S256ChallengeFromVerifier(verifier)),
		rp.AuthURLOpt(rp.WithURLParam("nonce", "n"))), authtest.Grace))
	if got := callback.Get("state"); got != "s" {
		t.Errorf("state: got %q, want s", got)
	}
	if callback.Get("session_state") == "" {
		t.Error("session_state: got none, want one")
	}
	tokens, err := rp.CodeExchange[*oidc.IDTokenClaims](ctx, callback.Get("code"), party, rp.WithCodeVerifier(verifier))
	if err != nil {
		t.Fatal(err)
	}
	if got := tokens.IDTokenClaims.Name; got != "Grace Hopper" {
		t.Errorf("name: got %q, want Grace Hopper", got)
	}
	info, err := rp.Userinfo[*oidc.UserInfo](ctx, tokens.AccessToken, "Bearer", authtest.Grace.Subject, party)
	if err != nil || info.Email != authtest.Grace.Email {
		t.Errorf("userinfo: got %v and %v, want the e-mail of Grace", info, err)
	}
	nonce = "" // a refreshed ID token has none (OpenID Connect Core, section 12.2)
	again, err := rp.RefreshTokens[*oidc.IDTokenClaims](ctx, party, tokens.RefreshToken, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if again.RefreshToken == tokens.RefreshToken {
		t.Error("refresh token: got the same, want another, as rotation is on")
	}
}

func TestIDTokenAndTokenResponse(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	doc := rp.signIn(authtest.NewBrowser(t), authtest.Ada)
	claims := segment(t, str(t, doc, "id_token"), 1)
	sid := rp.provider.Sessions()[0].SID
	want := map[string]any{
		"iss": rp.provider.Issuer(), "sub": authtest.Ada.Subject, "aud": []any{authtest.ClientID},
		"nonce": "the-nonce", "acr": "LOA1", "sid": sid, "name": "Ada Lovelace", "given_name": "Ada",
		"family_name": "Lovelace", "preferred_username": "ada", "email": "ada@example.com", "email_verified": true,
		"groups": []any{"analysts", "poets"},
	}
	got := map[string]any{}
	for name := range want {
		got[name] = claims[name]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ID token (-want +got):\n%s", diff)
	}
	if doc["expires_in"] != 3600.0 || doc["scope"] != "openid profile email internal_login" {
		t.Errorf("got expires_in %v and scope %q, want an hour, and what was asked for", doc["expires_in"], doc["scope"])
	}
}

func TestSingleSignOnUntilTheSessionEnds(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	b := authtest.NewBrowser(t)
	token := str(t, rp.signIn(b, authtest.Ada), "id_token")
	if page := b.Walk(rp.authorizationURL()); !strings.HasPrefix(page.Redirect, redirectURI) {
		t.Fatalf("second sign-in: got %d, want to be sent back at once", page.StatusCode)
	}
	end := rp.provider.Endpoint(authtest.EndSessionEndpoint) + "?" + url.Values{
		"id_token_hint": {token}, "client_id": {rp.client.ID}, "post_logout_redirect_uri": {redirectURI}, "state": {"bye"},
	}.Encode()
	if got, want := b.Walk(end).Redirect, redirectURI+"?state=bye"; got != want {
		t.Errorf("end session: got %q, want %q", got, want)
	}
	if page := b.Walk(rp.authorizationURL()); page.StatusCode != http.StatusOK || !strings.Contains(page.Text, "Ada Lovelace") {
		t.Errorf("sign-in after the end: got %d, want the login page", page.StatusCode)
	}
}

func TestStartTLS(t *testing.T) {
	t.Parallel()
	p, certificate := authtest.StartTLS(t)
	trusted := x509.NewCertPool()
	trusted.AddCert(certificate)
	b := authtest.NewBrowser(t)
	b.Client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}}
	page := b.Get(p.Endpoint(authtest.DiscoveryEndpoint))
	if want := `"issuer":"https://127.0.0.1`; !strings.Contains(page.Text, want) {
		t.Errorf("discovery document: got %s, want %s in it", page.Text, want)
	}
}
