// Command app keeps notes. It has pages of its own, with html/template on a
// http.ServeMux.
package main

import (
	"embed"
	"encoding/json"
	"html/template"
	"log"
	"net/http"
	"os"
	"sync"

	"latchkey/auth"
	"latchkey/auth/store"
	"latchkey/handlers"
)

//go:embed *.html style.css htmx.min.js
var files embed.FS

var pages = template.Must(template.ParseFS(files, "*.html"))

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

	mux := http.NewServeMux()
	mux.Handle("/api/auth/", app)
	mux.Handle("GET /{$}", s.page("home.html"))
	mux.Handle("GET /profile", app.Protected(s.page("profile.html")))
	mux.Handle("GET /poems", app.RequireGroup("poets")(s.page("poems.html")))
	mux.Handle("POST /notes", app.ProtectedForm(http.HandlerFunc(s.save)))
	mux.Handle("POST /erase", app.RequireFresh(auth.Confirmation{Action: "erase"}, "Sign in again to erase your notes.")(http.HandlerFunc(s.erase)))
	mux.Handle("GET /api/notes", app.Protected(http.HandlerFunc(s.api)))
	mux.Handle("GET /style.css", http.FileServerFS(files))
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /favicon.ico", func(http.ResponseWriter, *http.Request) {})
	log.Fatal(http.ListenAndServe("localhost:"+os.Getenv("PORT"), app.Middleware(mux)))
}

func (s *server) page(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.render(w, r, name) })
}

func (s *server) render(w http.ResponseWriter, r *http.Request, name string) {
	session, err := auth.FromContext(r.Context())
	if err != nil {
		http.Error(w, "Please try again in a moment.", http.StatusServiceUnavailable)
		return
	}
	pages.ExecuteTemplate(w, name, map[string]any{
		"Head": s.app.Head(r.Context()).HTML(), "Body": s.app.Body(r.Context()).HTML(), "FormToken": s.app.FormToken(r.Context()).HTML(),
		"Session": session, "Note": s.note(session),
	})
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
	s.render(w, r, "note")
}

func (s *server) erase(w http.ResponseWriter, r *http.Request) {
	s.setNote(r, "")
	s.render(w, r, "note")
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
