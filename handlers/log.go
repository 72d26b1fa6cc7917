package handlers

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/go-chi/chi/v5"

	"latchkey/auth"
	"latchkey/handlers/internal/recorder"
)

// requestID gives each request an id: the reference on an error page, which finds the
// log line. An id from the request would let a client write into the log.
func (a *App) requestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := rand.Text()[:10]
		next.ServeHTTP(w, auth.WithReference(r, id))
	})
}

// accessLog logs each request, and reports it to Config.Observe. It shows no text from
// the request, only values from lists of ours.
func (a *App) accessLog(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		ww := &recorder.Recorder{ResponseWriter: w}
		defer func() {
			method, route, took := knownMethod(r), routeName(r), time.Since(start)
			status := cmp.Or(ww.Status, http.StatusOK) // which net/http sends for a handler that writes nothing
			if a.config.Observe != nil {
				a.config.Observe(route, method, status, took)
			}
			if !a.log.Enabled(r.Context(), slog.LevelInfo) {
				return
			}
			line := slog.NewRecord(start.Add(took), slog.LevelInfo, "request", 0) // without the caller: finding it takes 3 µs
			line.AddAttrs(slog.String("method", method), slog.String("route", route),
				slog.Int("status", status), slog.Int("bytes", ww.Bytes),
				slog.Duration("took", took), slog.String("client", ClientAddress(r)),
				slog.String("reference", auth.Reference(r.Context())))
			_ = a.log.Handler().Handle(r.Context(), line)
		}()
		next.ServeHTTP(ww, r)
	})
}

func knownMethod(r *http.Request) string {
	switch r.Method {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE":
		return r.Method
	}
	return "other"
}

// routeName is the pattern that a request's path matches, once it has been routed:
// the path itself may contain anything, even a token.
func routeName(r *http.Request) string {
	if page := appPageOf(r.Context()); page != nil && page.r.Pattern != "" {
		return page.r.Pattern
	}
	return cmp.Or(chi.RouteContext(r.Context()).RoutePattern(), r.Pattern, "none")
}

// recoverer turns a panic into an error page and a log line with its stack. If a part of
// the response has been sent, it ends the connection, so that no one takes that part for
// the whole.
func (a *App) recoverer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ww := w.(*recorder.Recorder) // of accessLog
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if cause == http.ErrAbortHandler {
				panic(cause) // a handler aborts the connection
			}
			a.log.Error("handler panicked", "cause", panicName(cause), "stack", string(debug.Stack()), "reference", auth.Reference(r.Context()))
			if ww.Status != 0 {
				panic(http.ErrAbortHandler)
			}
			a.respondError(ww, r, errors.New("handler panicked"))
		}()
		next.ServeHTTP(ww, r)
	})
}

// panicName describes a panic: the text of a runtime error, otherwise only the
// type, since the value may contain text from outside.
func panicName(cause any) string {
	if err, ok := cause.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("%T", cause)
}
