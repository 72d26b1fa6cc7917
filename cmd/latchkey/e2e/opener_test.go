package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"latchkey/auth/authtest"
)

// A site that opens the app loses its reference to the window, whether someone is
// signed in or not.
func TestOpenerLosesTheWindow(t *testing.T) {
	t.Parallel()
	p := started(t)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<button onclick="window.opened = window.open('%s')">Open</button>`, p.URL)
	}))
	t.Cleanup(site.Close)
	for _, signedIn := range []bool{false, true} {
		b := openBrowser(t)
		if signedIn {
			b.signInByHTTP(p, authtest.Ada)
		}
		b.open(site.URL)
		b.press("Open")
		b.holds("the reference is cut", `window.opened?.closed === true`)
	}
}
