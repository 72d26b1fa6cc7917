package authtest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// token answers the token endpoint (OpenID Connect Core, sections 3.1.3 and 12). op
// makes the answer; before it leaves, the ID token in it is edited and signed.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	if !p.authenticates(w, r) {
		return
	}
	answer := httptest.NewRecorder()
	op.Exchange(answer, r, p.op)
	w.Header().Set("Cache-Control", "no-store")
	var doc map[string]any
	if answer.Code != http.StatusOK || json.Unmarshal(answer.Body.Bytes(), &doc) != nil {
		relay(w, answer)
		return
	}
	p.rewrite(doc)
	p.knobs.edit(doc, func(m *misbehaviour) edit { return m.tokenResponse })
	writeJSON(w, http.StatusOK, doc)
}

func (p *Provider) rewrite(doc map[string]any) {
	doc["expires_in"] = int(p.settings.accessLife.Seconds())
	if access, _ := doc["access_token"].(string); !p.askedOffline(access) {
		doc["scope"] = withoutScope(doc["scope"], oidc.ScopeOfflineAccess)
	}
	if token, ok := doc["id_token"].(string); ok {
		access, _ := doc["access_token"].(string)
		doc["id_token"] = p.signIDToken(decodePayload(token), access)
	}
}

// signIDToken signs with the key of the moment, after the edits of the moment.
func (p *Provider) signIDToken(claims map[string]any, accessToken string) string {
	k, m := p.knobs.now()
	claims["at_hash"] = k.halfHash(accessToken)
	shift(claims, m.clock)
	header := k.header(map[string]any{"typ": "JWT"})
	if m.idToken != nil {
		m.idToken(header, claims)
	}
	return k.signJSON(header, claims)
}

// shift moves the times of a token by the offset of the provider's clock.
func shift(claims map[string]any, offset time.Duration) {
	for _, name := range []string{"iat", "exp", "nbf", "auth_time"} {
		if at, ok := claims[name].(float64); ok {
			claims[name] = at + offset.Seconds()
		}
	}
}

func (p *Provider) askedOffline(accessToken string) bool {
	t, ok := p.storage.accessToken(p.op.Crypto(), accessToken)
	return ok && t.request.offline()
}

func withoutScope(scope any, unwanted string) string {
	list, _ := scope.(string)
	return strings.Join(slices.DeleteFunc(strings.Fields(list), func(s string) bool { return s == unwanted }), " ")
}
