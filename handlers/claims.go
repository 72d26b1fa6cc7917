package handlers

import (
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/views"
)

// claimLabels are the claims whose own names are not the words for them.
var claimLabels = map[string]string{
	"sub":                "Subject",
	"acr":                "Sign-in class",
	"amr":                "Sign-in method",
	"auth_time":          "Last sign-in",
	"preferred_username": "Username",
	"iss":                "Issuer",
}

// aboutClaims are what people know themselves by, beside the name and the e-mail
// address at the top of the page, in the order in which they are shown (OpenID
// Connect Core 5.1 and 2; username, groups and roles are Asgardeo's).
var aboutClaims = []string{"preferred_username", "username", "groups", "roles", "amr"}

// signInMethods are the words for how someone signed in (RFC 8176).
var signInMethods = map[string]string{
	"pwd": "Password", "otp": "One-time code", "sms": "Text message", "mfa": "Several factors", "hwk": "Security key",
	"swk": "Passkey", "pin": "PIN", "face": "Face recognition", "fpt": "Fingerprint", "BasicAuthenticator": "Password",
}

// timeClaims are the claims that are a time (Core 5.1 and 2), in seconds until the
// year 2286. What is more is something else, such as milliseconds, and could be
// beyond what a browser takes for a time.
var timeClaims = []string{"updated_at", "auth_time"}

const lastMoment = 1e10

// shownClaims are those that are shown (OpenID Connect Core 5.1 and 2, RFC 9068
// section 2.2.3; the last line is Asgardeo's). A provider may send anything
// in a claim that is not listed, a token too: such claims are counted.
var shownClaims = []string{
	"sub", "name", "given_name", "family_name", "preferred_username", "email", "picture", "groups", "roles", "middle_name", "nickname", "profile", "website", "gender", "birthdate", "zoneinfo", "locale", "email_verified",
	"phone_number", "phone_number_verified", "address", "updated_at", "auth_time", "acr", "amr", "entitlements",
	"username", "org_id", "org_name", "org_handle", "user_org", "country", "application_roles",
}

// addressMembers are those of the claim address (Core 5.1.1).
var addressMembers = []string{"formatted", "street_address", "locality", "region", "postal_code", "country"}

// claimRows makes claims readable: what people know themselves by, in words, and all
// claims that are shown, by name.
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
		fact := views.ClaimRow{Label: claimLabel(claim), Claim: claim, Values: claimText(claims[claim])}
		if seconds, ok := claims[claim].(float64); ok && slices.Contains(timeClaims, claim) && math.Abs(seconds) < lastMoment {
			fact.Time, fact.Values = time.Unix(int64(seconds), 0), nil
		}
		if fact.Values != nil || !fact.Time.IsZero() {
			all = append(all, fact)
		}
	}
	if hidden > 0 {
		all = append(all, hiddenClaimsRow(hidden))
	}
	return about, all
}

func hiddenClaimsRow(count int) views.ClaimRow {
	name := "1 claim"
	if count > 1 {
		name = strconv.Itoa(count) + " claims"
	}
	return views.ClaimRow{Label: "Not shown", Claim: name, Values: []string{"This page shows only the claims that it knows."}}
}

// claimText returns a JSON value as text: one for each element of an array, and
// none for what is empty.
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
	}
	object, _ := value.(map[string]any)
	maps.DeleteFunc(object, func(name string, value any) bool {
		_, isText := value.(string)
		return !isText || !slices.Contains(addressMembers, name)
	})
	if len(object) == 0 {
		return nil
	}
	text, _ := json.Marshal(object)
	return []string{string(text)}
}

// claimLabel turns the name of a claim into a label: "phone_number" is "Phone number".
func claimLabel(claim string) string {
	if label, ok := claimLabels[claim]; ok {
		return label
	}
	words := strings.ReplaceAll(claim, "_", " ")
	if words == "" {
		return claim
	}
	return strings.ToUpper(words[:1]) + words[1:]
}
