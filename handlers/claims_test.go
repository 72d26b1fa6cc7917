package handlers

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/views"
)

func TestClaimRows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, claims string
		about, all   []views.ClaimRow
	}{
		{"nothing", `{}`, nil, nil},
		{"the name and the address are at the top already", `{"email": "ada@example.com", "name": "Ada"}`, nil, []views.ClaimRow{
			{Label: "Email", Claim: "email", Values: []string{"ada@example.com"}},
			{Label: "Name", Claim: "name", Values: []string{"Ada"}},
		}},
		{"one group, or several", `{"groups": "poets", "roles": ["admin", "editor"]}`, []views.ClaimRow{
			{Label: "Groups", Values: []string{"poets"}},
			{Label: "Roles", Values: []string{"admin", "editor"}},
		}, []views.ClaimRow{
			{Label: "Groups", Claim: "groups", Values: []string{"poets"}},
			{Label: "Roles", Claim: "roles", Values: []string{"admin", "editor"}},
		}},
		{"one username under two names", `{"username": "ada", "preferred_username": "ada"}`, []views.ClaimRow{
			{Label: "Username", Values: []string{"ada"}},
		}, []views.ClaimRow{
			{Label: "Username", Claim: "preferred_username", Values: []string{"ada"}},
			{Label: "Username", Claim: "username", Values: []string{"ada"}},
		}},
		{"two usernames, of an odd type", `{"username": ["countess"], "preferred_username": ["ada"]}`, []views.ClaimRow{
			{Label: "Username", Values: []string{"ada"}},
			{Label: "Username", Values: []string{"countess"}},
		}, []views.ClaimRow{
			{Label: "Username", Claim: "preferred_username", Values: []string{"ada"}},
			{Label: "Username", Claim: "username", Values: []string{"countess"}},
		}},
		{"how they signed in", `{"amr": ["pwd", "otp", "x"]}`, []views.ClaimRow{
			{Label: "Sign-in method", Values: []string{"Password", "One-time code", "x"}},
		}, []views.ClaimRow{
			{Label: "Sign-in method", Claim: "amr", Values: []string{"pwd", "otp", "x"}},
		}},
		{"a time beyond all times", `{"updated_at": 1700000000000}`, nil, []views.ClaimRow{
			{Label: "Updated at", Claim: "updated_at", Values: []string{"1700000000000"}},
		}},
		{"empty values are left out", `{"name": "", "groups": [], "phone_number": null}`, nil, nil},
		{"by name, readable", `{"phone_number": "1", "email_verified": true, "age": 36, "token": "secret", "address": {"country": "GB", "postal_code": 7, "token": "secret"}, "auth_time": 0}`, nil, []views.ClaimRow{
			{Label: "Address", Claim: "address", Values: []string{"7", "GB"}},
			{Label: "Last sign-in", Claim: "auth_time", Time: time.Unix(0, 0)},
			{Label: "Email verified", Claim: "email_verified", Values: []string{"yes"}},
			{Label: "Phone number", Claim: "phone_number", Values: []string{"1"}},
			{Label: "Not shown", Values: []string{"This page shows standard claims only. Others: 2."}},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var claims map[string]any
			if err := json.Unmarshal([]byte(c.claims), &claims); err != nil {
				t.Fatal(err)
			}
			about, all := claimRows(claims)
			if diff := cmp.Diff(c.about, about); diff != "" {
				t.Errorf("what people know themselves by (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.all, all); diff != "" {
				t.Errorf("all claims (-want +got):\n%s", diff)
			}
		})
	}
}
