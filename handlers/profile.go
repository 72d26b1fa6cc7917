package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"latchkey/auth"
	"latchkey/views"
)

// GET /profile shows the person their sessions, claims and sign-in, and the name at
// the provider if its SCIM endpoint may be read.
func (a *App) profile(w http.ResponseWriter, r *http.Request, session *auth.Session) error {
	page := a.page(w, r, session)
	sessions, err := a.sessions(r, session)
	if err != nil {
		return err
	}
	sessions.Notice, page.Notice = page.Notice, nil // the notices of this page are about sessions
	about, claims := claimRows(session.Claims())
	name, warning := a.nameAtProvider(r, session)
	return a.render(w, r, http.StatusOK, views.ProfilePage(views.Profile{
		Page:           page,
		Sessions:       sessions,
		About:          about,
		Claims:         claims,
		Steps:          timelineSteps(session.Timeline(), a.auth.ProviderName(session.Provider)),
		NameAtProvider: name,
		Warning:        warning,
	}), "profile")
}

const (
	scimScope   = "internal_login" // the scope that Asgardeo requires
	scimTimeout = 3 * time.Second
	scimBytes   = 1 << 20 // read of a response
)

// nameAtProvider returns the name that the provider has now, or a warning if it does
// not respond: the rest of the page does not depend on it.
func (a *App) nameAtProvider(r *http.Request, session *auth.Session) (name, warning string) {
	url := scimMe(session)
	if url == "" {
		return "", ""
	}
	name, err := a.scimName(r.Context(), url)
	if err != nil {
		a.log.Warn("reading the user's SCIM profile failed", "error", err, "reference", auth.Reference(r.Context()))
		return "", profileWarning(a.auth.ProviderName(session.Provider), err)
	}
	return name, ""
}

// scimMe returns the URL of the user's own SCIM resource (RFC 7644 section 3.11), or
// "" if the provider has none or the scope was not granted.
func scimMe(session *auth.Session) string {
	base, found := strings.CutSuffix(session.Issuer, "/oauth2/token")
	if !found || !slices.Contains(session.Scopes, scimScope) {
		return ""
	}
	return base + "/scim2/Me"
}

// scimName reads the name of a SCIM user (RFC 7643 section 4.1.1) with the user's
// access token.
func (a *App) scimName(ctx context.Context, url string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, scimTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Accept", "application/scim+json")
	resp, err := a.auth.Client(ctx).Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return "", fmt.Errorf("the provider responded %d %s", resp.StatusCode, http.StatusText(resp.StatusCode)) // without its own text
	}
	var user struct {
		Name struct {
			Given  string `json:"givenName"`
			Family string `json:"familyName"`
		}
	}
	if json.NewDecoder(io.LimitReader(resp.Body, scimBytes)).Decode(&user) != nil {
		return "", errors.New("the response is not the expected JSON")
	}
	return strings.TrimSpace(user.Name.Given + " " + user.Name.Family), nil
}
