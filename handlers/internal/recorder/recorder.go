// Package recorder remembers the status and the size of a response. (Importing the middleware
// of chi would register net/http/pprof on http.DefaultServeMux.)
package recorder

import (
	"bufio"
	"io"
	"net"
	"net/http"
)

// Recorder is a response writer for middleware, such as an access log. A handler may flush,
// hijack and copy as it can without it.
type Recorder struct {
	http.ResponseWriter
	Status int // 0 before the first write
	Bytes  int // of the body
}

// WriteHeader ignores all but the first final status.
func (w *Recorder) WriteHeader(status int) {
	if w.Status != 0 {
		return
	}
	if status >= http.StatusOK || status == http.StatusSwitchingProtocols {
		w.Status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body.
func (w *Recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	n, err := w.ResponseWriter.Write(b)
	w.Bytes += n
	return n, err
}

// ReadFrom sends a part of the body, for io.Copy.
func (w *Recorder) ReadFrom(from io.Reader) (int64, error) {
	w.WriteHeader(http.StatusOK)
	n, err := io.Copy(w.ResponseWriter, from)
	w.Bytes += int(n)
	return n, err
}

// Flush sends what has been written.
func (w *Recorder) Flush() {
	w.WriteHeader(http.StatusOK)
	_ = http.NewResponseController(w.ResponseWriter).Flush() // the next write fails too
}

// Hijack takes over the connection, for another protocol such as WebSocket.
func (w *Recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err == nil {
		w.Status = http.StatusSwitchingProtocols
	}
	return conn, buffered, err
}

// Unwrap is for http.ResponseController.
func (w *Recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
