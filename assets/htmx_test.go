package assets

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// A clone without Node has the directory without the script.
var withoutNode = fstest.MapFS{"htmx/README.md": {Data: []byte("empty")}}

func TestScriptWithoutHTMX(t *testing.T) {
	t.Parallel()
	got := string(script(htmx(withoutNode), map[string]string{"offline": "</script>"}))
	if want := "\n;(words => {'use strict';" + string(read("served/app.js")) + "})(" + `{"offline":"\u003c/script\u003e"}` + ")\n"; got != want {
		t.Errorf("the script: got %d bytes, want our own script and words only, %d bytes", len(got), len(want))
	}
}

func TestScriptWithHTMX(t *testing.T) {
	t.Parallel()
	got := script(htmx(fstest.MapFS{"htmx/htmx.min.js": {Data: []byte("var htmx=1")}}), nil)
	if want := "var htmx=1\n;(words => {'use strict';" + string(read("served/app.js")) + "})(null)\n"; string(got) != want {
		t.Errorf("the script: got %.40q…, want %.40q…", got, want)
	}
}

func TestVerifyRefusesAnotherFile(t *testing.T) {
	t.Parallel()
	if err := verify([]byte("tampered with")); err == nil || !strings.Contains(err.Error(), "not the released file") {
		t.Errorf("verify of another file: got %v, want an error", err)
	}
}

// go tool task build runs this test alone.
func TestEmbeddedHTMXIsTheRelease(t *testing.T) {
	t.Parallel()
	released := htmx(embedded)
	if released == nil && os.Getenv("CI") != "true" { // a release is built with CI=true
		t.Skip("htmx is not here, so its hash goes UNTESTED: `go tool task assets` fetches it")
	}
	if err := verify(released); err != nil {
		t.Errorf("verify: got %v, want nil", err)
	}
}
