package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"latchkey/auth/authtest"
)

// openWindow opens another window of the same browser, so that both are
// visible.
func (t *tab) openWindow() *tab {
	t.tb.Helper()
	return newTab(t.tb, t.ctx)
}

// streams returns the number of event streams that the tab has opened.
func (t *tab) streams(p *program) int { return len(t.requested("GET", p.URL+"/api/auth/events")) }

// watches waits until the tab has opened more than that many event streams.
func (t *tab) watches(p *program, since int) {
	t.tb.Helper()
	eventually(t.tb, "the tab opens an event stream", func() bool { return t.streams(p) > since })
}

// However the session ends, every visible tab is refreshed.
func TestVisibleTabsRefreshWhenSessionEnds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		end  func(t *testing.T, p *program, acting *tab)
	}{
		{"Sign Out in another tab", func(_ *testing.T, _ *program, acting *tab) {
			acting.press("Sign Out")
			acting.sees(signedOut)
		}},
		{"back-channel logout", func(t *testing.T, p *program, _ *tab) {
			if err := p.Provider.EndSession(authtest.Ada.Subject); err != nil {
				t.Error(err)
			}
		}},
		{"latchkey sessions end", func(t *testing.T, p *program, _ *tab) {
			cmd := p.command(t)
			cmd.Args = append(cmd.Args, "sessions", "end", "--subject", authtest.Ada.Subject)
			if err := cmd.Run(); err != nil {
				t.Error(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := started(t)
			first := openBrowser(t)
			first.openSignedIn(p, "/", authtest.Ada)
			home, profile := first.openWindow(), first.openWindow()
			home.open(p.URL)
			profile.open(p.URL + "/profile")
			home.watches(p, 0)
			profile.watches(p, 0)

			c.end(t, p, first)
			home.sees("Sign in to " + appName)
			profile.sees("Sign in to continue")
			profile.expectComplaint("401")
			profile.isAt(p.URL + "/profile")
			if got := len(profile.requested("GET", p.URL+"/profile")); got != 2 {
				t.Errorf("the profile was requested %d times, want 2: once whole and once as a fragment", got)
			}
		})
	}
}

// The tab that signs out goes to the provider: its own event must not
// interrupt that.
func TestSignOutEventDoesNotInterruptSignOut(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	for range 5 {
		b.openSignedIn(p, "/", authtest.Ada)
		before := p.Provider.Requests(authtest.EndSessionEndpoint)
		b.press("Sign Out")
		b.sees(signedOut)
		if got := p.Provider.Requests(authtest.EndSessionEndpoint); got == before {
			t.Fatal("the end session endpoint was not requested")
		}
	}
}

// A hidden tab has no event stream, and is refreshed when it is shown.
func TestHiddenTabRefreshesWhenShown(t *testing.T) {
	t.Parallel()
	p := started(t)
	first := openFullBrowser(t)
	first.openSignedIn(p, "/", authtest.Ada)
	var tabs []*tab
	for range 8 { // a browser opens six connections to a host
		b := first.openTab()
		b.open(p.URL + "/profile")
		b.sees("About you")
		tabs = append(tabs, b)
	}
	last := tabs[len(tabs)-1]
	if err := p.Provider.EndSession(authtest.Ada.Subject); err != nil {
		t.Fatal(err)
	}
	last.sees("Sign in to continue")
	last.expectComplaint("401")
	hidden := tabs[0]
	if shows, _ := evaluate[bool](hidden, `document.body.innerText.includes("About you")`); !shows {
		t.Error("a hidden tab has changed, want it to wait until it is shown")
	}
	hidden.show()
	hidden.sees("Sign in to continue")
	hidden.expectComplaint("401")
}

// Signing in in one tab refreshes the others, including signed-out ones.
func TestSigningInUpdatesOtherTabs(t *testing.T) {
	t.Parallel()
	p := started(t)
	acting := openBrowser(t)
	acting.open(p.URL)
	home, profile := acting.openWindow(), acting.openWindow()
	home.open(p.URL)
	profile.open(p.URL + "/profile")
	profile.expectComplaint("401")
	acting.signInAs(authtest.Ada)
	home.sees(signedIn)
	profile.sees("About you")
	home.watches(p, 0)

	// Another person signs in: "replaced" instead of "ended".
	acting.press("Sign Out")
	acting.sees(signedOut)
	home.sees("Sign in to " + appName)
	profile.sees("Sign in to continue")
	profile.expectComplaint("401")
	acting.signInAs(authtest.Grace)
	home.sees("Grace Hopper")
	profile.sees("grace@example.com")
}

// Back shows the current state of a page.
func TestBackShowsCurrentState(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	b.openSignedIn(p, "/profile", authtest.Ada)
	b.press("Sign Out")
	b.sees(signedOut)
	b.back(p.URL + "/profile")
	b.sees("Sign in to continue")
	b.expectComplaint("401")
	b.isAt(p.URL + "/profile")
}

// A signed-out tab does not reopen the event stream.
func TestEventStreamIsOpenedOnce(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	b.open(p.URL)
	b.sees("Sign in to " + appName)
	other := b.openWindow()
	other.openSignedIn(p, "/", authtest.Ada)
	b.sees(signedIn)
	b.watches(p, 0)
	other.press("Sign Out")
	other.sees(signedOut)
	b.sees("Sign in to " + appName)
	if got := b.streams(p); got != 1 {
		t.Errorf("streams: got %d, want 1", got)
	}
}

// block makes requests to these URLs fail, like a bad connection.
func (t *tab) block(urls ...*network.BlockPattern) {
	t.tb.Helper()
	if _, err := chromedp.Call(t.ctx, network.SetBlockedURLs, network.SetBlockedURLsParams{URLPatterns: urls}); err != nil {
		t.tb.Fatal(err)
	}
}

// A tab that cannot load the signed-out page tries again: it does not keep
// showing the person.
func TestTabRetriesFailedRefresh(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	b.openSignedIn(p, "/profile", authtest.Ada)
	b.watches(p, 0)
	b.block(&network.BlockPattern{URLPattern: p.URL + "/profile", Block: true})
	if err := p.Provider.EndSession(authtest.Ada.Subject); err != nil {
		t.Fatal(err)
	}
	b.sees("We couldn't connect.")
	b.expectComplaint("htmx:error")
	b.block()
	b.sees("Sign in to continue")
	b.expectComplaint("401")
}
