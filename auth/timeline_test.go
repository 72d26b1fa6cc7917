package auth

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/auth/internal/oidc"
	"latchkey/auth/internal/record"

	"github.com/google/go-cmp/cmp"
)

// The timeline's part of a sign-in cookie is small.
func TestTimelineFitsSignInCookie(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a word, ", 40)
	request := url.Values{"an unknown one": {"x"}}
	for _, name := range append(slices.Clone(shownByValue[StepRequest][1:]), oidc.ParameterNames...) {
		request.Set(name, long)
	}
	trace := newTimeline(time.Now)
	trace.SentRequest("https://"+strings.Repeat("sub.", 50)+"example.com/authorize", request)
	kept := trace.Kept()
	text, err := json.Marshal(kept)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(text) * 4 / 3; got > 270 {
		t.Errorf("the largest request takes %d bytes of a sealed cookie, want at most 270", got)
	}
	var names []string
	for _, f := range unpackFacts(kept, "") {
		names = append(names, f.Name)
	}
	if diff := cmp.Diff(packedNames, names); diff != "" {
		t.Errorf("the names that are kept where no value fits (-want +got):\n%s", diff)
	}
}

// A cookie may be from another version.
func TestTimelineOfUnknownFormat(t *testing.T) {
	t.Parallel()
	for _, kept := range []string{"", "x", "\x7f", "\x7f\x00", "\x7f~value", "\x7f\xff", "{}"} {
		if facts := unpackFacts(kept, "https://app.example.com"); len(facts) > 0 {
			t.Errorf("%q: got %v, want nothing", kept, facts)
		}
	}
}

// A session stored by an older version shows only what is on today's list.
func TestTimelineOfOlderVersion(t *testing.T) {
	t.Parallel()
	older := `[{"n":"authorization response","f":[{"n":"access_token","v":"opaque"},{"n":"code","v":"c0de"},{"n":"secret","v":"x"},{"n":"error","v":"none"}]}]`
	session := &Session{details: func() (record.Details, error) { return record.Details{Timeline: older}, nil }}
	want := []TimelineStep{{Name: StepResponse, Facts: []TimelineFact{{Name: "access_token"}, {Name: "code"}, {"error", "none"}}}}
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
