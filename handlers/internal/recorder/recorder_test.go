package recorder

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRecorder(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		respond       func(http.ResponseWriter)
		status, bytes int
	}{
		"nothing":                    {func(http.ResponseWriter) {}, 0, 0},
		"a body":                     {func(w http.ResponseWriter) { io.WriteString(w, "four"); io.WriteString(w, "five5") }, 200, 9},
		"a status and a body":        {func(w http.ResponseWriter) { w.WriteHeader(404); io.WriteString(w, "four") }, 404, 4},
		"a second status":            {func(w http.ResponseWriter) { w.WriteHeader(200); w.WriteHeader(500) }, 200, 0},
		"a status after the body":    {func(w http.ResponseWriter) { io.WriteString(w, "x"); w.WriteHeader(500) }, 200, 1},
		"early hints, then a status": {func(w http.ResponseWriter) { w.WriteHeader(103); w.WriteHeader(201) }, 201, 0},
		"a copy":                     {func(w http.ResponseWriter) { io.Copy(w, strings.NewReader("copied")) }, 200, 6},
		"a flush":                    {func(w http.ResponseWriter) { w.(http.Flusher).Flush(); w.WriteHeader(500) }, 200, 0},
		"a flush by its controller":  {func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }, 200, 0},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			var seen *Recorder
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				seen = &Recorder{ResponseWriter: w}
				c.respond(seen)
			}))
			t.Cleanup(server.Close)
			resp, err := http.Get(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			if seen.Status != c.status || seen.Bytes != c.bytes || len(body) != c.bytes || (c.status != 0 && resp.StatusCode != c.status) {
				t.Errorf("got status %d and %d bytes recorded, %d and %d sent; want %d and %d", seen.Status, seen.Bytes, resp.StatusCode, len(body), c.status, c.bytes)
			}
		})
	}
}

func TestRecorderCanBeHijacked(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		recorder := &Recorder{ResponseWriter: w}
		conn, _, err := http.ResponseWriter(recorder).(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		if recorder.Status != http.StatusSwitchingProtocols {
			t.Errorf("got status %d recorded, want 101", recorder.Status)
		}
		io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
		conn.Close()
	}))
	t.Cleanup(server.Close)
	resp, err := http.Get(server.URL)
	if err != nil || resp.StatusCode != http.StatusNoContent {
		t.Errorf("got %v and error %v, want the response of the hijacked connection", resp, err)
	}
}
