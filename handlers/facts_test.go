package handlers

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/views"
)

func TestFacts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, claims  string
		known, others []views.Fact
	}{
		{"nothing", `{}`, nil, nil},
		{"in the order of the well-known", `{"email": "ada@example.com", "name": "Ada"}`, []views.Fact{
			{Label: "Name", Claim: "name", Values: []string{"Ada"}},
			{Label: "E-mail", Claim: "email", Values: []string{"ada@example.com"}},
		}, nil},
		{"one group, or several", `{"groups": "poets", "roles": ["admin", "editor"]}`, []views.Fact{
			{Label: "Groups", Claim: "groups", Values: []string{"poets"}},
			{Label: "Roles", Claim: "roles", Values: []string{"admin", "editor"}},
		}, nil},
		{"one user name under two names", `{"username": "ada", "preferred_username": "ada"}`, []views.Fact{
			{Label: "User name", Claim: "preferred_username", Values: []string{"ada"}},
		}, nil},
		{"user names of an odd type", `{"username": ["ada"], "preferred_username": ["ada"]}`, []views.Fact{
			{Label: "User name", Claim: "preferred_username", Values: []string{"ada"}},
		}, nil},
		{"a time beyond all times", `{"updated_at": 1700000000000}`, nil, []views.Fact{
			{Label: "Updated at", Claim: "updated_at", Values: []string{"1700000000000"}},
		}},
		{"empty values are left out", `{"name": "", "groups": [], "phone_number": null}`, nil, nil},
		{"the others by name, readable", `{"phone_number": "1", "email_verified": true, "age": 36, "token": "secret", "address": {"country": "GB", "token": "secret"}, "auth_time": 0}`, nil, []views.Fact{
			{Label: "Address", Claim: "address", Values: []string{`{"country":"GB"}`}},
			{Label: "When you proved it", Claim: "auth_time", Time: time.Unix(0, 0)},
			{Label: "E-mail verified", Claim: "email_verified", Values: []string{"yes"}},
			{Label: "Phone number", Claim: "phone_number", Values: []string{"1"}},
			{Label: "Not shown", Claim: "2 claims", Values: []string{"This page shows only the claims that it knows."}},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var claims map[string]any
			if err := json.Unmarshal([]byte(c.claims), &claims); err != nil {
				t.Fatal(err)
			}
			known, others := facts(claims)
			if diff := cmp.Diff(c.known, known); diff != "" {
				t.Errorf("well-known facts (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.others, others); diff != "" {
				t.Errorf("other facts (-want +got):\n%s", diff)
			}
		})
	}
}
