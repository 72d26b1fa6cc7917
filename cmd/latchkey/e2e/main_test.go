// Package e2e tests the program from outside, as its users, its providers, its
// proxies and its operators meet it. It holds tests only.
package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	code := m.Run()
	headlessShell.close()
	fullChromium.close()
	closeFirefox()
	closeWebKit()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// appName is the name on the pages, which a fork changes in brand.go.
var appName = func() string {
	source, err := os.ReadFile("../brand.go")
	_, rest, found := strings.Cut(string(source), "Name:   \"")
	name, _, _ := strings.Cut(rest, "\"")
	if err != nil || !found {
		panic(fmt.Sprint("brand.go has no name: ", err))
	}
	return name
}()

var folder string // of the binary

// built is the path of the binary, which is built once for all tests, with the
// race detector if they have it.
var built = sync.OnceValues(func() (string, error) {
	var err error
	if folder, err = os.MkdirTemp("", "latchkey-e2e"); err != nil {
		return "", err
	}
	path := filepath.Join(folder, "latchkey")
	cmd := exec.Command("go", append(append([]string{"build"}, buildFlags...), "-o", path, "latchkey/cmd/latchkey")...)
	cmd.Env = append(os.Environ(), buildEnv...)
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, output)
	}
	return path, nil
})

func binary(tb testing.TB) string {
	tb.Helper()
	path, err := built()
	if err != nil {
		tb.Fatal(err)
	}
	return path
}

// maxWait is the upper bound of every wait, far above what a busy machine needs.
const maxWait = 2 * time.Minute

// eventually waits until a condition holds.
func eventually(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	deadline := time.Now().Add(maxWait)
	for pause := 20 * time.Millisecond; !holds(); pause = min(pause*3/2, 200*time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("after %v this still does not hold: %s", maxWait, what)
		}
		time.Sleep(pause)
	}
}

// onlyOnce keeps no connection, for which a program that stops would wait.
var onlyOnce = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// healthy reports whether the program at a URL answers.
func healthy(url string) bool { return isOK(url + "/healthz") }

// ready reports whether a load balancer may send requests to the program at a URL.
func ready(url string) bool { return isOK(url + "/readyz") }

func isOK(url string) bool {
	resp, err := onlyOnce.Get(url)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// logBuffer collects what a process writes.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// tail is the end of a log.
func tail(log string) string {
	lines := strings.SplitAfter(log, "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "")
}
