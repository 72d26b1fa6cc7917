package handlers

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/go-chi/chi/v5"
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

// accessLog writes a line for each request. Of what came from outside it shows
// only what we have a name for ourselves.
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
				slog.String("method", knownMethod(r)), slog.String("route", routeName(r)),
				slog.Int("status", ww.Status()), slog.Int("bytes", ww.BytesWritten()),
				slog.Duration("took", time.Since(began)), slog.String("client", ClientAddress(r)),
				slog.String("reference", reference(r.Context())))
		}()
		next.ServeHTTP(ww, r)
	})
}

var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
	http.MethodConnect, http.MethodOptions, http.MethodTrace,
}

func knownMethod(r *http.Request) string {
	if slices.Contains(methods, r.Method) {
		return r.Method
	}
	return "other"
}

// routeName is the pattern that a request's path matches: a path can hold
// anything, a token too. It is known once the request has been routed.
func routeName(r *http.Request) string {
	if route := chi.RouteContext(r.Context()); route != nil {
		if pattern := route.RoutePattern(); pattern != "" {
			return pattern
		}
	}
	return cmp.Or(r.Pattern, "none")
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
			a.log.Error("a handler panicked", "cause", panicName(cause), "stack", string(debug.Stack()), "reference", reference(r.Context()))
			a.respondError(w, r, errPanicked)
		}()
		next.ServeHTTP(w, r)
	})
}

// panicName tells what a panic was: that of the runtime, or its type alone,
// since the value of any other may hold what came from outside.
func panicName(cause any) string {
	if err, ok := cause.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("%T", cause)
}

var errPanicked = errors.New("a handler panicked")
