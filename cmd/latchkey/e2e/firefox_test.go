package e2e

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"latchkey/auth/store/storetest"
)

// firefox is the only Firefox of this test binary. The first test that needs it
// starts it with a new profile.
var firefox struct {
	start  sync.Once
	cmd    *exec.Cmd
	folder string // its profile
	bidi   *bidi
	err    error

	mu      sync.Mutex
	console *console // of the test that uses it
}

// openFirefox opens a tab of Firefox with cookies of its own. One test at a time
// may use it.
func openFirefox(tb testing.TB) *user {
	tb.Helper()
	storetest.Need(tb, "firefox-esr", "firefox-esr")
	firefox.start.Do(func() { firefox.err = startFirefox() })
	if firefox.err != nil {
		tb.Fatalf("Firefox does not start: %v", firefox.err)
	}
	w := &firefoxTab{console: &console{tb: tb}}
	var created struct{ UserContext string }
	w.call("browser.createUserContext", object{}, &created)
	w.container = created.UserContext
	tb.Cleanup(func() {
		w.call("browser.removeUserContext", object{"userContext": w.container}, nil) // closes its windows
		w.wantNoComplaint()
	})
	firefox.mu.Lock()
	defer firefox.mu.Unlock()
	firefox.console = w.console
	return w.newTab()
}

// firefoxPreferences spare processor time: nothing starts ahead of need, and painting,
// which is in software, is not smooth.
const firefoxPreferences = `user_pref("browser.startup.page", 0);
user_pref("browser.newtab.preload", false);
user_pref("dom.ipc.processPrelaunch.enabled", false);
user_pref("layout.frame_rate", 15);
`

func startFirefox() (err error) {
	if firefox.folder, err = os.MkdirTemp("", "latchkey-firefox-"); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(firefox.folder, "user.js"), []byte(firefoxPreferences), 0o600); err != nil {
		return err
	}
	firefox.cmd = exec.Command("firefox-esr", "--headless", "--no-remote", "--profile", firefox.folder,
		"--remote-debugging-port", "0", "--remote-allow-origins", "http://localhost",
		"--remote-allow-system-access") // for preferences
	firefox.cmd.Env = append(os.Environ(), "HOME="+firefox.folder)
	firefox.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // when the test binary is killed
	stderr, err := firefox.cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := firefox.cmd.Start(); err != nil {
		return err
	}
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if _, url, found := strings.Cut(lines.Text(), "WebDriver BiDi listening on "); found {
			go func() {
				for lines.Scan() { // Firefox would wait if nobody read
				}
			}()
			return connectFirefox(url)
		}
	}
	return errors.New("it has ended without an address for WebDriver BiDi")
}

func connectFirefox(url string) (err error) {
	if firefox.bidi, err = dialBiDi(url, onFirefoxEvent); err != nil {
		return err
	}
	if err := firefox.bidi.call("session.subscribe", object{"events": []string{"log.entryAdded"}}, nil); err != nil {
		return err
	}
	// Violations are no log entries.
	return firefox.bidi.call("script.addPreloadScript", object{"functionDeclaration": `() => addEventListener('securitypolicyviolation',
		event => console.error(event.violatedDirective + ' forbids ' + event.blockedURI + ' on ' + location))`}, nil)
}

// emptyHash is the SHA-256 of nothing, as in the attribute integrity.
const emptyHash = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

func onFirefoxEvent(method string, params json.RawMessage) {
	var entry struct{ Level, Text string }
	if method != "log.entryAdded" || json.Unmarshal(params, &entry) != nil || entry.Level != "error" && entry.Level != "warn" {
		return
	}
	if strings.Contains(entry.Text, emptyHash) {
		return // of a script that it no longer loads, because the page has been left
	}
	firefox.mu.Lock()
	defer firefox.mu.Unlock()
	if firefox.console != nil {
		firefox.console.complain(entry.Level + ": " + entry.Text)
	}
}

func closeFirefox() {
	if firefox.cmd != nil && firefox.cmd.Process != nil {
		_ = firefox.cmd.Process.Kill()
		_ = firefox.cmd.Wait()
	}
	_ = os.RemoveAll(firefox.folder)
}
