package handlers

import (
	"net/http"
	"slices"
	"strings"
	"unicode"

	"latchkey/auth"
)

// GET /api/auth/verify tells a reverse proxy who is signed in, such as nginx with
// auth_request: 204 with headers about the person, or 401. It is all there is of a
// gateway: another program behind the proxy trusts these headers, so the proxy must
// replace those that a client sends.
func (a *app) verify(w http.ResponseWriter, r *http.Request) error {
	session, err := auth.FromContext(r.Context())
	if err != nil {
		return jsonError{err}
	}
	if session == nil {
		w.WriteHeader(http.StatusUnauthorized)
		return nil
	}
	for name, value := range a.verifiedHeaders(r, session) {
		if value != "" && len(value) <= maxVerified {
			w.Header().Set(name, value)
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// maxVerified is the longest of these headers, in bytes: all headers of a response must fit
// into a proxy's buffer.
const maxVerified = 2 << 10

// verifiedHeaders is the allowlist of what the proxy learns. With several providers, the
// user has the provider's id in front, because two of them can use one subject. An e-mail
// address counts if the provider has verified it, and groups as in App.RequireGroup.
func (a *app) verifiedHeaders(r *http.Request, session *auth.Session) map[string]string {
	user := session.User.Subject
	if len(a.auth.Providers(r.Context())) > 1 {
		user = session.Provider + ":" + user
	}
	headers := map[string]string{"X-Auth-Request-User": headerText(user)}
	if verified := session.Claims()["email_verified"]; verified == true || verified == "true" {
		headers["X-Auth-Request-Email"] = headerText(session.User.Email)
	}
	if provider, err := a.trustedGroups(r); err == nil {
		// A name that a program could read as several, or as another one, is left out.
		groups := slices.DeleteFunc(session.Groups(provider), func(group string) bool {
			return headerText(group) == "" || strings.Contains(group, ",")
		})
		headers["X-Auth-Request-Groups"] = strings.Join(groups, ",")
	}
	return headers
}

// headerText returns text that every program reads from a header as it is, and "" for any
// other text (RFC 9110 section 5.5).
func headerText(text string) string {
	other := func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsPrint(r) }
	if strings.ContainsFunc(text, other) || strings.TrimSpace(text) != text {
		return ""
	}
	return text
}
