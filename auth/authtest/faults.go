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

// Hang never answers: it waits until the caller gives up, or the test ends.
func Hang(http.Handler) http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		drain(r)
		<-r.Context().Done()
	})
}

// Trickle begins a JSON document and goes on with one space at a time, at this pace,
// until the caller gives up, or the test ends.
func Trickle(pace time.Duration) Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			drain(r)
			ticker := time.NewTicker(pace)
			defer ticker.Stop()
			send(w, "{")
			for {
				select {
				case <-r.Context().Done():
					return
				case <-ticker.C:
					send(w, " ")
				}
			}
		})
	}
}

// Cut sends the first half of the true answer, and closes the connection.
func Cut(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		half := answer.Body.String()[:answer.Body.Len()/2]
		answer.Body.Reset()
		relay(w, answer)
		send(w, half)
		panic(http.ErrAbortHandler)
	})
}

// ContentType gives the true answer under another content type.
func ContentType(contentType string) Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer := httptest.NewRecorder()
			next.ServeHTTP(answer, r)
			answer.Header().Set("Content-Type", contentType)
			relay(w, answer)
		})
	}
}

// Answer gives this answer in place of the true one.
func Answer(status int, contentType, body string) Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		})
	}
}

// Status answers with a status and its name, in plain text.
func Status(status int) Fault {
	return Answer(status, "text/plain; charset=utf-8", http.StatusText(status))
}

// HTML answers 200 with a page, as captive portals do.
func HTML(next http.Handler) http.Handler {
	return Answer(http.StatusOK, "text/html; charset=utf-8", "<!doctype html><title>Welcome</title><h1>Welcome</h1>")(next)
}

// OAuthError answers 400 with an error code such as invalid_grant (RFC 6749, section 5.2).
func OAuthError(code string) Fault {
	return Answer(http.StatusBadRequest, "application/json", fmt.Sprintf(`{"error":%q}`, code))
}

// Huge answers 200 with a JSON document of this many bytes, which is sound but for its
// size.
func Huge(size int) Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			const head, tail = `{"filler":"`, `"}`
			chunk := strings.Repeat("a", 1<<16)
			w.Header().Set("Content-Type", "application/json")
			_, err := io.WriteString(w, head)
			for left := size - len(head) - len(tail); left > 0 && err == nil; left -= len(chunk) {
				_, err = io.WriteString(w, chunk[:min(left, len(chunk))])
			}
			_, _ = io.WriteString(w, tail) // a caller that had enough is gone
		})
	}
}

// RedirectTo sends the request elsewhere, with its method and body (307). An endpoint's
// own URL makes a redirect without end.
func RedirectTo(url string) Fault {
	return func(http.Handler) http.Handler {
		return http.RedirectHandler(url, http.StatusTemporaryRedirect)
	}
}

// Times lets a fault have the first n requests, and the true endpoint the others.
func Times(n int, f Fault) Fault {
	var seen atomic.Int64
	return func(next http.Handler) http.Handler {
		if seen.Add(1) > int64(n) {
			return next
		}
		return f(next)
	}
}

// Hold makes a fault that keeps requests waiting at the endpoint's door until release is
// called. Of every request that comes, arrived tells once.
func Hold() (f Fault, arrived <-chan struct{}, release func()) {
	came, gate := make(chan struct{}, 1024), make(chan struct{})
	f = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			came <- struct{}{}
			select {
			case <-gate:
				next.ServeHTTP(w, r)
			case <-r.Context().Done():
			}
		})
	}
	return f, came, sync.OnceFunc(func() { close(gate) })
}

// drain reads the body: only then does net/http notice that the caller is gone.
func drain(r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }

func send(w http.ResponseWriter, text string) {
	_, _ = io.WriteString(w, text)
	_ = http.NewResponseController(w).Flush()
}
