package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"latchkey/auth/doctor"
)

// examine runs `latchkey doctor --json`, and returns its checks by name and its exit
// status.
func examine(tb testing.TB, environ []string) (map[string]doctor.Check, int) {
	tb.Helper()
	var out bytes.Buffer
	err := run(tb.Context(), []string{"doctor", "--json"}, environ, &out, io.Discard)
	var status exitStatus
	if err != nil && !errors.As(err, &status) {
		tb.Fatalf("latchkey doctor: got %v, want an exit status", err)
	}
	var list []doctor.Check
	if err := json.Unmarshal(out.Bytes(), &list); err != nil {
		tb.Fatalf("latchkey doctor --json: %v; output:\n%s", err, &out)
	}
	checks := map[string]doctor.Check{}
	for _, c := range list {
		checks[c.Name] = c
	}
	if len(checks) != len(list) {
		tb.Errorf("latchkey doctor: got %d checks with %d names, want a name for each", len(list), len(checks))
	}
	return checks, int(status)
}

func TestDoctorFindsNothingWrong(t *testing.T) {
	t.Parallel()
	p := started(t)
	checks, status := examine(t, p.environ())
	for name, c := range checks {
		if c.Status != doctor.OK || c.Remedy != "" || c.Detail == "" {
			t.Errorf("%s: got %+v, want ok", name, c)
		}
	}
	if status != 0 || len(checks) < 25 {
		t.Errorf("got exit status %d and %d checks, want 0 and at least 25", status, len(checks))
	}
}

func TestDoctorPrintsOneLinePerCheck(t *testing.T) {
	t.Parallel()
	p := started(t)
	p.Env["AUTH_ASGARDEO_SECRET"] = "another secret"
	var out bytes.Buffer
	err := run(t.Context(), []string{"doctor"}, p.environ(), &out, io.Discard)
	var status exitStatus
	if !errors.As(err, &status) || status != 2 {
		t.Errorf("with a wrong secret: got %v, want exit status 2", err)
	}
	var found bool
	for line := range strings.Lines(out.String()) {
		isError := strings.HasPrefix(line, "error ")
		found = found || isError && strings.Contains(line, "client authentication") && strings.Contains(line, "→ Set AUTH_ASGARDEO_ID and AUTH_ASGARDEO_SECRET")
	}
	if !found || !strings.HasSuffix(out.String(), "errors: 1\n") {
		t.Errorf("got no line with the error and its remedy, and the number of errors:\n%s", &out)
	}
	if strings.Contains(out.String(), "another secret") {
		t.Errorf("the output contains the secret:\n%s", &out)
	}
}

// The records of the checks are gone afterwards, and the provider has signed no one in.
func TestDoctorLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	p := started(t)
	if checks, _ := examine(t, p.environ()); checks["app: event stream"].Status != doctor.OK {
		t.Fatalf("got %+v, want a session that was created and ended", checks["app: event stream"])
	}
	if got := p.Provider.Sessions(); len(got) != 0 {
		t.Errorf("the provider's sessions: got %v, want none", got)
	}
	db, err := sql.Open("sqlite", strings.TrimPrefix(p.Env["SESSION_STORE"], "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var records int
	if err := db.QueryRow(`SELECT count(*) FROM records WHERE expires > unixepoch('subsec') * 1000`).Scan(&records); err != nil || records != 0 {
		t.Errorf("the store's records: got %d and error %v, want none", records, err)
	}
}
