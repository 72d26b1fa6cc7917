package e2e

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"latchkey/auth/store/storetest"
)

// webkit is the only WebKitWebDriver of this test binary, with a display of its own.
// The first test that needs it starts it.
var webkit struct {
	start           sync.Once
	display, driver *exec.Cmd
	folder          string // its home
	url             string
	err             error
}

// openWebKit opens a window of WebKitGTK's MiniBrowser with cookies of its own. One
// test at a time may use it.
func openWebKit(tb testing.TB) *user {
	tb.Helper()
	storetest.Need(tb, "WebKitWebDriver", "webkit2gtk-driver")
	storetest.Need(tb, "Xvfb", "xvfb")
	webkit.start.Do(func() { webkit.err = startWebKit(storetest.FreePort(tb)) })
	if webkit.err != nil {
		tb.Fatalf("WebKitWebDriver does not start: %v", webkit.err)
	}
	w := &webkitTab{&console{tb: tb}, new(webkitSession), ""}
	w.start()
	tb.Cleanup(func() {
		w.end()
		w.wantNoComplaint()
	})
	return w.current()
}

func startWebKit(port string) (err error) {
	if webkit.folder, err = os.MkdirTemp("", "latchkey-webkit-"); err != nil {
		return err
	}
	display, err := startDisplay()
	if err != nil {
		return err
	}
	webkit.url = "http://127.0.0.1:" + port
	webkit.driver = exec.Command("WebKitWebDriver", "--host=127.0.0.1", "--port="+port)
	webkit.driver.Env = append(os.Environ(), "HOME="+webkit.folder, "DISPLAY="+display,
		"LIBGL_ALWAYS_SOFTWARE=1", "WEBKIT_SKIA_ENABLE_CPU_RENDERING=1") // painting costs less without an emulated GPU
	webkit.driver.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // when the test binary is killed
	return webkit.driver.Start()
}

// startDisplay starts an X server on a free display, and returns its name.
func startDisplay() (name string, err error) {
	webkit.display = exec.Command("Xvfb", "-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp")
	webkit.display.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	output, err := webkit.display.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := webkit.display.Start(); err != nil {
		return "", err
	}
	number, err := bufio.NewReader(output).ReadString('\n')
	return ":" + strings.TrimSpace(number), err
}

// miniBrowser is the path of WebKitGTK's browser. The pattern reads many folders.
var miniBrowser = sync.OnceValue(func() string {
	for _, pattern := range []string{"/usr/lib/*/webkit2gtk-4.1/MiniBrowser", "/usr/lib*/webkit2gtk-4.1/MiniBrowser"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[0]
		}
	}
	return "MiniBrowser"
})

func closeWebKit() {
	for _, cmd := range []*exec.Cmd{webkit.driver, webkit.display} {
		if cmd != nil && cmd.Process != nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
	_ = os.RemoveAll(webkit.folder)
}
