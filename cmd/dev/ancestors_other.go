//go:build !linux

package main

import (
	"os"
	"os/exec"
)

// On other systems only the parent, task, is watched.

func ancestorsOf(pid int) []ancestor { return []ancestor{{pid, os.Getppid()}} }

func parentOf(int) int { return os.Getppid() }

func taskSignaled(int) func() bool { return func() bool { return false } }

func killWithParent(*exec.Cmd) {}

func killJob() {}
