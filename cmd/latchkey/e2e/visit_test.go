package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"latchkey/auth/authtest"
)

// A first visit with an empty cache takes two requests: the page, with its style
// sheet inside, and one script. The icon does not count: browsers load it later.
func TestFirstVisitTakesTwoRequests(t *testing.T) {
	t.Parallel()
	const maxRequests = 2
	p := started(t)
	b := openBrowser(t)
	b.open(p.URL)
	var bytes float64
	var asked []string
	eventually(t, "every request is finished", func() bool {
		bytes, asked = 0, nil
		for _, r := range b.pageRequests() {
			if !r.finished {
				return false
			}
			bytes += r.bytes
			asked = append(asked, fmt.Sprintf("%.0f bytes: %s", r.bytes, r.url))
		}
		return len(asked) > 0
	})
	t.Logf("a first visit: %d requests, %.0f bytes: %q", len(asked), bytes, asked)
	if len(asked) > maxRequests || bytes > maxVisit {
		t.Errorf("a first visit: got %d requests and %.0f bytes, want at most %d and %d: %q", len(asked), bytes, maxRequests, maxVisit, asked)
	}

	b.open(p.URL + "/profile")
	b.expectComplaint("status of 401")
	b.sees("Sign in")
	for _, r := range b.pageRequests()[len(asked):] {
		if strings.Contains(r.url, "/api/auth/assets/") && r.bytes > 0 {
			t.Errorf("a second visit: got %.0f bytes of %s, want none: it never changes, and the cache has it", r.bytes, r.url)
		}
	}
}

// The style sheet inside of a page has the same rules as the one that is linked for
// browsers without brotli.
func TestInlineStyleSheetIsTheLinkedOne(t *testing.T) {
	t.Parallel()
	p := started(t)
	link := linkedStyleSheet(t, p)
	b := openBrowser(t)
	b.open(p.URL + "/profile")
	b.expectComplaint("status of 401")
	rules, err := chromedp.Run(b.ctx, chromedp.Evaluate[[2]string](fmt.Sprintf(`(async () => {
		const linked = new CSSStyleSheet()
		linked.replaceSync(await (await fetch(%q)).text())
		const text = sheet => [...sheet.cssRules].map(rule => rule.cssText).join('\n')
		return [text(document.styleSheets[0]), text(linked)]
	})()`, link), chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	if rules[0] != rules[1] || !strings.Contains(rules[0], ".card") {
		t.Errorf("got the inline rules\n%s\nwant the linked ones\n%s", rules[0], rules[1])
	}
	if inline, err := evaluate[bool](b, `document.styleSheets[0].ownerNode.matches('style')`); err != nil || !inline {
		t.Errorf("the style sheet is inline: got %t (%v), want true", inline, err)
	}
}

// The public page has a smaller style sheet of its own, and looks as with that of all pages.
func TestPublicPageHasEveryStyleThatItNeeds(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	b.open(p.URL)
	different, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](fmt.Sprintf(`(async () => {
		const elements = [...document.querySelectorAll('*')].flatMap(e => [[e], [e, '::before'], [e, '::after']])
		const styles = () => elements.map(of => Object.entries({ ...getComputedStyle(...of) }).join('\n'))
		const own = styles()
		const all = new CSSStyleSheet()
		all.replaceSync(await (await fetch(%q)).text())
		const before = document.styleSheets[0].cssRules.length
		document.styleSheets[0].disabled = true
		document.adoptedStyleSheets = [all]
		const wanted = styles()
		return [before < all.cssRules.length ? '' : 'the style sheet is not smaller', ...elements.map(([e, pseudo = ''], i) => own[i] === wanted[i] ? '' : e.outerHTML + pseudo)].filter(Boolean)
	})()`, linkedStyleSheet(t, p)), chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range different {
		t.Errorf("another style: %s", what)
	}
}

// linkedStyleSheet returns the URL of the style sheet of all pages.
func linkedStyleSheet(t *testing.T, p *program) string {
	t.Helper()
	_, link, _ := strings.Cut(authtest.NewBrowser(t).Get(p.URL).Text, `<link rel="stylesheet" href="`)
	link, _, _ = strings.Cut(link, `"`)
	return link
}

// pageRequests returns the requests of the page, without the icon.
func (t *tab) pageRequests() (all []request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.requests {
		if r.kind != network.ResourceTypeOther {
			all = append(all, *r)
		}
	}
	return all
}
