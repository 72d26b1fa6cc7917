package e2e

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/auth/authtest"
)

// By default nginx has a buffer of 4 KB for response headers, and responds 502
// for longer ones. Sign-in and sign-out work behind it for any length of ID
// token and callback URL.
func TestNginxWithDefaultBuffers(t *testing.T) {
	t.Parallel()
	f := startFleet(t, "sqlite:"+filepath.Join(t.TempDir(), "latchkey.db"))
	if strings.Contains(f.Nginx.config, "proxy_buffer") {
		t.Fatal("the nginx block of OPERATIONS.md sets buffers, want the defaults")
	}
	for _, idToken := range []int{0, 1 << 10, 2 << 10, 3 << 10, 4 << 10, 5 << 10} {
		f.Provider.EditIDToken(func(_, claims map[string]any) { claims["padding"] = incompressible(idToken * 3 / 4) })
		for _, callback := range []int{100, 1000, 1500, 2000} {
			wanted := "/profile?x=" + incompressible(callback-11)
			f.signsInAndOut(t, fmt.Sprintf("ID token +%d, callback URL %d", idToken, callback), wanted)
		}
	}
}

// incompressible returns text that compression makes hardly shorter.
func incompressible(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)[:n]
}

func (f *fleet) signsInAndOut(t *testing.T, name, wanted string) {
	t.Helper()
	b := authtest.NewBrowser(t)
	page := b.Post(f.URL+"/api/auth/signin/asgardeo", url.Values{"callbackUrl": {wanted}})
	to, _ := page.Next()
	if to == "" {
		t.Errorf("%s: Sign in: got status %d, and no way on", name, page.StatusCode)
		return
	}
	page = b.Get(b.SignIn(to, lin))
	if page.StatusCode != http.StatusSeeOther || page.Redirect != f.URL+wanted {
		t.Errorf("%s: the callback: got status %d to %.60q, want 303 to where the person wanted to be", name, page.StatusCode, page.Redirect)
		return
	}
	page = b.Post(f.URL+"/api/auth/signout", url.Values{"callbackUrl": {wanted}})
	if to, _ := page.Next(); to == "" {
		t.Errorf("%s: Sign Out: got status %d, and no way on", name, page.StatusCode)
		return
	}
	page = b.Follow(page)
	if n := len(f.Provider.Sessions()); n != 0 {
		t.Errorf("%s: the provider has %d sessions after Sign Out, want none", name, n)
	}
	if page = b.Get(page.Redirect); page.StatusCode != http.StatusSeeOther || page.Redirect != f.URL+wanted {
		t.Errorf("%s: back from signing out: got status %d to %.60q, want 303 to where the person wanted to be", name, page.StatusCode, page.Redirect)
	}
}
