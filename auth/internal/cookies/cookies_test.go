package cookies

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/auth/internal/publicurl"
)

func TestCookieAttributesFollowURL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		url    string
		name   string
		secure bool
	}{
		{"http://localhost:3000", "latchkey.session", false},
		{"https://app.example.com", "__Host-latchkey.session", true},
		{"https://app.example.com/base/auth", "__Host-latchkey.session", true},
	} {
		app, err := publicurl.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		jar := &Jar{App: app}
		got := jar.New("latchkey.session", "value", time.Hour)
		want := &http.Cookie{Name: c.name, Value: "value", Path: "/", MaxAge: 3600, HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode}
		if got.String() != want.String() {
			t.Errorf("%s: got %s, want %s", c.url, got, want)
		}
		cleared := jar.New("latchkey.session", "value", 0).String()
		if !strings.Contains(cleared, "Max-Age=0") || strings.Contains(cleared, "value") {
			t.Errorf("%s: cleared: got %s, want no value and Max-Age=0", c.url, cleared)
		}
	}
}

// FirstFitting keeps as much of a cookie's content as the limit of a response allows.
func TestFirstFittingKeepsAsMuchAsFits(t *testing.T) {
	t.Parallel()
	cookie := func(size int) *http.Cookie { return &http.Cookie{Name: "n", Value: strings.Repeat("x", size)} }
	for _, c := range []struct {
		sizes []int
		want  int
	}{
		{[]int{MaxLine - 2}, MaxLine - 2},
		{[]int{MaxLine - 2, 10}, MaxLine - 2},
		{[]int{MaxLine - 1, MaxLine - 2, 10}, MaxLine - 2},
		{[]int{MaxLine + 9, MaxLine + 5}, MaxLine + 5},
	} {
		var less []func() *http.Cookie
		for _, size := range c.sizes[1:] {
			less = append(less, func() *http.Cookie { return cookie(size) })
		}
		if got := len(FirstFitting(cookie(c.sizes[0]), less...).Value); got != c.want {
			t.Errorf("cookies of %v bytes: got the one of %d, want %d", c.sizes, got, c.want)
		}
	}
}

// A packed URL unpacks to itself, and anything else to no URL.
func TestPackURLRoundTrip(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "/", "/profile?a=b#c", "/" + strings.Repeat("a", packedAbove-1), "/" + strings.Repeat("a", packedAbove), "/" + strings.Repeat("%C3%A9", 300)} {
		packed := packURL(url)
		if got := unpackURL(packed); got != url {
			t.Errorf("%.20q of %d bytes: got %.20q of %d", url, len(url), got, len(got))
		}
		if len(url) > packedAbove && len(packed) >= len(url) {
			t.Errorf("%.20q of %d bytes: packed into %d, want fewer", url, len(url), len(packed))
		}
	}
	for _, packed := range []string{"\x01", "\x01not deflate", "\x02/profile"} {
		if got := unpackURL([]byte(packed)); strings.HasPrefix(got, "/") {
			t.Errorf("%q: got %q, want no URL", packed, got)
		}
	}
}
