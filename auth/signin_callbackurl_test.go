package auth_test

import (
	"net/url"
	"strings"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// A callback URL leads to a page of ours, with its path, query and fragment, and never to another origin or to an auth
// route (RFC 9700 section 4.11.1, ASVS 10.2). "{app}" is our own origin.
func TestCallbackURLStaysOnOurOrigin(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	long := "/" + strings.Repeat("a", 2047)
	for _, c := range []struct{ given, want string }{
		{"", "/"},
		{"/", "/"},
		{"/profile", "/profile"},
		{"/profile/", "/profile/"},
		{"/profile?tab=2&sort=a/b", "/profile?tab=2&sort=a/b"},
		{"/profile#part", "/profile#part"},
		{"/profile#/../api/auth/signout", "/profile#/../api/auth/signout"},
		{"/profile?to=https://example.com//x", "/profile?to=https://example.com//x"},
		{"/a%20b", "/a%20b"},
		{"/a%2Fb", "/a%2Fb"},
		{"/caf\u00e9?q=\u00e9", "/caf%C3%A9?q=%C3%A9"},
		{"/authority", "/authority"},
		{"/api/authority", "/api/authority"},
		{"{app}", "/"},
		{"{app}/profile?a=b", "/profile?a=b"},
		{"{app}?a=b", "/?a=b"},
		{"{APP}/reports#x", "/reports#x"},
		{"/#/settings/profile", "/#/settings/profile"},
		{"/events?city=a&start=2026-01-01&end=b%26c", "/events?city=a&start=2026-01-01&end=b%26c"},
		{"/a?next=%2Fb%3Fc%3Dd%26e#frag=1&x", "/a?next=%2Fb%3Fc%3Dd%26e#frag=1&x"},
		{"/search?q=a+b%2Bc%20d", "/search?q=a+b%2Bc%20d"},
		{"/%C3%9Cbersicht?q=gr%C3%B6%C3%9Fe", "/%C3%9Cbersicht?q=gr%C3%B6%C3%9Fe"},
		{long, long},
		{long + "a", "/"},

		{"https://evil.example/", "/"},
		{"//evil.example/", "/"},
		{"///evil.example/", "/"},
		{"////evil.example/", "/"},
		{"/\\evil.example", "/"}, // CVE-2018-15178, CVE-2020-4037
		{"\\\\evil.example", "/"},
		{"\\/evil.example", "/"},
		{"/\t/evil.example", "/"}, // CVE-2020-11053
		{"/\n/evil.example", "/"},
		{"/\r/evil.example", "/"},
		{"\t//evil.example", "/"},
		{" //evil.example", "/"},
		{"\x00//evil.example", "/"},
		{"/%09/evil.example", "/"}, // CVE-2022-23527
		{"/%0a/evil.example", "/"},
		{"/%0d%0aLocation:%20https://evil.example", "/"},
		{"/%5cevil.example", "/"}, // CVE-2019-3877
		{"/%2fevil.example", "/"},
		{"/%2F%2Fevil.example", "/"},
		{"//%5cevil.example", "/"},
		{"/.//evil.example", "/"},
		{"/..//evil.example", "/"},
		{"/x/..//evil.example", "/"},
		{"/x//evil.example", "/"},
		{"/%2e%2e//evil.example", "/"},
		{"http:evil.example", "/"},
		{"http:/evil.example", "/"},
		{"http:///evil.example", "/"},
		{"https:/\\evil.example", "/"},
		{"javascript:evil()", "/"},
		{"JavaScript:evil()//{app}", "/"},
		{"data:text/html,evil", "/"},
		{"vbscript:evil", "/"},
		{"evil.example", "/"},
		{"profile", "/"},
		{"?evil", "/"},
		{"#evil", "/"},
		{"./profile", "/"},
		{"../profile", "/"},
		{"{app}@evil.example/", "/"},
		{"{app}.evil.example/", "/"},
		{"{app}:80@evil.example", "/"},
		{"{app}\\@evil.example", "/"},
		{"{app}/\\evil.example", "/"},
		{"{app}//evil.example", "/"},
		{"http://evil@{host}/profile", "/"},
		{"http://evil:evil@{host}/", "/"},
		{"https://{host}/profile", "/"},
		{"//{host}/profile", "/"},
		{"http://127.1:{port}/", "/"},
		{"\uff0f\uff0fevil.example", "/"},
		{"/\u2028/evil.example", "/%E2%80%A8/evil.example"},
		{"/\xff\xfe", "/"},
		{"/%zz", "/"},

		{"/api/auth", "/"},
		{"/api/auth/", "/"},
		{"/api/auth/signout", "/"},
		{"/api/auth/callback/asgardeo?code=evil", "/"},
		{"{app}/api/auth/session", "/"},
		{"/api/./auth/session", "/"},
		{"/x/../api/auth/session", "/"},
		{"/api/%61uth/session", "/"},
		{"/api%2fauth/session", "/"},
		{"/%2e/api/auth/session", "/"},
		{"/api/x/%2e%2e/auth/session", "/"},
		{"/api//auth/session", "/"},
	} {
		u, _ := url.Parse(a.URL)
		given := strings.NewReplacer("{app}", a.URL, "{APP}", strings.Replace(a.URL, "http", "HTTP", 1), "{host}", u.Host, "{port}", u.Port()).Replace(c.given)
		page := b.Post(a.URL+"/api/auth/signin/asgardeo", url.Values{"callbackUrl": {given}})
		page = b.Get(b.SignIn(page.Redirect, authtest.Ada))
		if got := page.Header.Get("Location"); got != c.want {
			t.Errorf("callbackUrl %.60q: got status %d to %.60q, want %.60q", given, page.StatusCode, got, c.want)
		}
	}
}
