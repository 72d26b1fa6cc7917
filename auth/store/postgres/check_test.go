package postgres

import (
	"testing"

	"latchkey/auth/store"
)

func TestCheckOfServer(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, parameters, wrong string }{
		{"durable", "", ""},
		{"commits that are not durable", "?synchronous_commit=off", "durability"},
	}
	for _, test := range tests {
		found, err := opened(t, durable.URL(t)+test.parameters).Check(t.Context())
		if err != nil || len(found) != 3 {
			t.Fatalf("%s: Check: got %d findings and error %v, want 3", test.name, len(found), err)
		}
		for _, f := range found {
			if wrong := f.Remedy != ""; wrong != (f.Name == test.wrong) || f.Detail == "" {
				t.Errorf("%s: got %+v, want a remedy for %q only", test.name, f, test.wrong)
			}
		}
	}
}

// States of servers that a test does not start.
func TestCheckOfState(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		got    store.Finding
		wrong  bool
		severe bool
	}{
		{"fsync off", serverState{fsync: "off"}.durability(), true, true},
		{"commits that do not wait for the standby", serverState{synchronousCommit: "local", standbyNames: "*"}.durability(), true, false},
		{"no standby", serverState{}.standby(), false, false},
		{"an asynchronous standby", serverState{standbys: 1}.standby(), true, false},
		{"a synchronous standby", serverState{standbys: 1, standbyNames: "*"}.standby(), false, false},
	}
	for _, test := range tests {
		if wrong := test.got.Remedy != ""; wrong != test.wrong || test.got.Severe != test.severe || test.got.Detail == "" {
			t.Errorf("%s: got %+v, want a remedy %v, severe %v", test.name, test.got, test.wrong, test.severe)
		}
	}
}
