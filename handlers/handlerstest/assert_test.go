package handlerstest

import (
	"strings"
	"testing"
)

func TestAttackerTextIsFoundOutsideRandomValues(t *testing.T) {
	t.Parallel()
	random := strings.Repeat("x-_0", 10) + "EvIL" + strings.Repeat("A", 20)
	for response, want := range map[string]bool{
		"Set-Cookie: latchkey.session=" + random + "; Path=/\r\n":                      false,
		"Location: https://idp.example/authorize?nonce=" + random + "&state=" + random: false,
		`<input name="owner" type="hidden" value="` + random + `">`:                    false,
		"<code>ABEVILCDEF</code>":                                               false,
		`{"reference":"ABEVILCDEF"}`:                                            false,
		"Set-Cookie: latchkey.signin.EVIL=; Max-Age=0\r\n":                      true,
		"Set-Cookie: latchkey.signin.EVIL=" + random + "; Path=/\r\n":           true,
		"Set-Cookie: latchkey.notice=evil; Path=/\r\n":                          true,
		"Location: https://evil.example/authorize?state=" + random:              true,
		"Location: https://idp.example/authorize?state=evil":                    true,
		`<input name="callbackUrl" type="hidden" value="/evil/` + random + `">`: true,
		"<code>evil</code>":                                                     true,
		`{"error":"evil","reference":"ABCDEFGHIJ"}`:                             true,
		"<p>" + random + "</p>":                                                 true,
	} {
		if got := hasAttackerText(response); got != want {
			t.Errorf("%.80s: got %t, want %t", response, got, want)
		}
	}
}
