package redis

import (
	"strings"
	"testing"
)

// A panic in its own goroutine would end the program.
func TestPanicWhileWaitingIsAnError(t *testing.T) {
	t.Parallel()
	_, err := withContext(t.Context(), func() (int, error) { panic("a strange answer") })
	if err == nil || !strings.Contains(err.Error(), "a strange answer") {
		t.Errorf("got error %v, want the panic as one", err)
	}
}
