package handlers

import (
	"net/http"
	"net/url"
	"strings"
)

// elsewhere returns this page's URL under AUTH_URL, where the browser has opened
// it under another name: the provider sends people back to AUTH_URL, and the
// cookies of the sign-in would not be there. Host is compared, and never
// believed; it is empty where nothing is wrong, and where a proxy may have
// replaced the name.
func (a *app) elsewhere(r *http.Request) string {
	ours, _ := url.Parse(a.auth.Origin())
	for _, host := range []string{r.Host, r.Header.Get("X-Forwarded-Host")} {
		if hostname(host) == ours.Hostname() {
			return ""
		}
	}
	from, err := url.Parse(r.Referer())
	if err == nil && hostname(from.Host) == ours.Hostname() && r.Header.Get("Sec-Fetch-Site") == "same-origin" {
		return ""
	}
	if r.Method != http.MethodGet {
		return a.auth.Origin() + "/"
	}
	return a.auth.Origin() + r.URL.RequestURI()
}

// hostname is a host without its port, which cookies do not distinguish.
func hostname(host string) string {
	u, err := url.Parse("//" + host)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
}
