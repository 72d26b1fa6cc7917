package assets

import (
	"crypto/sha256"
	"io"
	"net/http"
	"strconv"
)

// file is one asset.
type file struct {
	url         string
	contentType string
	plain       []byte
	sum         [sha256.Size]byte
	packed      *packed
}

// ServeHTTP serves everything below the prefix. The content of a URL never changes, so
// browsers cache it for a year. It answers 404 for a hash of another build.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := a.byURL[r.URL.Path]
	if !ok {
		notFound(w)
		return
	}
	f.ServeHTTP(w, r)
}

// notFound must not be cached: during a deployment another replica has the file.
// (http.NotFound removes Cache-Control, and shared caches then keep the response for
// minutes.)
func notFound(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	io.WriteString(w, "Not found.\n")
}

// ServeHTTP sends the file in the best encoding that the browser accepts.
func (f *file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
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
	w.Write(body) // net/http omits the body for HEAD
}
