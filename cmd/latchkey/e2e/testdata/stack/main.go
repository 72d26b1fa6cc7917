// Command stack is a peer in the benchmarks: an app of the same libraries without Latchkey.
// chi, scs, templ and slog, as their documentation uses them, serve our page with our
// headers to someone whose session is a map in memory. What the app costs beyond this is
// the cost of its own work. It listens on the port of its environment, as the app does.
package main

import (
	"log"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"latchkey/views"
)

var headers = map[string]string{
	"Cache-Control":                "no-store",
	"Content-Security-Policy":      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "camera=(), geolocation=(), microphone=()",
	"Referrer-Policy":              "same-origin",
	"Vary":                         "Accept, Accept-Encoding, HX-Request, HX-Request-Type",
	"X-Content-Type-Options":       "nosniff",
}

func main() {
	sessions := scs.New()
	site := views.NewSite(views.Site{Brand: views.DefaultBrand, Home: "/", SessionURL: "/session", SignedInURL: "/signed-in", SignOutURL: "/signout", EventsURL: "/events"})
	mux := chi.NewRouter()
	mux.Use(accessLog, middleware.Recoverer, security)
	mux.Get("/healthz", func(http.ResponseWriter, *http.Request) {})
	mux.Group(func(mux chi.Router) {
		mux.Use(sessions.LoadAndSave)
		mux.Get("/signin", func(w http.ResponseWriter, r *http.Request) {
			sessions.Put(r.Context(), "name", "Ada Lovelace")
			sessions.Put(r.Context(), "email", "ada@example.com")
		})
		mux.Get("/", func(w http.ResponseWriter, r *http.Request) {
			page := views.Page{Site: site}
			if name := sessions.GetString(r.Context(), "name"); name != "" {
				page.Person = &views.Person{Name: name, Email: sessions.GetString(r.Context(), "email"), ProfileURL: "/profile", ID: "ada", Remaining: time.Hour}
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			if err := views.HomePage(page, views.SignIn{}).Render(r.Context(), w); err != nil {
				slog.Error("page not rendered", "error", err)
			}
		})
	})
	log.Fatal(http.ListenAndServe("localhost:"+os.Getenv("PORT"), mux))
}

func accessLog(next http.Handler) http.Handler {
	lines := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		next.ServeHTTP(ww, r)
		lines.Info("request", "method", r.Method, "route", chi.RouteContext(r.Context()).RoutePattern(),
			"status", ww.Status(), "bytes", ww.BytesWritten(), "took", time.Since(start), "client", r.RemoteAddr)
	})
}

func security(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range headers {
			w.Header().Set(name, value)
		}
		next.ServeHTTP(w, r)
	})
}
