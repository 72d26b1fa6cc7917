package e2e

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// chromium is the only Chromium of this test binary. The first test that needs
// it starts it with a new profile.
var chromium struct {
	start  sync.Once
	ctx    context.Context
	cancel context.CancelFunc
	err    error
}

// sparedProcesses are the features that start processes ahead of need or one for each
// site. Without them a test takes a quarter less processor time.
const sparedProcesses = "SpareRendererForSitePerProcess,PreloadTopChromeWebUI,site-per-process,IsolateOrigins"

// windows limits how many tests use a browser at the same time.
var windows = make(chan struct{}, 3)

// startChromium returns the context in which browser contexts are opened.
func startChromium(tb testing.TB) context.Context {
	tb.Helper()
	path := chromiumPath(tb)
	chromium.start.Do(func() {
		options := append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, // it may run as root and without a display
			chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
			chromedp.Flag("disable-features", "Translate,"+sparedProcesses), chromedp.Flag("disable-site-isolation-trials", true),
			chromedp.Flag("allow-pre-commit-input", true),  // otherwise clicks and keys before the first paint of a page are dropped
			chromedp.Flag("disable-popup-blocking", false)) // the default of a browser that is not automated
		allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
		chromium.ctx, _ = chromedp.NewContext(allocator)
		chromium.cancel = cancel
		chromium.err = chromedp.Do(chromium.ctx)
	})
	if chromium.err != nil {
		tb.Fatalf("Chromium does not start: %v", chromium.err)
	}
	return chromium.ctx
}

// openChromium opens a window of Chromium with cookies of its own.
func openChromium(tb testing.TB) *user { tb.Helper(); return &openBrowser(tb).user }

func chromiumPath(tb testing.TB) string {
	tb.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
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

func closeChromium() {
	if chromium.ctx != nil {
		_ = chromedp.Cancel(chromium.ctx)
		chromium.cancel()
	}
}
