package storetest

import (
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
	"testing"
)

// unprivileged runs a command of root's as Debian's user postgres, for
// Postgres refuses to run as root; the folder it works in becomes its own.
func unprivileged(tb testing.TB, cmd *exec.Cmd) {
	tb.Helper()
	postgres, err := user.Lookup("postgres")
	if os.Getuid() != 0 || err != nil {
		return
	}
	uid, _ := strconv.Atoi(postgres.Uid)
	gid, _ := strconv.Atoi(postgres.Gid)
	if err := os.Chown(cmd.Dir, uid, gid); err != nil {
		tb.Fatal(err)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}
