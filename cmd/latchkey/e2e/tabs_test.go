package e2e

import (
	"testing"

	"latchkey/auth/authtest"
)

// startInTabs presses Sign in in several tabs, each of which then shows the
// provider's login page.
func startInTabs(first *tab, count int, url string) []*tab {
	first.tb.Helper()
	tabs := []*tab{first}
	for len(tabs) < count {
		tabs = append(tabs, first.openTab())
	}
	for _, b := range tabs {
		b.show()
		b.open(url)
		b.press("Sign in")
		b.sees("Test provider")
	}
	return tabs
}

func TestThreeTabsFinishInReverseOrder(t *testing.T) {
	t.Parallel()
	p := started(t)
	tabs := startInTabs(openFullBrowser(t), 3, p.URL)
	for _, i := range []int{2, 1, 0} {
		tabs[i].show()
		tabs[i].logIn(authtest.Ada)
		tabs[i].sees(signedIn)
		tabs[i].isAt(p.URL + "/")
	}
	for _, b := range tabs {
		b.show()
		b.open(p.URL + "/profile")
		b.sees("ada@example.com")
	}
}

func TestTenTabsSignIn(t *testing.T) {
	t.Parallel()
	p := started(t)
	tabs := startInTabs(openFullBrowser(t), 10, p.URL)
	for _, i := range []int{3, 9, 0, 7, 1, 8, 2, 6, 4, 5} {
		tabs[i].show()
		tabs[i].logIn(authtest.Grace)
		tabs[i].sees(signedIn)
	}
	tabs[5].press("Sign Out")
	tabs[5].sees(signedOut)
	for _, b := range tabs {
		b.show()
		b.open(p.URL)
		b.sees("Sign in")
	}
}
