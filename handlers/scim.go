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
)

// This file reads the person's profile at the provider, by SCIM
// 2.0 (RFC 7644), as Asgardeo offers it to the person themselves.

const (
	scimScope = "internal_login" // what Asgardeo asks for before it answers
	scimLimit = 3 * time.Second  // how long a page waits for it
	scimBytes = 1 << 20          // of an answer that are read
)

var errSCIMMalformed = errors.New("the answer is not the JSON expected")

// scimName is a user's name (RFC 7643 section 4.1.1).
type scimName struct {
	Given  string `json:"givenName"`
	Family string `json:"familyName"`
}

// scimMe returns the address of the person's own profile (RFC 7644 section
// 3.11), or "" where the provider has none, or none was granted.
func scimMe(session *auth.Session) string {
	base, found := strings.CutSuffix(session.Issuer, "/oauth2/token")
	if !found || !slices.Contains(session.Scopes, scimScope) {
		return ""
	}
	return base + "/scim2/Me"
}

// scimRead returns the name that the provider keeps.
func (a *app) scimRead(ctx context.Context, session *auth.Session) (scimName, error) {
	var user struct{ Name scimName }
	body, err := a.scim(ctx, scimMe(session))
	if err == nil && json.Unmarshal(body, &user) != nil {
		err = errSCIMMalformed
	}
	return user.Name, err
}

// scim asks for one resource in the person's name, and returns the answer's body.
func (a *app) scim(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, scimLimit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/scim+json")
	resp, err := a.auth.Client(ctx).Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return nil, fmt.Errorf("the provider answered %d %s", resp.StatusCode, http.StatusText(resp.StatusCode)) // without its own words
	}
	return io.ReadAll(io.LimitReader(resp.Body, scimBytes))
}

// nameAtProvider is what /profile shows of it. A provider that is down or slow
// takes nothing but this from the page.
func (a *app) nameAtProvider(r *http.Request, session *auth.Session) (name, trouble string) {
	if scimMe(session) == "" {
		return "", ""
	}
	known, err := a.scimRead(r.Context(), session)
	if err != nil {
		a.log.Warn("the person's profile at the provider could not be read", "error", err, "reference", reference(r.Context()))
		provider := a.auth.ProviderName(session.Provider)
		if codeOf(err) == auth.SessionEnded {
			return "", provider + " will show your profile again after you sign out and sign in."
		}
		return "", provider + " isn't showing your profile right now. Reload the page in a moment."
	}
	return strings.TrimSpace(known.Given + " " + known.Family), ""
}
