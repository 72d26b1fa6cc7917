package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// standIn makes the test's binary behave as this program does, without the app.
const standIn = "LATCHKEY_DEV_STANDS_IN"

func TestMain(m *testing.M) {
	if os.Getenv(standIn) == "" {
		os.Exit(m.Run())
	}
	runtime.LockOSThread()
	ctx, _ := whileAncestorsRun(context.Background())
	ctx, _ = signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	child := exec.Command("sleep", "600")
	child.Stdout = os.Stdout
	killWithParent(child)
	if err := child.Start(); err != nil {
		panic(err)
	}
	pids := []string{fmt.Sprint(os.Getpid())}
	for _, a := range ancestorsOf(os.Getpid()) {
		pids = append(pids, fmt.Sprint(a.pid))
	}
	fmt.Println("ready", strings.Join(pids, " "))
	<-ctx.Done()
	child.Process.Kill()
}

// A script starts go, which starts task, which starts this program, which starts
// others: a signal to any of them ends them all.
func TestEverythingEndsWithASignalToAnyProcess(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	taskfile := fmt.Sprintf("version: '3'\nsilent: true\ntasks:\n  dev:\n    env: {%s: yes}\n    cmd: %s\n", standIn, self)
	if err := os.WriteFile(filepath.Join(dir, "Taskfile.yml"), []byte(taskfile), 0o600); err != nil {
		t.Fatal(err)
	}
	for i, victim := range []struct {
		name    string
		signals []syscall.Signal // with a way of their own through the processes
	}{
		{"this program", []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGKILL}},
		{"task", []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGKILL}},
		{"go", []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGKILL}},
		{"the script", []syscall.Signal{syscall.SIGTERM}},
	} {
		for _, sent := range victim.signals {
			t.Run(fmt.Sprintf("%v to %s", sent, victim.name), func(t *testing.T) {
				t.Parallel()
				pids, output := startJob(t, dir)
				if len(pids) != 4 {
					t.Fatalf("got the processes %v, want this program, task, go and the script", pids)
				}
				ended := make(chan struct{})
				go func() { io.Copy(io.Discard, output); close(ended) }() // all of them hold its other end
				start := time.Now()
				if err := syscall.Kill(pids[i], sent); err != nil {
					t.Fatal(err)
				}
				select {
				case <-ended:
					t.Logf("all ended after %v", time.Since(start).Round(time.Millisecond))
				case <-time.After(time.Minute): // 2 s on a calm machine
					t.Errorf("a process still runs a minute after %v to %s", sent, victim.name)
				}
			})
		}
	}
}

// startJob runs the task in dir from a script, and returns the processes, the
// innermost first, and their output.
func startJob(t *testing.T, dir string) ([]int, io.Reader) {
	t.Helper()
	script := exec.Command("sh", "-c", "go tool task -d "+dir+" dev; echo ended")
	script.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	output, err := script.StdoutPipe()
	if err == nil {
		err = script.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Kill(-script.Process.Pid, syscall.SIGKILL)
		script.Wait()
	})
	lines := bufio.NewReader(output)
	ready, err := lines.ReadString('\n')
	if err != nil {
		t.Fatalf("the task does not start: %v", err)
	}
	var pids []int
	for _, field := range strings.Fields(ready)[1:] {
		var pid int
		fmt.Sscan(field, &pid)
		pids = append(pids, pid)
	}
	return pids, lines
}
