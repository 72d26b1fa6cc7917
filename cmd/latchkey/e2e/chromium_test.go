package e2e

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// chromium is a browser process. The first test that needs it starts it with a new
// profile, and all tests of this binary share it.
type chromium struct {
	names []string // of the program; the first that is installed runs

	start  sync.Once
	ctx    context.Context
	cancel context.CancelFunc
	err    error
}

// fullChromium is what people have. A tab hides the other tabs of its window.
var fullChromium = &chromium{names: []string{"chromium", "chromium-browser", "google-chrome"}}

// headlessShell is the same engine without a user interface: a test takes a third of
// the processor time. It hides no tab and has no back/forward cache.
var headlessShell = &chromium{names: slices.Concat([]string{"chromium-headless-shell"}, fullChromium.names)}

// sparedProcesses are the features that start processes ahead of need or one for each
// site. Without them a test takes a quarter less processor time.
const sparedProcesses = "SpareRendererForSitePerProcess,PreloadTopChromeWebUI,site-per-process,IsolateOrigins"

// windows limits how many tests use a browser at the same time.
var windows = make(chan struct{}, 4)

// running returns the context in which browser contexts are opened.
func (c *chromium) running(tb testing.TB) context.Context {
	tb.Helper()
	path := c.path(tb)
	c.start.Do(func() {
		options := append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, // it may run as root and without a display
			chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
			chromedp.Flag("disable-features", "Translate,"+sparedProcesses), chromedp.Flag("disable-site-isolation-trials", true),
			chromedp.Flag("allow-pre-commit-input", true),  // otherwise clicks and keys before the first paint of a page are dropped
			chromedp.Flag("disable-popup-blocking", false)) // the default of a browser that is not automated
		allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
		c.ctx, _ = chromedp.NewContext(allocator)
		c.cancel = cancel
		c.err = chromedp.Do(c.ctx)
	})
	if c.err != nil {
		tb.Fatalf("Chromium does not start: %v", c.err)
	}
	return c.ctx
}

func (c *chromium) path(tb testing.TB) string {
	tb.Helper()
	for _, name := range c.names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const missing = "NO BROWSER, SO THIS IS NOT TESTED: install Chromium (Debian's package is chromium)"
	if os.Getenv("CI") == "true" {
		tb.Fatal(missing)
	}
	tb.Skip(missing)
	return ""
}

func (c *chromium) close() {
	if c.ctx != nil {
		_ = chromedp.Cancel(c.ctx)
		c.cancel()
	}
}

// openBrowser opens a window with cookies of its own, at about:blank.
func openBrowser(tb testing.TB) *tab { tb.Helper(); return headlessShell.open(tb) }

// openFullBrowser is openBrowser for tests of hidden tabs and of the back/forward cache.
func openFullBrowser(tb testing.TB) *tab { tb.Helper(); return fullChromium.open(tb) }

// openChromium and openFullChromium return the user of a new window.
func openChromium(tb testing.TB) *user     { tb.Helper(); return &openBrowser(tb).user }
func openFullChromium(tb testing.TB) *user { tb.Helper(); return &openFullBrowser(tb).user }

func (c *chromium) open(tb testing.TB) *tab {
	tb.Helper()
	parent := c.running(tb)
	windows <- struct{}{}
	tb.Cleanup(func() { <-windows })
	return newTab(tb, parent, chromedp.WithNewBrowserContext())
}
