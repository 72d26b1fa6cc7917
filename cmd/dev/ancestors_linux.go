package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// ancestorsOf returns the parent of a process, and those above it in the same
// job: the script or the go command that started all of them, but not the
// terminal's shell, which may end before them (nohup).
func ancestorsOf(pid int) []ancestor {
	job, err := syscall.Getpgid(pid)
	if err != nil {
		return nil
	}
	var all []ancestor
	for child := pid; ; {
		parent := parentOf(child)
		group, err := syscall.Getpgid(parent)
		if parent <= 1 || err != nil || (group != job && child != pid) {
			return all
		}
		all = append(all, ancestor{child, parent})
		child = parent
	}
}

// parentOf returns 0 for a process that has ended (proc_pid_stat(5), field 4).
func parentOf(pid int) int {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(string(fields[1]))
	return parent
}

// taskSignaled returns a function that reports whether task has received a
// signal since its last call. Task then writes a line of 33 bytes or more,
// "task: Signal received: …", and nothing else while it waits for this program:
// the kernel counts what it writes (proc_pid_io(5)).
func taskSignaled(pid int) func() bool {
	name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	before := written(pid)
	return func() bool {
		now := written(pid)
		signaled := string(name) == "task\n" && now-before >= int64(len(`task: Signal received: "`))
		before = now
		return signaled
	}
}

// written returns how many bytes a process has written in all.
func written(pid int) int64 {
	io, _ := os.ReadFile(fmt.Sprintf("/proc/%d/io", pid))
	for line := range strings.Lines(string(io)) {
		if count, ok := strings.CutPrefix(line, "wchar: "); ok {
			n, _ := strconv.ParseInt(strings.TrimSpace(count), 10, 64)
			return n
		}
	}
	return 0
}

// killWithParent makes the kernel kill a process when the thread that starts it
// ends. The caller must be locked to its thread.
func killWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// killJob kills this process and all that it has started, if it leads a job.
func killJob() {
	if syscall.Getpgrp() == os.Getpid() {
		syscall.Kill(0, syscall.SIGKILL)
	}
}
