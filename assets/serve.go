package assets

import (
	"io"
	"net/http"
	"strconv"
)

// file is one asset, ready to be sent.
type file struct {
	url         string
	contentType string
	plain       []byte
	packed      packed
}

// Handler serves everything under /assets/. What has an address of its own
// never changes, so browsers keep it for a year; a hash of another build is
// not found.
func Handler() http.Handler {
	byURL := make(map[string]*file, len(files))
	for _, f := range files {
		byURL[f.url] = f
		go f.compress() // nobody waits for this at start, and a first visitor hardly
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := byURL[r.URL.Path]
		if !ok {
			notFound(w)
			return
		}
		f.ServeHTTP(w, r)
	})
}

// notFound must not be remembered: while replicas are restarted, another one has
// what is missing here. (http.NotFound takes the Cache-Control away, and shared
// caches then keep the answer for minutes.)
func notFound(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	io.WriteString(w, "There is no such file.\n")
}

// ServeHTTP sends the file in the best coding that the browser takes.
func (f *file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
		return
	}
	body, coding := f.encoded(r.Header.Values("Accept-Encoding"))
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	h.Set("X-Content-Type-Options", "nosniff")
	if coding != "" {
		h.Set("Content-Encoding", coding)
	}
	w.Write(body) // net/http leaves the body out of an answer to HEAD
}
