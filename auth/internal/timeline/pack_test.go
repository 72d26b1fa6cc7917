package timeline

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/auth/internal/oidc"
)

// The timeline's part of a sign-in cookie is small.
func TestTimelineFitsSignInCookie(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a word, ", 40)
	request := url.Values{"an unknown one": {"x"}}
	for _, name := range append(slices.Clone(shownByValue[Request][1:]), oidc.ParameterNames...) {
		request.Set(name, long)
	}
	timeline := New(time.Now)
	timeline.sentRequest("https://"+strings.Repeat("sub.", 50)+"example.com/authorize", request)
	kept := timeline.Packed()
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
