package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/go-chi/chi/v5/middleware"
)

type requestIDKey struct{}

// requestID gives each request an id: the reference that a person reads on an
// error page, and that finds the log line. It is ours alone: one from the
// request would let a stranger write into the log.
func (a *app) requestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := rand.Text()[:10]
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id)))
	})
}

func reference(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// accessLog writes a line for each request, without its query: codes and
// states travel there.
func (a *app) accessLog(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !a.log.Enabled(r.Context(), slog.LevelInfo) {
			next.ServeHTTP(w, r)
			return
		}
		began := time.Now()
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() {
			a.log.LogAttrs(r.Context(), slog.LevelInfo, "request",
				slog.String("method", r.Method), slog.String("path", shortened(r.URL.Path)),
				slog.Int("status", ww.Status()), slog.Int("bytes", ww.BytesWritten()),
				slog.Duration("took", time.Since(began)), slog.String("client", ClientAddress(r)),
				slog.String("reference", reference(r.Context())))
		}()
		next.ServeHTTP(ww, r)
	})
}

func shortened(path string) string {
	if len(path) > 200 {
		return path[:200] + "…"
	}
	return path
}

// recoverer turns a panic into an error page and a log line with its stack.
func (a *app) recoverer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if cause == http.ErrAbortHandler {
				panic(cause) // a handler's way to cut the connection
			}
			a.log.Error("a handler panicked", "cause", cause, "stack", string(debug.Stack()), "reference", reference(r.Context()))
			a.fail(w, r, errPanicked)
		}()
		next.ServeHTTP(w, r)
	})
}

var errPanicked = errors.New("a handler panicked")
