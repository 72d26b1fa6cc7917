// Command bare is the baseline of the benchmarks: net/http alone, with one session in
// a map and a page of 2 KB. It listens on the port of its environment, as the app does.
package main

import (
	"log"
	"net/http"
	"os"
	"strings"
	"sync"
)

var page = []byte(`<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Bare</title><h1>Bare</h1><p>` +
	strings.Repeat("A page without a style sheet. ", 64) + `</p>`)

func main() {
	var mu sync.RWMutex
	sessions := map[string]bool{"session": true}
	http.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {})
	http.HandleFunc("/favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	http.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		if cookie, err := r.Cookie("session"); err == nil {
			mu.RLock()
			known := sessions[cookie.Value]
			mu.RUnlock()
			if !known {
				http.Error(w, "no session", http.StatusUnauthorized)
				return
			}
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(page)
	})
	log.Fatal(http.ListenAndServe("localhost:"+os.Getenv("PORT"), nil))
}
