package e2e

import (
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// The conditions under which a person looks at a page: their window, what they
// have told their system, their network, and a browser with or without scripts.

// call gives the browser a command of its protocol.
func call[P, R any](t *tab, c cdp.Command[P, R], params P) R {
	t.tb.Helper()
	result, err := chromedp.Call(t.ctx, c, params)
	if err != nil {
		t.tb.Fatalf("%s: %v", c.Method, err)
	}
	return result
}

const wide, narrow = 1280, 320

// size makes the window that wide.
func (t *tab) size(width int64) {
	t.tb.Helper()
	t.do("sizing the window", chromedp.EmulateViewport(width, 800))
}

// prefers sets what the person has told their system.
func (t *tab) prefers(feature, value string) {
	t.tb.Helper()
	call(t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Media: "screen", Features: []*emulation.MediaFeature{{Name: feature, Value: value}},
	})
}

// onPaper shows the page as it is printed, on A4.
func (t *tab) onPaper() {
	t.tb.Helper()
	t.size(718)
	call(t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
}

// withoutScripts switches JavaScript off, in every page from now on.
func (t *tab) withoutScripts() {
	t.tb.Helper()
	call(t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// withScripts switches it on again.
func (t *tab) withScripts() {
	t.tb.Helper()
	call(t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: false})
}

// latency makes every answer take that much longer.
func (t *tab) latency(d time.Duration) {
	t.tb.Helper()
	t.network(network.Conditions{Latency: float64(d.Milliseconds()), DownloadThroughput: -1, UploadThroughput: -1})
}

// offline cuts the network off, or connects it again.
func (t *tab) offline(yes bool) {
	t.tb.Helper()
	t.network(network.Conditions{Offline: yes, DownloadThroughput: -1, UploadThroughput: -1})
	call(t, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: yes, DownloadThroughput: -1, UploadThroughput: -1})
}

func (t *tab) network(c network.Conditions) {
	t.tb.Helper()
	call(t, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{&c}})
}

// shows tells whether the page shows a text by now.
func (t *tab) shows(text string) bool {
	found, err := evaluate[string](t, `document.body.innerText`)
	return err == nil && strings.Contains(found, text)
}
