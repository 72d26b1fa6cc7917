package auth

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"latchkey/auth/internal/record"

	"github.com/google/go-cmp/cmp"
)

// A session stored by an older version shows only what is on today's list.
func TestTimelineOfOlderVersion(t *testing.T) {
	t.Parallel()
	older := `[{"n":"authorization response","f":[{"n":"access_token","v":"opaque"},{"n":"code","v":"c0de"},{"n":"secret","v":"x"},{"n":"error","v":"none"}]}]`
	session := &Session{details: func() (record.Details, error) { return record.Details{Timeline: older}, nil }}
	want := []TimelineStep{{Name: StepResponse, Facts: []struct{ Name, Value string }{{Name: "access_token"}, {Name: "code"}, {"error", "none"}}}}
	if diff := cmp.Diff(want, session.Timeline()); diff != "" {
		t.Errorf("the timeline (-want +got):\n%s", diff)
	}
}

// The package builds without timeline.go and its one call: nothing else depends on
// the timeline.
func TestTimelineIsOneFileAndOneCall(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("auth.go")
	if err != nil {
		t.Fatal(err)
	}
	call := []byte("\ta.newTrace = func() *signInTrace { return newTimeline(now) }\n")
	if !bytes.Contains(source, call) {
		t.Fatalf("auth.go has no line %q", call)
	}
	dir := t.TempDir()
	without, overlay := filepath.Join(dir, "auth.go"), filepath.Join(dir, "overlay.json")
	files, err := json.Marshal(map[string]map[string]string{"Replace": {"auth.go": without, "timeline.go": ""}})
	if err == nil {
		err = os.WriteFile(without, bytes.Replace(source, call, nil, 1), 0o600)
	}
	if err == nil {
		err = os.WriteFile(overlay, files, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, ".").CombinedOutput(); err != nil {
		t.Errorf("the package does not build without its timeline: %v\n%s", err, out)
	}
}
