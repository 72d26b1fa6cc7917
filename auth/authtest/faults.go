package authtest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Hang never responds: it waits until the client disconnects or the test ends.
func Hang(http.Handler) http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // net/http reports a disconnected client only after that
		<-r.Context().Done()
	})
}

// Trickle starts a JSON document and continues it by one space per interval, until the
// client disconnects or the test ends.
func Trickle(interval time.Duration) Fault {
	return respond(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // as in Hang
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for text := "{"; ; text = " " {
			_, _ = io.WriteString(w, text)
			_ = http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
				return
			case <-ticker.C:
			}
		}
	})
}

// Cut sends the first half of the endpoint's response, and closes the connection.
func Cut(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorded := httptest.NewRecorder()
		next.ServeHTTP(recorded, r)
		recorded.Body.Truncate(recorded.Body.Len() / 2)
		copyResponse(w, recorded)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
}

// ContentType changes the content type of the endpoint's response.
func ContentType(contentType string) Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			recorded := httptest.NewRecorder()
			next.ServeHTTP(recorded, r)
			recorded.Header().Set("Content-Type", contentType)
			copyResponse(w, recorded)
		})
	}
}

// Answer responds with this status, content type and body.
func Answer(status int, contentType, body string) Fault {
	return respond(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// Status responds with a status and its text.
func Status(status int) Fault {
	return Answer(status, "text/plain; charset=utf-8", http.StatusText(status))
}

// HTML responds with 200 and a page, as captive portals do.
func HTML(next http.Handler) http.Handler {
	return Answer(http.StatusOK, "text/html; charset=utf-8", "<!doctype html><title>Welcome</title><h1>Welcome</h1>")(next)
}

// OAuthError responds with 400 and an error code such as invalid_grant (RFC 6749
// section 5.2).
func OAuthError(code string) Fault {
	return Answer(http.StatusBadRequest, "application/json", fmt.Sprintf(`{"error":%q}`, code))
}

// Huge responds with 200 and a valid JSON document of this many bytes.
func Huge(size int) Fault {
	return respond(func(w http.ResponseWriter, _ *http.Request) {
		const head, tail = `{"filler":"`, `"}`
		chunk := strings.Repeat("a", 1<<16)
		w.Header().Set("Content-Type", "application/json")
		_, err := io.WriteString(w, head)
		for left := size - len(head) - len(tail); left > 0 && err == nil; left -= len(chunk) {
			_, err = io.WriteString(w, chunk[:min(left, len(chunk))])
		}
		_, _ = io.WriteString(w, tail) // fails if the client has disconnected
	})
}

// RedirectTo redirects to a URL with the request's method and body (307). With the
// endpoint's own URL, the redirects never end.
func RedirectTo(url string) Fault {
	return respond(http.RedirectHandler(url, http.StatusTemporaryRedirect).ServeHTTP)
}

// Times applies a fault to the first n requests only.
func Times(n int, f Fault) Fault {
	var seen atomic.Int64
	return func(next http.Handler) http.Handler {
		if seen.Add(1) > int64(n) {
			return next
		}
		return f(next)
	}
}

// Hold returns a fault that delays requests until release is called. The channel
// arrived receives once for each request.
func Hold() (f Fault, arrived <-chan struct{}, release func()) {
	requests, released := make(chan struct{}, 1024), make(chan struct{})
	f = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests <- struct{}{}
			select {
			case <-released:
				next.ServeHTTP(w, r)
			case <-r.Context().Done():
			}
		})
	}
	return f, requests, sync.OnceFunc(func() { close(released) })
}

// respond returns a fault that never calls the endpoint's handler.
func respond(handler http.HandlerFunc) Fault {
	return func(http.Handler) http.Handler { return handler }
}
