package authtest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

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

// authenticates reports whether the client authenticates itself in the one way it
// is registered for, and answers where it does not. Whether it does so rightly is
// left to op.
func (p *Provider) authenticates(w http.ResponseWriter, r *http.Request) bool {
	id, method := presented(r)
	c, ok := p.storage.client(id)
	if !ok || c.AuthMethod == "" || c.AuthMethod == method {
		return true
	}
	writeJSON(w, http.StatusUnauthorized, map[string]any{
		"error": "invalid_client", "error_description": "the client is registered for " + c.AuthMethod,
	})
	return false
}

// presented returns which client a request says it is from, and how it
// authenticates itself (OpenID Connect Core, section 9).
func presented(r *http.Request) (id, method string) {
	if id, _, ok := r.BasicAuth(); ok {
		return id, "client_secret_basic"
	}
	if assertion := r.PostFormValue("client_assertion"); assertion != "" {
		issuer, _ := decodePayload(assertion)["iss"].(string)
		return issuer, "private_key_jwt"
	}
	if r.PostFormValue("client_secret") != "" {
		return r.PostFormValue("client_id"), "client_secret_post"
	}
	return r.PostFormValue("client_id"), "none"
}

func (p *Provider) askedOffline(accessToken string) bool {
	t, ok := p.storage.accessToken(p.op.Crypto(), accessToken)
	return ok && t.request.offline()
}

func withoutScope(scope any, unwanted string) string {
	list, _ := scope.(string)
	return strings.Join(slices.DeleteFunc(strings.Fields(list), func(s string) bool { return s == unwanted }), " ")
}

// decodePayload returns the claims of a JWT without looking at its signature, and
// an empty map where there are none.
func decodePayload(token string) map[string]any {
	claims := map[string]any{}
	if parts := strings.Split(token, "."); len(parts) == 3 {
		payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
		_ = json.Unmarshal(payload, &claims) // not JSON: no claims
	}
	return claims
}

func (k Key) signJSON(header, claims map[string]any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic("authtest: " + err.Error())
	}
	// The header is complete: what an edit removed must not come back from the key.
	for _, name := range []string{"alg", "kid"} {
		if _, ok := header[name]; !ok {
			header[name] = nil
		}
	}
	return k.Sign(header, payload)
}

func relay(w http.ResponseWriter, answer *httptest.ResponseRecorder) {
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func writeJSON(w http.ResponseWriter, status int, doc any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(doc) // the client is gone
}
