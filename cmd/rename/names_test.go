package main

import (
	"strings"
	"testing"
)

func TestReplaceKnowsWhatEachNameIs(t *testing.T) {
	t.Parallel()
	n, err := newNames("github.com/acme/billing-portal", "Billing Portal")
	if err != nil {
		t.Fatal(err)
	}
	for old, want := range map[string]string{
		"module latchkey\n":                     "module github.com/acme/billing-portal\n",
		`import "latchkey/auth/store"`:          `import "github.com/acme/billing-portal/auth/store"`,
		"go doc latchkey/auth":                  "go doc github.com/acme/billing-portal/auth",
		`go list "latchkey/..."`:                `go list "github.com/acme/billing-portal/..."`,
		`"latchkey/cmd/latchkey/e2e"`:           `"github.com/acme/billing-portal/cmd/billing-portal/e2e"`,
		"-require=latchkey@v0.0.0":              "-require=github.com/acme/billing-portal@v0.0.0",
		"-replace=latchkey=../latchkey":         "-replace=github.com/acme/billing-portal=../billing-portal",
		"replace latchkey => ../latchkey":       "replace github.com/acme/billing-portal => ../billing-portal",
		"go build ./cmd/latchkey":               "go build ./cmd/billing-portal",
		"`latchkey secret`":                     "`billing-portal secret`",
		"/etc/latchkey/env":                     "/etc/billing-portal/env",
		"__Host-latchkey.session":               "__Host-billing-portal.session",
		"sqlite:latchkey.db":                    "sqlite:billing-portal.db",
		"SELECT key FROM latchkey_records":      "SELECT key FROM billing_portal_records",
		"latchkey_events_total":                 "billing_portal_events_total",
		"LATCHKEY_WHOLE":                        "BILLING_PORTAL_WHOLE",
		"<title>Latchkey</title>":               "<title>Billing Portal</title>",
		"signed out of Latchkey.":               "signed out of Billing Portal.",
		"alert: LatchkeyDown":                   "alert: BillingportalDown",
		`r.Header.Get("Latchkey-Page")`:         `r.Header.Get("Billingportal-Page")`,
		"sign in to other apps, with latch key": "sign in to other apps, with latch key",
	} {
		if got := n.replace(old); got != want {
			t.Errorf("%q: got %q, want %q", old, got, want)
		}
	}
}

// A fork that keeps the name changes its module only.
func TestReplaceKeepsTheProgram(t *testing.T) {
	t.Parallel()
	n, err := newNames("github.com/acme/latchkey/v2", "Latchkey")
	if err != nil {
		t.Fatal(err)
	}
	const old, want = `"latchkey/auth" cmd/latchkey Latchkey LatchkeyDown latchkey_`, `"github.com/acme/latchkey/v2/auth" cmd/latchkey Latchkey LatchkeyDown latchkey_`
	if got := n.replace(old); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNamesAreRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ module, name, want string }{
		{"", "Acme", "module path"},
		{"acme", "Acme", "example.com/acme/app"},
		{"example.com/acme app", "Acme", "module path"},
		{"https://example.com/acme/app", "Acme", "module path"},
		{"example.com/acme/app/v1", "Acme", "module path"},
		{"example.com/acme/App", "Acme", "lower-case"},
		{"example.com/acme/my_app", "Acme", "lower-case"},
		{"example.com/acme/1app", "Acme", "lower-case"},
		{"example.com", "Acme", "lower-case"},
		{"example.com/acme/dev", "Acme", "neither dev nor rename"},
		{"example.com/acme/app", "", "not a name"},
		{"example.com/acme/app", "Acme & Co", "not a name"},
		{"example.com/acme/app", `Acme"`, "not a name"},
		{"example.com/acme/app", "Acme\n", "not a name"},
		{"example.com/acme/app", " Acme", "not a name"},
		{"example.com/acme/app", strings.Repeat("A", 41), "not a name"},
	} {
		if _, err := newNames(test.module, test.name); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q %q: got error %v, want one with %q", test.module, test.name, err, test.want)
		}
	}
	for _, name := range []string{"A", "Acme", "Acme Inc.", "Zoë-2", strings.Repeat("A", 40)} {
		if _, err := newNames("example.com/acme/app", name); err != nil {
			t.Errorf("%q: got error %v, want none", name, err)
		}
	}
}
