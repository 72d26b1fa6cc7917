package handlers

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"latchkey/auth"
)

// contentSecurityPolicy allows our own script and style sheet (also inside of a page, by
// its hash), images by https, and nothing else. It has no form-action: browsers check
// that at every redirect, so it would block a sign-in form whose redirects end at the
// provider's login page.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self' '{style}'; img-src 'self' https:; " +
	"connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"

// extendable are the directives that an app may add sources to. The others keep other
// sites out, and form-action would block the sign-in form.
var extendable = []string{"connect-src", "font-src", "frame-src", "img-src", "manifest-src", "media-src", "script-src", "style-src", "worker-src"}

// unsafeSource matches sources that let anyone run scripts on our pages, and those that
// browsers ignore beside our hashes.
var unsafeSource = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^('unsafe-.*|'nonce-.*|'none'|'strict-dynamic'|\*|https?:|http://.*|.*,.*)$`)
})

// unsafeScript matches further sources that are unsafe for scripts.
var unsafeScript = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(data|blob|filesystem):$|^(https://)?\*`)
})

// extendCSP adds sources to a policy (Content Security Policy Level 3 section 2.2).
func extendCSP(policy, extra string) (string, error) {
	directives := strings.Split(policy, "; ")
	for directive := range strings.SplitSeq(extra, ";") {
		words := strings.Fields(directive)
		if len(words) == 0 {
			continue
		}
		name := strings.ToLower(words[0])
		if !slices.Contains(extendable, name) {
			return "", fmt.Errorf("handlers.Config.CSP: %s cannot be extended. The directives that can are %s", words[0], strings.Join(extendable, ", "))
		}
		for _, source := range words[1:] {
			if isUnsafe(name, source) {
				return "", fmt.Errorf("handlers.Config.CSP: %s %s is not safe, or has no effect beside our own policy. Name a host or a hash, or set the header of that one page yourself", name, source)
			}
		}
		directives = addSources(directives, name, words[1:])
	}
	return strings.Join(directives, "; "), nil
}

func isUnsafe(directive, source string) bool {
	if directive == "img-src" && source == "https:" {
		return false // our own policy has it
	}
	return unsafeSource().MatchString(source) || directive == "script-src" && unsafeScript().MatchString(source)
}

func addSources(directives []string, name string, sources []string) []string {
	for i, directive := range directives {
		if strings.HasPrefix(directive, name+" ") {
			directives[i] = directive + " " + strings.Join(sources, " ")
			return directives
		}
	}
	return append(directives, name+" "+strings.Join(sources, " "))
}

// security sets the headers that every response has. Cacheable responses replace
// Cache-Control.
func (a *App) security(next http.Handler) http.Handler {
	headers := http.Header{
		"Cache-Control":                {"no-store"},
		"Content-Security-Policy":      {a.csp},
		"Cross-Origin-Opener-Policy":   {"same-origin"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Permissions-Policy":           {"camera=(), geolocation=(), microphone=()"},
		"Referrer-Policy":              {"same-origin"}, // no-referrer would make browsers send "Origin: null"
		"X-Content-Type-Options":       {"nosniff"},
	}
	if strings.HasPrefix(a.auth.Origin(), "https:") {
		headers.Set("Strict-Transport-Security", "max-age=31536000") // without includeSubDomains: other hosts may not be ready
	}
	varyHeaders(headers)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), headers) // handlers replace values and never append: the slices are shared
		next.ServeHTTP(w, r)
	})
}

// dropAppHeaders drops what an app has set for a page of its own, when ours takes its place:
// a sign-in page, or the error page after a panic.
func dropAppHeaders(h http.Header) {
	for _, name := range []string{"Content-Disposition", "Content-Encoding", "Content-Length", "Etag", "Last-Modified"} {
		h.Del(name)
	}
	h.Set("Cache-Control", "no-store")
}

// shareProcess drops Cross-Origin-Opener-Policy from a public page whose URL the person
// has typed, or opened from a bookmark or another program (Fetch Metadata section 2.2):
// no other site has opened its window, and the browser would start a process just for
// the header, which delays the first paint.
func shareProcess(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Sec-Fetch-Site") == "none" {
		w.Header().Del("Cross-Origin-Opener-Policy")
	}
}

// fileHeaders replaces the policy of pages, and drops the headers that have a meaning for
// pages only: those of the script were a fiftieth of a first visit. An SVG that someone
// opens is a page, too; its policy allows nothing.
func fileHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for _, name := range []string{"Cross-Origin-Opener-Policy", "Permissions-Policy", "Latchkey-Response"} {
			h.Del(name)
		}
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		next.ServeHTTP(w, r)
	})
}

// sameOrigin rejects a POST from another origin, even on a sibling host. Our origin
// is trusted by name, for proxies that rewrite Host.
func (a *App) sameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	if err := protection.AddTrustedOrigin(a.auth.Origin()); err != nil {
		panic(err) // auth.New has checked the URL
	}
	for _, path := range []string{"/initiate", "/initiate/{$}"} { // other sites send it, and it changes nothing
		protection.AddInsecureBypassPattern("POST " + a.auth.BasePath() + path)
	}
	protection.SetDenyHandler(a.handle(func(http.ResponseWriter, *http.Request) error { return newError(codeCrossOrigin) }))
	return protection.Handler(next)
}

const (
	maxBody     = 128 << 10 // bytes, for our own routes
	maxFormBody = 10 << 20  // bytes, for pages of App.Protected, whose forms may have files
)

// bodyLimit makes reading fail beyond max bytes of a body.
func bodyLimit(max int64) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Body != nil && r.Body != http.NoBody {
				r.Body = http.MaxBytesReader(w, r.Body, max)
			}
			next.ServeHTTP(w, r)
		})
	}
}

// isPrefetch reports whether the browser fetches the page before the person opens it
// (Fetch standard, Sec-Purpose; older browsers send Purpose). Such a request must
// change nothing.
func isPrefetch(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Sec-Purpose"), "prefetch") || r.Header.Get("Purpose") == "prefetch"
}

// rejectPrefetch rejects prefetches and HEAD where a GET changes something, so that
// they cannot use up a code.
func rejectPrefetch(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		switch {
		case r.Method == http.MethodHead:
			w.Header().Set("Allow", http.MethodGet)
			return newError(codeMethodNotAllowed)
		case isPrefetch(r):
			return &auth.Error{Code: auth.BadRequest, Err: errors.New("the request is a prefetch")}
		}
		return h(w, r)
	}
}
