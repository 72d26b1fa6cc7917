package auth

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"latchkey/auth/internal/oidc"
	"latchkey/auth/internal/record"
)

// A record's size is limited whatever the provider sends. Claims that decide about
// access are dropped last.
func TestRecordSizeIsLimited(t *testing.T) {
	t.Parallel()
	a, _ := newAuth(t, openStore(t, "memory:"))
	claims := map[string]any{"groups": []string{"admins"}, "department": "engines", "photo": strings.Repeat("x", 500<<10)}
	for i := range 10 {
		claims[fmt.Sprint("claim", i)] = strings.Repeat("x", 20<<10)
	}
	fat := adaRecord()
	fat.Name, fat.Email, fat.Picture = strings.Repeat("é", 100<<10), strings.Repeat("e", 100<<10), "https://example.com/"+strings.Repeat("p", 100<<10)
	fat.Scope, fat.Claims = "openid "+strings.Repeat("s ", 100<<10), record.ToJSON(claims)
	ctx := newTestRequest(t, a, beginSession(t, a, fat))
	session, err := FromContext(ctx)
	if err != nil || session == nil {
		t.Fatalf("got session %v and error %v, want Ada's", session, err)
	}
	if got := len(requestFrom(ctx).active.sealed); got > 64<<10 {
		t.Errorf("the record has %d bytes, want 64 KB at most", got)
	}
	if len(session.User.Name) > 256+len("…") || !utf8.ValidString(session.User.Name) || session.User.Email != "" || session.User.Picture != "" {
		t.Errorf("got %d bytes of name, email %q and picture %q, want what is too long cut or left out", len(session.User.Name), session.User.Email, session.User.Picture)
	}
	if kept := session.Claims(); kept["department"] != "engines" || kept["photo"] != nil || fmt.Sprint(kept["groups"]) != "[admins]" {
		t.Errorf("got claims %v, want the short ones and the groups", len(kept))
	}
}

func TestTokenTooLongToStoreIsRefused(t *testing.T) {
	t.Parallel()
	a, _ := newAuth(t, openStore(t, "memory:"))
	for name, token := range map[string]func(*record.Record) *string{
		"id_token":      func(r *record.Record) *string { return &r.IDToken },
		"access_token":  func(r *record.Record) *string { return &r.AccessToken },
		"refresh_token": func(r *record.Record) *string { return &r.RefreshToken },
	} {
		r := adaRecord()
		*token(r) = strings.Repeat("x", oidc.MaxToken+1)
		_, err := a.createSession(t.Context(), r)
		wantCode(t, name, err, ProviderFault)
	}
}
