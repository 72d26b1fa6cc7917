package e2e

import (
	"strings"
	"testing"

	"latchkey/auth/authtest"
)

// If a URL is too long for a redirect, an interstitial page continues: with a
// script by itself, without by its button.
func TestInterstitialPageContinues(t *testing.T) {
	t.Parallel()
	for name, scripts := range map[string]bool{"htmx": true, "plain": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := started(t)
			p.Provider.EditIDToken(func(_, claims map[string]any) { claims["padding"] = strings.Repeat("x", 6000) })
			b := openBrowser(t)
			if !scripts {
				b.withoutScripts()
			}
			goOn := func() {
				if !scripts {
					b.sees("One more step")
					b.press("Continue")
				}
			}
			wanted := p.URL + "/profile?x=" + incompressible(2000)
			b.open(wanted)
			b.expectComplaint("status of 401")
			b.press("Sign in")
			goOn()
			b.logIn(authtest.Ada)
			b.isAt(wanted)
			b.sees("ada@example.com")
			b.press("Sign Out")
			goOn()
			b.sees(signedOut)
			if n := len(p.Provider.Sessions()); n != 0 {
				t.Errorf("the provider has %d sessions afterwards, want none", n)
			}
		})
	}
}
