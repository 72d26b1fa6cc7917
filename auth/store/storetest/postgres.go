package storetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// NeedPostgres skips the test if Postgres is not installed.
func NeedPostgres(tb testing.TB) { tb.Helper(); Need(tb, postgresProgram("postgres"), "postgresql") }

// Postgres starts a Postgres server with these settings. Its superuser is latchkey.
func Postgres(tb testing.TB, settings ...string) *Server {
	tb.Helper()
	NeedPostgres(tb)
	folder, port := Folder(tb), FreePort(tb)
	initdb(tb, folder)
	s := &Server{
		URL:    "postgres://latchkey:right@127.0.0.1:" + port + "/postgres",
		Folder: folder,
		Command: []string{postgresProgram("postgres"), "-D", "data", "-p", port, "-k", "", "-h", "127.0.0.1",
			"-c", "fsync=off", "-c", "max_connections=300", "-c", "log_min_messages=panic"},
		Signal: "QUIT", // "immediate shutdown": all processes end, and the next start recovers
	}
	for _, setting := range settings {
		s.Command = append(s.Command, "-c", setting)
	}
	s.Ready = func() bool {
		return exec.Command(postgresProgram("pg_isready"), "-q", "-h", "127.0.0.1", "-p", port).Run() == nil
	}
	s.Start(tb)
	return s
}

func initdb(tb testing.TB, folder string) {
	tb.Helper()
	password := filepath.Join(folder, "password")
	if err := os.WriteFile(password, []byte("right"), 0o644); err != nil {
		tb.Fatal(err)
	}
	cmd := exec.Command(postgresProgram("initdb"), "--pgdata=data", "--username=latchkey", "--pwfile="+password,
		"--auth=scram-sha-256", "--no-sync", "--encoding=UTF8", "--locale=C")
	cmd.Dir = folder
	unprivileged(tb, cmd)
	if output, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("initdb: got error %v, want none:\n%s", err, output)
	}
}

// postgresProgram returns the path of a program, which Debian does not put on PATH.
func postgresProgram(name string) string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		return name
	}
	return slices.Max(found)
}
