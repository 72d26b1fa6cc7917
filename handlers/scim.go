package handlers

import (
	"bytes"
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

// This file reads and changes the person's profile at the provider, by SCIM
// 2.0 (RFC 7644), as Asgardeo offers it to the person themselves.

const (
	scimScope = "internal_login" // what Asgardeo asks for before it answers
	scimLimit = 3 * time.Second  // how long a page waits for it
	scimBytes = 1 << 20          // of an answer that are read
	scimType  = "application/scim+json"
)

// errSCIMRefused is an answer that says no, in contrast to none.
var errSCIMRefused = errors.New("the provider refused")

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
	body, err := a.scim(ctx, http.MethodGet, scimMe(session), nil)
	if err == nil && json.Unmarshal(body, &user) != nil {
		err = errSCIMMalformed
	}
	return user.Name, err
}

// scimRename changes it (RFC 7644 section 3.5.2.3).
func (a *app) scimRename(ctx context.Context, session *auth.Session, name scimName) error {
	type operation struct {
		Op    string         `json:"op"`
		Value map[string]any `json:"value"`
	}
	_, err := a.scim(ctx, http.MethodPatch, scimMe(session), map[string]any{
		"schemas":    []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"},
		"Operations": []operation{{"replace", map[string]any{"name": name}}},
	})
	return err
}

// scim sends one request in the person's name, and returns the answer's body.
func (a *app) scim(ctx context.Context, method, url string, content any) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, scimLimit)
	defer cancel()
	body, err := json.Marshal(content)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", scimType)
	if content == nil {
		req.Body, req.ContentLength = http.NoBody, 0
	} else {
		req.Header.Set("Content-Type", scimType)
	}
	resp, err := a.auth.Client(ctx).Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return scimAnswer(resp)
}

func scimAnswer(resp *http.Response) ([]byte, error) {
	switch {
	case resp.StatusCode/100 == 2:
		return io.ReadAll(io.LimitReader(resp.Body, scimBytes))
	case resp.StatusCode/100 == 4 && resp.StatusCode != http.StatusTooManyRequests:
		return nil, fmt.Errorf("%w: %s", errSCIMRefused, statusName(resp))
	}
	return nil, fmt.Errorf("the provider failed: %s", statusName(resp))
}

// statusName leaves out the words of the answer's status line.
func statusName(resp *http.Response) string {
	return fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
}
