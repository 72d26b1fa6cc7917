package assets

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	tdewolff "github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/js"
)

// A clone without Node has the directory without the script.
var withoutNode = fstest.MapFS{"htmx/README.md": {Data: []byte("empty")}}

func TestMinifiedScriptIsUpToDate(t *testing.T) {
	t.Parallel()
	var sources [][]byte
	for _, name := range []string{"page.js", "drafts.js", "app.js"} {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, source)
	}
	var want bytes.Buffer
	if err := js.Minify(tdewolff.New(), &want, bytes.NewReader(bytes.Join(sources, []byte(";"))), nil); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(read("script.min.js"), want.Bytes()) {
		t.Error("script.min.js is not what page.js, drafts.js and app.js are now: run go tool task generate")
	}
}

func TestScriptWithoutHTMX(t *testing.T) {
	t.Parallel()
	if got, want := string(script(htmx(withoutNode), map[string]string{"offline": "</script>"})), "{\nconst words = "+`{"offline":"\u003c/script\u003e"}`+"\n;\n"+string(read("script.min.js"))+"\n}\n"; got != want {
		t.Errorf("the script: got %d bytes, want our words and files only, %d bytes", len(got), len(want))
	}
	if err := verify(withoutNode); err == nil || !strings.Contains(err.Error(), "npm ci") {
		t.Errorf("verify: got %v, want the command that fixes it", err)
	}
}

func TestScriptWithHTMX(t *testing.T) {
	t.Parallel()
	got := script(htmx(fstest.MapFS{"htmx/htmx.min.js": {Data: []byte("var htmx=1")}}), nil)
	if want := "var htmx=1\n;\n{\nconst words = null\n;\n" + string(read("script.min.js")) + "\n}\n"; string(got) != want {
		t.Errorf("the script: got %.40q…, want %.40q…", got, want)
	}
}

func TestVerifyRefusesAnotherFile(t *testing.T) {
	t.Parallel()
	tampered := fstest.MapFS{"htmx/htmx.min.js": {Data: []byte("tampered with")}}
	if err := verify(tampered); err == nil || !strings.Contains(err.Error(), "not the released file") {
		t.Errorf("verify of another file: got %v, want an error", err)
	}
	if htmx(embedded) == nil && os.Getenv("CI") != "true" { // a release is built with CI=true
		t.Skip("htmx is not here, so its hash goes UNTESTED: `go tool task assets` fetches it")
	}
	if err := Verify(); err != nil {
		t.Errorf("Verify: got %v, want nil", err)
	}
}
