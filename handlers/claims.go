package handlers

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/views"
)

// claimLabels are labels that claimLabel cannot derive from the claim's name.
var claimLabels = map[string]string{
	"sub":                "Subject",
	"acr":                "Sign-in class",
	"amr":                "Sign-in method",
	"auth_time":          "Last sign-in",
	"preferred_username": "Username",
	"iss":                "Issuer",
}

// aboutClaims are shown under "About you", in this order (OpenID Connect Core sections
// 5.1 and 2; username, groups and roles are Asgardeo's).
var aboutClaims = []string{"preferred_username", "username", "groups", "roles", "amr"}

// signInMethods are labels for authentication methods (RFC 8176).
var signInMethods = map[string]string{
	"pwd": "Password", "otp": "One-time code", "sms": "Text message", "mfa": "Several factors", "hwk": "Security key",
	"swk": "Passkey", "pin": "PIN", "face": "Face recognition", "fpt": "Fingerprint", "BasicAuthenticator": "Password",
}

// timeClaims are times in seconds (Core sections 5.1 and 2).
var timeClaims = []string{"updated_at", "auth_time"}

// maxTime is in the year 2286. A larger number is something else, such as
// milliseconds, and may be beyond what a browser can parse.
const maxTime = 1e10

// shownClaims is the allowlist of the page (OpenID Connect Core sections 5.1 and 2,
// RFC 9068 section 2.2.3; the last line is Asgardeo's). Other claims may contain
// anything, even a token: the page only counts them.
var shownClaims = []string{
	"sub", "name", "given_name", "family_name", "preferred_username", "email", "picture", "groups", "roles", "middle_name", "nickname", "profile", "website", "gender", "birthdate", "zoneinfo", "locale", "email_verified",
	"phone_number", "phone_number_verified", "address", "updated_at", "auth_time", "acr", "amr", "entitlements",
	"username", "org_id", "org_name", "org_handle", "user_org", "country", "application_roles",
}

// addressMembers are the members of the claim address (Core section 5.1.1).
var addressMembers = []string{"formatted", "street_address", "locality", "region", "postal_code", "country"}

// claimRows returns the rows for "About you", and one for each claim on the allowlist.
func claimRows(claims map[string]any) (about, all []views.ClaimRow) {
	for _, claim := range aboutClaims {
		values := claimText(claims[claim])
		if values == nil || claim == "username" && slices.Equal(values, claimText(claims["preferred_username"])) {
			continue
		}
		if claim == "amr" {
			for i, method := range values {
				values[i] = cmp.Or(signInMethods[method], method)
			}
		}
		about = append(about, views.ClaimRow{Label: claimLabel(claim), Values: values})
	}
	hidden := 0
	for _, claim := range slices.Sorted(maps.Keys(claims)) {
		if !slices.Contains(shownClaims, claim) {
			hidden++
			continue
		}
		row := views.ClaimRow{Label: claimLabel(claim), Claim: claim, Values: claimText(claims[claim])}
		if seconds, ok := claims[claim].(float64); ok && slices.Contains(timeClaims, claim) && math.Abs(seconds) < maxTime {
			row.Time, row.Values = time.Unix(int64(seconds), 0), nil
		}
		if row.Values != nil || !row.Time.IsZero() {
			all = append(all, row)
		}
	}
	if hidden > 0 {
		all = append(all, views.ClaimRow{Label: "Not shown", Values: []string{fmt.Sprintf("This page shows standard claims only. Others: %d.", hidden)}})
	}
	return about, all
}

// claimText returns a JSON value as text: one string for each element of an array, and
// none for an empty value.
func claimText(value any) []string {
	switch v := value.(type) {
	case nil:
		return nil
	case []any:
		var all []string
		for _, element := range v {
			all = append(all, claimText(element)...)
		}
		return all
	case string:
		if v == "" {
			return nil
		}
		return []string{v}
	case bool:
		if v {
			return []string{"yes"}
		}
		return []string{"no"}
	case float64:
		return []string{strconv.FormatFloat(v, 'f', -1, 64)}
	case map[string]any: // only the claim address has one
		var lines []any
		for _, member := range addressMembers {
			lines = append(lines, v[member])
		}
		return claimText(lines)
	}
	return nil
}

// claimLabel turns a claim's name into a label: "phone_number" is "Phone number".
func claimLabel(claim string) string {
	if label, ok := claimLabels[claim]; ok {
		return label
	}
	words := strings.ReplaceAll(claim, "_", " ")
	return strings.ToUpper(words[:1]) + words[1:]
}
