package e2e

import (
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// A person's environment: window, system preferences, network, and a browser
// with or without JavaScript.

// call sends a command of the DevTools protocol.
func call[P, R any](t *tab, c cdp.Command[P, R], params P) R {
	t.tb.Helper()
	result, err := chromedp.Call(t.ctx, c, params)
	if err != nil {
		t.tb.Fatalf("%s: %v", c.Method, err)
	}
	return result
}

const wide, narrow = 1280, 320

// size sets the width of the window.
func (t *tab) size(width int64) {
	t.tb.Helper()
	t.do("sizing the window", chromedp.EmulateViewport(width, 800))
}

// prefers sets a media feature, as the system settings do.
func (t *tab) prefers(feature, value string) {
	t.tb.Helper()
	call(t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Media: "screen", Features: []*emulation.MediaFeature{{Name: feature, Value: value}},
	})
}

// onPaper shows the page as it is printed on A4.
func (t *tab) onPaper() {
	t.tb.Helper()
	t.size(718)
	call(t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
}

// withoutScripts disables JavaScript in all following pages.
func (t *tab) withoutScripts() {
	t.tb.Helper()
	call(t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// withScripts enables JavaScript again.
func (t *tab) withScripts() {
	t.tb.Helper()
	call(t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: false})
}

// latency delays every response.
func (t *tab) latency(d time.Duration) {
	t.tb.Helper()
	t.network(network.Conditions{Latency: float64(d.Milliseconds()), DownloadThroughput: -1, UploadThroughput: -1})
}

// offline disconnects the network, or connects it again.
func (t *tab) offline(yes bool) {
	t.tb.Helper()
	t.network(network.Conditions{Offline: yes, DownloadThroughput: -1, UploadThroughput: -1})
	call(t, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: yes, DownloadThroughput: -1, UploadThroughput: -1})
}

func (t *tab) network(c network.Conditions) {
	t.tb.Helper()
	call(t, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{&c}})
}

// shows reports whether the page shows a text now.
func (t *tab) shows(text string) bool {
	found, err := evaluate[string](t, `document.body.innerText`)
	return err == nil && strings.Contains(found, text)
}
