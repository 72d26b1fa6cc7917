package authtest

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
)

// copyResponse sends a recorded response.
func copyResponse(w http.ResponseWriter, recorded *httptest.ResponseRecorder) {
	maps.Copy(w.Header(), recorded.Header())
	w.WriteHeader(recorded.Code)
	_, _ = w.Write(recorded.Body.Bytes())
}

// writeJSON sends a document after an edit, which may be nil. A content type that is
// set already stays.
func writeJSON(w http.ResponseWriter, status int, doc map[string]any, edit func(doc map[string]any)) {
	if edit != nil {
		edit(doc)
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(doc) // fails only if the client disconnected
}

// writeError sends an error (RFC 6749 section 5.2).
func writeError(w http.ResponseWriter, status int, code, description string) {
	writeJSON(w, status, map[string]any{"error": code, "error_description": description}, nil)
}
