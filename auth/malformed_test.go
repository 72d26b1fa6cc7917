package auth

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/auth/internal/record"
	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
)

// Stored data of any other form means signed out, does not prevent signing out and in
// again, and is logged once.
func TestUnknownStoredDataMeansSignedOut(t *testing.T) {
	t.Parallel()
	a, _ := newAuth(t, openStore(t, "memory:"))
	good, err := a.engine.Find(t.Context(), a.store.sessionKey(beginSession(t, a, adaRecord()).Value))
	if err != nil {
		t.Fatal(err)
	}
	data := map[string][]byte{
		"nothing": {}, "a byte": {0}, "three bytes": {1, 2, 3}, "a length": {0, 0, 0, 1}, "a huge length": {255, 255, 255, 255},
		"a header": make([]byte, 20), "zeros": make([]byte, 5000), "text": []byte(strings.Repeat("not ours ", 1000)),
		"half": good[:len(good)/2], "another's": good, "twice": append(bytes.Clone(good), good...), "a huge front": append([]byte{0, 0, 255, 255}, good...),
	}
	for name, raw := range data {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assertUnknownDataMeansSignedOut(t, raw)
		})
	}
}

func assertUnknownDataMeansSignedOut(t *testing.T, raw []byte) {
	s := openStore(t, "memory:")
	var log bytes.Buffer
	a, clock := newAuth(t, s, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	cookie := a.cookies.New(sessionCookie, "token-token-token-token-token-token-token-t", time.Hour)
	ada := adaRecord()
	index := a.store.indexOf(forSession, ada.Provider, ada.SID, ada.Subject)
	r := store.Record{Key: a.store.sessionKey(cookie.Value), Data: raw, Index: index, Expires: clock.Now().Add(time.Hour)}
	if created, err := s.Create(t.Context(), r); !created || err != nil {
		t.Fatalf("got created %t and error %v, want the record", created, err)
	}
	for range 5 {
		if got := who(t, a, cookie); got != "" {
			t.Errorf("got %s signed in, want signed out", got)
		}
	}
	if got := strings.Count(log.String(), "unreadable records"); got != 1 {
		t.Errorf("got %d lines in the log, want 1:\n%s", got, &log)
	}
	fresh := beginSession(t, a, ada)
	listed, err := a.Sessions(newTestRequest(t, a, fresh))
	if len(listed) != 1 || err != nil {
		t.Errorf("got %d sessions listed and error %v, want the good one", len(listed), err)
	}
	if _, err := a.SignOut(newTestRequest(t, a, cookie), "/"); err != nil {
		t.Errorf("signing out: got error %v, want none", err)
	}
}

// Malformed data is not an outage, which would cause 503 responses forever.
func TestMalformedStoredDataMeansSignedOut(t *testing.T) {
	t.Parallel()
	s := &storetest.Faulty{Store: openStore(t, "memory:")}
	var log bytes.Buffer
	a, _ := newAuth(t, s, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	cookie := beginSession(t, a, adaRecord())
	s.Set(func(context.Context, string) error { return fmt.Errorf("%w: an engine's words", store.ErrMalformed) })
	if got := who(t, a, cookie); got != "" {
		t.Errorf("got %s signed in, want signed out", got)
	}
	if !strings.Contains(log.String(), "an engine's words") {
		t.Errorf("got the log %q, want the engine's error", &log)
	}
	redirect, err := a.SignOut(newTestRequest(t, a, cookie), "/")
	if err != nil || named(t, redirect.Cookies, sessionCookie).MaxAge != -1 {
		t.Errorf("signing out: got cookies %v and error %v, want the session's cleared", redirect.Cookies, err)
	}
	if _, err := a.store.List(t.Context(), forSession, a.store.sidIndex(forSession, "asgardeo", "sid-of-ada")); err != nil {
		t.Errorf("a list: got error %v, want none", err)
	}
}

// The list reads the start of each record, and the whole record only if its summary
// is longer.
func TestSessionsListReadsOnlySummaries(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s store.Store) {
		counted := &storetest.Faulty{Store: s}
		a, _ := newAuth(t, counted)
		var cookie *http.Cookie
		for i := range 5 {
			fat := adaRecord()
			fat.IDToken, fat.Claims = strings.Repeat("x", 40<<10), record.ToJSON(map[string]string{"a": strings.Repeat("y", 30<<10)})
			if i == 4 {
				fat.Values = record.ToJSON(map[string]string{"an app's": strings.Repeat("z", 2*store.HeadSize)})
			}
			cookie = beginSession(t, a, fat)
		}
		ctx := newTestRequest(t, a, cookie)
		before := counted.Count("Find")
		listed, err := a.Sessions(ctx)
		if len(listed) != 5 || err != nil {
			t.Fatalf("got %d sessions and error %v, want 5", len(listed), err)
		}
		if got := counted.Count("Find") - before; got != 1 {
			t.Errorf("got %d records read whole, want the one whose front is long", got)
		}
		records, err := s.List(t.Context(), a.store.subjectIndex(forSession, "asgardeo", adaRecord().Subject))
		for _, r := range records {
			if len(r.Data) > store.HeadSize || err != nil {
				t.Errorf("got %d bytes of a record and error %v, want %d at most", len(r.Data), err, store.HeadSize)
			}
		}
	})
}
