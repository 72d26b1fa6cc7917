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

// ancestorsOf returns the parent of a process, and those above it that belong to
// the same job: the script or the go command that all of it was started by, and
// not the terminal's shell, which one may leave with nohup.
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

// toldToEnd returns a function that reports whether task was sent a signal.
// Task then writes a line of 33 bytes or more, "task: Signal received: …", and
// nothing else while it waits for this program: the kernel counts what it
// writes (proc_pid_io(5)).
func toldToEnd(task int) func() bool {
	name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", task))
	before := written(task)
	return func() bool {
		now := written(task)
		told := string(name) == "task\n" && now-before >= int64(len(`task: Signal received: "`))
		before = now
		return told
	}
}

// written returns how many bytes a process has written, to anything.
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

// endWithUs has the kernel end a process when the thread that starts it ends: the
// caller is locked to its thread.
func endWithUs(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// endJob ends this process and all that it has started, if it leads a job.
func endJob() {
	if syscall.Getpgrp() == os.Getpid() {
		syscall.Kill(0, syscall.SIGKILL)
	}
}
