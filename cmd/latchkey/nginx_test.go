package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/auth/store/storetest"
)

// aroundNginx is what a machine's own nginx.conf says around the server that
// operators write. X-Replica tells the test who has answered.
const aroundNginx = `
daemon off;
worker_processes 1;
pid nginx.pid;
events { worker_connections 4096; }
http {
	access_log off;
	client_body_temp_path body;
	proxy_temp_path proxy;
	fastcgi_temp_path fastcgi;
	uwsgi_temp_path uwsgi;
	scgi_temp_path scgi;
	add_header X-Replica $upstream_addr always;
	include server.conf;
}
`

// startNginx starts Debian's nginx in front of replicas, on this port. What the
// README tells operators to write is its configuration.
func startNginx(tb testing.TB, port string, replicas []*replica) {
	tb.Helper()
	storetest.Need(tb, nginxProgram, "nginx")
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		tb.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```nginx\n")
	example, _, _ := strings.Cut(rest, "```")
	ours := []string{"listen 443 ssl", "listen 127.0.0.1:" + port}
	for i, stand := range []string{"10.0.0.1:3000", "10.0.0.2:3000", "10.0.0.3:3000"} {
		ours = append(ours, stand, replicas[i].address())
	}
	s := &storetest.Server{
		Folder: storetest.Folder(tb), Signal: "TERM",
		Ready:   func() bool { return healthy("http://127.0.0.1:" + port) },
		Command: []string{nginxProgram, "-p", ".", "-e", "error.log", "-c", "nginx.conf"},
	}
	for name, text := range map[string]string{"nginx.conf": aroundNginx, "server.conf": strings.NewReplacer(ours...).Replace(example)} {
		if err := os.WriteFile(filepath.Join(s.Folder, name), []byte(text), 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	tb.Cleanup(func() {
		if said, err := os.ReadFile(filepath.Join(s.Folder, "error.log")); tb.Failed() && err == nil {
			tb.Logf("nginx said:\n%s", tail(string(said)))
		}
		s.Stop()
	})
	s.Start(tb)
}

// nginxProgram is where Debian has it: off the path of people who are not root.
const nginxProgram = "/usr/sbin/nginx"
