package e2e

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// axe is the source of axe-core, which only tests use.
var axe = sync.OnceValues(func() ([]byte, error) { return os.ReadFile("testdata/axe/node_modules/axe-core/axe.min.js") })

// violation is an accessibility barrier.
type violation struct {
	Rule, Help string
	Where      []string
}

func (b violation) String() string {
	return b.Rule + ": " + b.Help + "\n\t" + strings.Join(b.Where, "\n\t")
}

// runAxe checks the document against all rules of axe: WCAG 2.2 and best
// practices. What axe cannot decide counts as a violation.
const runAxe = `axe.run(document, { rules: { 'target-size': { enabled: true } } })
	.then(({ violations, incomplete }) => [...violations, ...incomplete].map(({ id, help, nodes }) =>
		({ rule: id, help, where: nodes.map(node => node.html + ' ' + node.failureSummary) })))`

// Axe finds the violations of a bad page, so its silence on ours means
// something.
func TestAxeFindsViolations(t *testing.T) {
	t.Parallel()
	requireAxe(t)
	b := openBrowser(t)
	b.open(`data:text/html,<h1 style="color: %23999; background: white">Pale</h1>`)
	var got []string
	for _, found := range b.violations() {
		got = append(got, found.Rule)
	}
	for _, want := range []string{"color-contrast", "document-title", "html-has-lang"} {
		if !slices.Contains(got, want) {
			t.Errorf("a page with violations: got %q, want %q among them", got, want)
		}
	}
}

// wantNoViolation fails the test if the page has a violation in light or dark. Only
// Chromium runs axe.
func (u *user) wantNoViolation(page string) {
	u.tb.Helper()
	t, ok := u.driver.(*tab)
	if _, err := axe(); !ok || err != nil {
		return // TestAxeFindsViolations reports an error
	}
	t.inLightAndDark(func(scheme string) {
		for _, found := range t.violations() {
			t.tb.Errorf("%s, %s: got %s", page, scheme, found)
		}
	})
}

func requireAxe(tb testing.TB) {
	tb.Helper()
	const missing = "NO AXE, SO ACCESSIBILITY IS NOT TESTED: `go tool task axe` fetches it"
	if _, err := axe(); errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") != "true" {
		tb.Skip(missing)
	} else if err != nil {
		tb.Fatalf("%s (%v)", missing, err)
	}
}

// violations runs axe in an isolated world, which the page's policy and
// scripts do not affect.
func (t *tab) violations() (found []violation) {
	t.tb.Helper()
	source, err := axe()
	if err != nil {
		t.tb.Fatal(err)
	}
	frame := call(t, page.GetFrameTree, cdp.Empty{}).FrameTree.Frame.ID
	world := call(t, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: frame, WorldName: "axe"}).ExecutionContextID
	if string(t.evaluateIn(world, `typeof axe`)) == `"undefined"` { // a document keeps its world
		t.evaluateIn(world, string(source))
	}
	if err := json.Unmarshal(t.evaluateIn(world, runAxe), &found); err != nil {
		t.tb.Fatal(err)
	}
	return found
}

func (t *tab) evaluateIn(world runtime.ExecutionContextID, expression string) []byte {
	t.tb.Helper()
	yes := true
	got := call(t, runtime.Evaluate, runtime.EvaluateParams{Expression: expression, ContextID: world, ReturnByValue: &yes, AwaitPromise: &yes})
	if got.ExceptionDetails != nil {
		t.tb.Fatalf("axe fails: %s", got.ExceptionDetails.Text)
	}
	return got.Result.Value
}
