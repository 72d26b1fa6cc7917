package authtest

import (
	"embed"
	"html/template"
	"net/http"
)

const stylePath = "/t/dev/login.css"

//go:embed pages.html pages.css
var files embed.FS

var pages = template.Must(template.ParseFS(files, "pages.html"))

// page is what the provider shows: one of the templates login, confirm and message.
type page struct {
	Title    string
	Client   string // which relying party asks
	Create   bool   // prompt=create
	Username string // filled in already
	Problem  string // what was wrong with the last attempt
	Message  string
	People   []Person
}

func show(w http.ResponseWriter, status int, name string, p page) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	// No form-action: browsers check it at every redirect, and ours leave for the app.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'")
	w.WriteHeader(status)
	_ = pages.ExecuteTemplate(w, name, p) // the browser is gone
}

func serveStyle(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, files, "pages.css")
}

func badRequest(w http.ResponseWriter, title, text string) {
	show(w, http.StatusBadRequest, "message", page{Title: title, Message: text})
}
