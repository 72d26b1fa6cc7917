package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The clock is synctest's, so the machine's load makes no difference.
func TestServerLogWritesLinesTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out := new(logBuffer)
		log, flush := newServerLog(out, config{})
		want := func(when string, lines int) {
			t.Helper()
			synctest.Wait()
			if got := strings.Count(out.String(), "\n"); got != lines {
				t.Errorf("%s: got %d lines in the log, want %d:\n%s", when, got, lines, out.String())
			}
		}
		log.Info("a request")
		log.Info("another one")
		want("before the delay", 0)
		time.Sleep(logDelay)
		want("after the delay", 2)
		log.Info("a request")
		log.With("provider", "asgardeo").Warn("a warning")
		want("after a warning", 4)
		log.Info("the last request")
		if err := flush(); err != nil {
			t.Fatal(err)
		}
		want("at the end", 5)
		time.Sleep(logDelay)
		want("later", 5)
	})
}
