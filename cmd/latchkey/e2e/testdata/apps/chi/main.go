// Command app keeps notes. It has pages of its own, with templ on chi.
package main

import (
	"embed"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"sync"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"latchkey/auth"
	"latchkey/auth/store"
	"latchkey/handlers"
)

//go:embed style.css htmx.min.js
var files embed.FS

type server struct {
	app   *handlers.App
	mu    sync.Mutex
	notes map[string]string // by the person's subject
}

func main() {
	config := must(auth.LoadConfig(os.Environ()))
	sessions := store.NewMemory()
	signIns := must(auth.New(config, sessions))
	app := must(handlers.New(handlers.Config{
		Auth: signIns, Ready: sessions, Name: "Notes", HTMX: must(files.ReadFile("htmx.min.js")),
	}))
	s := &server{app: app, notes: map[string]string{}}

	mux := chi.NewRouter()
	mux.Use(app.Middleware)
	mux.Mount("/api/auth", app)
	mux.Get("/", s.page(home))
	mux.With(app.RequireGroup("poets")).Get("/poems", s.page(poems))
	mux.With(app.ProtectedForm).Post("/notes", s.save)
	mux.With(app.RequireFresh(auth.Confirmation{Action: "erase"}, "Sign in again to erase your notes.")).Post("/erase", s.erase)
	mux.Group(func(mux chi.Router) {
		mux.Use(app.Protected)
		mux.Get("/profile", s.page(profile))
		mux.Get("/api/notes", s.api)
	})
	mux.Handle("/style.css", http.FileServerFS(files))
	mux.Get("/healthz", func(http.ResponseWriter, *http.Request) {})
	mux.Get("/favicon.ico", func(http.ResponseWriter, *http.Request) {})
	log.Fatal(http.ListenAndServe("localhost:"+os.Getenv("PORT"), mux))
}

func (s *server) page(component func(app *handlers.App, session *auth.Session, note string) templ.Component) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		session, err := auth.FromContext(r.Context())
		if err != nil {
			http.Error(w, "Please try again in a moment.", http.StatusServiceUnavailable)
			return
		}
		component(s.app, session, s.note(session)).Render(r.Context(), w)
	}
}

func (s *server) note(session *auth.Session) string {
	if session == nil {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.notes[session.User.Subject]
}

func (s *server) setNote(r *http.Request, note string) {
	session, _ := auth.FromContext(r.Context()) // never nil behind a guard
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes[session.User.Subject] = note
}

func (s *server) save(w http.ResponseWriter, r *http.Request) {
	s.setNote(r, r.PostFormValue("note"))
	if r.Header.Get("HX-Request") == "" {
		http.Redirect(w, r, "/profile", http.StatusSeeOther)
		return
	}
	noteText(r.PostFormValue("note")).Render(r.Context(), w)
}

func (s *server) erase(w http.ResponseWriter, r *http.Request) {
	s.setNote(r, "")
	noteText("").Render(r.Context(), w)
}

func (s *server) api(w http.ResponseWriter, r *http.Request) {
	session, _ := auth.FromContext(r.Context())
	json.NewEncoder(w).Encode(map[string]string{"note": s.note(session)})
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
