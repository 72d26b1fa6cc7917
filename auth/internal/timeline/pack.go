package timeline

import (
	"slices"
	"strings"

	"latchkey/auth/internal/oidc"
)

// packedNames has a letter for each name in a sign-in's cookie, from A on. The order is the
// format: append only.
var packedNames = []string{
	"to", "response_type", "prompt", "max_age", "acr_values", "login_hint", "fidp", "org", "scope", "client_id", "redirect_uri",
	"code_challenge_method", "response_mode", "ui_locales", "display", "code", "state", "nonce", "code_challenge", otherParameters,
}

const (
	packedSeparator = "\x7f" // in no value, and one byte in JSON
	maxPacked       = 150    // bytes; beyond it, names only
	maxPackedValue  = 60     // bytes
)

// packFacts makes the facts of a request short enough for a cookie.
func packFacts(facts []Fact) string {
	var packed strings.Builder
	for _, f := range facts {
		i := slices.Index(packedNames, f.Name)
		if i < 0 {
			continue
		}
		packed.WriteString(packedSeparator + string(rune('A'+i)))
		value := oidc.Cut(f.Value, maxPackedValue)
		if f.Name != "redirect_uri" && packed.Len()+len(value) <= maxPacked { // the cookie has that anyway
			packed.WriteString(value)
		}
	}
	return packed.String()
}

func unpackFacts(packed, redirectURI string) []Fact {
	var facts []Fact
	for entry := range strings.SplitSeq(packed, packedSeparator) {
		if entry == "" || int(entry[0]-'A') >= len(packedNames) {
			continue
		}
		facts = append(facts, Fact{packedNames[entry[0]-'A'], entry[1:]})
		if last := &facts[len(facts)-1]; last.Name == "redirect_uri" {
			last.Value = redirectURI
		}
	}
	return facts
}
