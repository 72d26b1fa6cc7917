package handlers

import (
	"bufio"
	"io"
	"net"
	"net/http"
)

// recorder remembers the status and the size of a response, for the access log. Pages of
// an app may flush, hijack and copy as they can without it.
type recorder struct {
	http.ResponseWriter
	status int // 0 before the first write
	bytes  int
}

// WriteHeader ignores all but the first final status, such as that of an error page after
// a panic in the middle of a page.
func (w *recorder) WriteHeader(status int) {
	if w.status != 0 {
		return
	}
	if status >= http.StatusOK || status == http.StatusSwitchingProtocols {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	n, err := w.ResponseWriter.Write(b)
	w.bytes += n
	return n, err
}

func (w *recorder) ReadFrom(from io.Reader) (int64, error) {
	w.WriteHeader(http.StatusOK)
	n, err := io.Copy(w.ResponseWriter, from)
	w.bytes += int(n)
	return n, err
}

func (w *recorder) Flush() { _ = w.FlushError() }

func (w *recorder) FlushError() error {
	w.WriteHeader(http.StatusOK)
	return http.NewResponseController(w.ResponseWriter).Flush()
}

func (w *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// Unwrap is for http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
