package storetest

import (
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
	"testing"
)

// unprivileged makes root run a command as Debian's user postgres, which then owns
// the command's folder. Postgres refuses to run as root.
func unprivileged(tb testing.TB, cmd *exec.Cmd) {
	tb.Helper()
	if credential := postgresUser(); credential != nil {
		own(tb, cmd.Dir)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential}
	}
}

// own gives a file to the user that unprivileged runs commands as.
func own(tb testing.TB, file string) {
	tb.Helper()
	credential := postgresUser()
	if credential == nil {
		return
	}
	if err := os.Chown(file, int(credential.Uid), int(credential.Gid)); err != nil {
		tb.Fatal(err)
	}
}

// postgresUser returns nil if this process is not root or there is no such user.
func postgresUser() *syscall.Credential {
	postgres, err := user.Lookup("postgres")
	if os.Getuid() != 0 || err != nil {
		return nil
	}
	uid, _ := strconv.Atoi(postgres.Uid)
	gid, _ := strconv.Atoi(postgres.Gid)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}
