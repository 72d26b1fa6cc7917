package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
)

// A script must not count on a number that it has not got.
func TestSessionsReportThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	readOnly, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer readOnly.Close()
	for _, asJSON := range []bool{false, true} {
		c := &sessionsCommand{stdout: readOnly, json: asJSON}
		if c.printEnded(1, 0) == nil || c.printList(nil, 0) == nil {
			t.Errorf("with JSON %v: got no error, want that of the output", asJSON)
		}
	}
}

func TestSessionsListIsAnAlignedTable(t *testing.T) {
	t.Parallel()
	p := started(t)
	p.signIn(t, authtest.NewBrowser(t), authtest.Ada)
	p.signIn(t, authtest.NewBrowser(t), authtest.Grace)
	stdout, _, _ := p.sessions(t, "", "list")
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if len(lines) != 3 {
		t.Fatalf("sessions list: got\n%s\nwant a header and two sessions", stdout)
	}
	for _, column := range []struct{ header, cell string }{
		{"PROVIDER", "asgardeo"}, {"BROWSER", "Unknown browser"}, {"NETWORK", "127.0.0.0/24"}, {"STARTED", "20"}, {"EXPIRES", "20"},
	} {
		at := strings.Index(lines[0], column.header)
		for _, line := range lines[1:] {
			if at < 0 || at > len(line) || !strings.HasPrefix(line[at:], column.cell) {
				t.Errorf("sessions list: want %q below %s, got\n%s", column.cell, column.header, stdout)
			}
		}
	}
}

// A provider chooses the texts of a session. They cannot control the terminal.
func TestSessionsListShowsNoControlCharacters(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	evil := "a\x1b[2J\u009b2J\u202e\nb\tc"
	if err := printTable(&out, []auth.SessionInfo{{ID: evil, Provider: evil, User: auth.User{Subject: evil, Email: evil}, Device: evil, Agent: evil, Address: evil}}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), "\n"); got != 2 || strings.ContainsAny(out.String(), "\x1b\u009b\u202e\t") {
		t.Errorf("the table: got %q, want two lines without control characters", out.String())
	}
}

// JSON keeps the texts, but prints what could control the terminal as \u escapes.
func TestSessionsJSONShowsNoControlCharacters(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	evil := "a\x1b[2J\u009b2J\u202e\x7f\nb\U000e0001c é"
	c := &sessionsCommand{json: true, stdout: &out}
	if err := c.printList([]auth.SessionInfo{{User: auth.User{Subject: evil}}}, 0); err != nil {
		t.Fatal(err)
	}
	var listed struct{ Sessions []sessionJSON }
	if err := json.Unmarshal(out.Bytes(), &listed); err != nil || listed.Sessions[0].Subject != evil {
		t.Errorf("the JSON: got %+v and error %v, want the subject %q", listed, err, evil)
	}
	if strings.ContainsAny(out.String(), "\x1b\u009b\u202e\x7f\U000e0001") || !strings.Contains(out.String(), "é") {
		t.Errorf("the JSON: got %q, want no control characters", out.String())
	}
}
