package authtest

import (
	"net/http"
	"net/url"
	"strings"
)

// wayBack edits the redirects by which op leaves the provider: op itself knows nothing
// of iss. All of op's answers to a browser pass here, so that what it refuses in a line
// of text is shown as a page.
type wayBack struct {
	http.ResponseWriter
	provider *Provider
	refused  bool
}

func (p *Provider) wayBack(w http.ResponseWriter) *wayBack {
	return &wayBack{ResponseWriter: w, provider: p}
}

func (w *wayBack) WriteHeader(status int) {
	if w.refused = status == http.StatusBadRequest; w.refused {
		return
	}
	location := w.Header().Get("Location")
	if location != "" && !strings.HasPrefix(location, "/") {
		w.Header().Set("Location", w.provider.editCallback(location))
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *wayBack) Write(text []byte) (int, error) {
	if w.refused {
		badRequest(w.ResponseWriter, "This sign-in cannot begin", string(text))
		return len(text), nil
	}
	return w.ResponseWriter.Write(text)
}

func (p *Provider) editCallback(location string) string {
	u, err := url.Parse(location)
	if err != nil {
		return location
	}
	query := u.Query()
	if p.settings.issParameter {
		query.Set("iss", p.Issuer())
	}
	if _, m := p.knobs.now(); m.callback != nil {
		m.callback(query)
	}
	u.RawQuery = query.Encode()
	return u.String()
}
