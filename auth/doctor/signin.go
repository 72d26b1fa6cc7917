package doctor

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// longCallbackURL makes the response of the sign-in form nearly as long as one can be.
var longCallbackURL = "/?latchkey-doctor=" + strings.Repeat("0123456789abcdef", 120)

// signInForm submits the sign-in form as a browser does, and drops the response, which
// would lead to the provider.
func (a *App) signInForm(ctx context.Context) []Check {
	const name = "sign-in form"
	path := a.Auth.BasePath() + "/signin/" + a.Provider.ID
	resp, err := a.request(ctx, http.MethodPost, path, url.Values{"callbackUrl": {longCallbackURL}}, http.Header{"Sec-Fetch-Site": {"same-origin"}})
	if err != nil {
		return []Check{unreached(name, a.Auth.Origin(), err)}
	}
	resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusSeeOther:
		return []Check{a.signInResponse(name, resp)}
	case http.StatusTooManyRequests:
		return []Check{warning(name, "Wait a minute, and run this again", "too many sign-ins from this address (AUTH_RATE_LIMIT)")}
	case http.StatusForbidden:
		return []Check{failed(name, "Let the proxy pass Origin and Host on as they are", "the app takes the form for another site's (403)")}
	case http.StatusNotFound:
		return []Check{failed(name, "Start the app with the variables of this environment", "the app has no provider %q, or another base path than %s (404)", a.Provider.ID, a.Auth.BasePath())}
	}
	return []Check{failed(name, "See the logs of the proxy and the app; the proxy's header buffers need 4 KB", "the answer is %d, and not a redirect to the provider", resp.StatusCode)}
}

// signInResponse checks that the app has the registration of this environment, and that
// its cookies arrive unchanged.
func (a *App) signInResponse(name string, resp *http.Response) Check {
	location, err := resp.Location()
	if err != nil {
		return failed(name, "Let the proxy pass Location on as it is", "the redirect to the provider has no usable Location")
	}
	sent := location.Query() // without a redirect URI, it is a pushed request
	switch {
	case sent.Get("client_id") != a.Provider.ClientID:
		return failed(name, "Start the app with the variables of this environment", "the app uses another client ID than this environment has")
	case sent.Has("redirect_uri") && sent.Get("redirect_uri") != a.Auth.RedirectURI(a.Provider.ID):
		return failed(name, "Start the app with the variables of this environment, and let the proxy leave Location as it is",
			"the app sends another redirect URI than %s", a.Auth.RedirectURI(a.Provider.ID))
	}
	return a.cookies(name, resp)
}

func (a *App) cookies(name string, resp *http.Response) Check {
	const remedy = "Let the proxy pass Set-Cookie on as it is"
	secure := strings.HasPrefix(a.Auth.Origin(), "https:")
	all := slices.DeleteFunc(resp.Cookies(), func(c *http.Cookie) bool { return !strings.Contains(c.Name, "latchkey.") })
	if len(all) == 0 {
		return failed(name, remedy, "the cookie of the sign-in does not arrive")
	}
	for _, c := range all {
		if c.Secure != secure || strings.HasPrefix(c.Name, "__Host-") != secure || !c.HttpOnly ||
			c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			return failed(name, remedy, "the cookie of the sign-in arrives with other attributes than the app sends")
		}
	}
	return passed(name, "it leads to the provider, and its cookie arrives as the app sends it")
}
