package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"latchkey/auth/store/storetest"
)

// aroundNginx is the nginx.conf of the machine, which includes the operators'
// server.
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
	include server.conf;
}
`

// showsReplica names the replica that has responded.
const showsReplica = "add_header X-Replica $upstream_addr always;\n"

// nginx is Debian's nginx in front of replicas, with the configuration that
// OPERATIONS.md gives operators.
type nginx struct {
	url      string
	server   *storetest.Server
	config   string // of the server, from OPERATIONS.md
	versions int    // the number of the current configuration
}

// startNginx starts nginx on this port.
func startNginx(tb testing.TB, port string, replicas []*program) *nginx {
	tb.Helper()
	storetest.Need(tb, nginxProgram, "nginx")
	n := &nginx{url: "http://127.0.0.1:" + port, config: nginxExample(tb, port, replicas)}
	n.server = &storetest.Server{
		Folder: storetest.Folder(tb), Signal: "TERM",
		Ready:   func() bool { return healthy(n.url) },
		Command: []string{nginxProgram, "-p", ".", "-e", "error.log", "-c", "nginx.conf"},
	}
	n.write(tb, "nginx.conf", aroundNginx)
	n.write(tb, "server.conf", showsReplica+n.config)
	tb.Cleanup(func() {
		if said, err := os.ReadFile(filepath.Join(n.server.Folder, "error.log")); tb.Failed() && err == nil {
			tb.Logf("nginx logged:\n%s", tail(string(said)))
		}
		n.server.Stop()
	})
	n.server.Start(tb)
	return n
}

// nginxBlock is the block of OPERATIONS.md that starts with a text.
func nginxBlock(tb testing.TB, start string) string {
	tb.Helper()
	operations, err := os.ReadFile("../../../.github/OPERATIONS.md")
	if err != nil {
		tb.Fatal(err)
	}
	_, rest, found := strings.Cut(string(operations), "```nginx\n"+start)
	if !found {
		tb.Fatalf("OPERATIONS.md has no block of nginx that starts with %q", start)
	}
	block, _, _ := strings.Cut(rest, "```")
	return start + block
}

// nginxExample is the block for replicas, with the addresses of a test.
func nginxExample(tb testing.TB, port string, replicas []*program) string {
	tb.Helper()
	ours := []string{"listen 443 ssl", "listen 127.0.0.1:" + port}
	for i, stand := range []string{"10.0.0.1:3000", "10.0.0.2:3000", "10.0.0.3:3000"} {
		ours = append(ours, stand, replicas[i].address())
	}
	return strings.NewReplacer(ours...).Replace(nginxBlock(tb, "upstream latchkey"))
}

func (n *nginx) write(tb testing.TB, name, text string) {
	tb.Helper()
	if err := os.WriteFile(filepath.Join(n.server.Folder, name), []byte(text), 0o644); err != nil {
		tb.Fatal(err)
	}
}

// withdraw makes nginx send no requests to a replica, as operators and ingress
// controllers do: "down" and a reload.
func (n *nginx) withdraw(tb testing.TB, r *program) {
	tb.Helper()
	n.reload(tb, strings.Replace(n.config, "server "+r.address()+" ", "server "+r.address()+" down ", 1))
}

// restore undoes withdraw.
func (n *nginx) restore(tb testing.TB) { n.reload(tb, n.config) }

// reload returns when nginx uses the new configuration.
func (n *nginx) reload(tb testing.TB, config string) {
	tb.Helper()
	n.versions++
	version := strconv.Itoa(n.versions)
	n.write(tb, "server.conf", showsReplica+"add_header X-Version "+version+" always;\n"+config)
	pid, err := os.ReadFile(filepath.Join(n.server.Folder, "nginx.pid"))
	if err != nil {
		tb.Fatal(err)
	}
	process, err := strconv.Atoi(strings.TrimSpace(string(pid)))
	if err != nil {
		tb.Fatal(err)
	}
	if err := syscall.Kill(process, syscall.SIGHUP); err != nil {
		tb.Fatal(err)
	}
	eventually(tb, "nginx uses its new configuration", func() bool {
		resp, err := onlyOnce.Get(n.url + "/healthz")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.Header.Get("X-Version") == version && acceptingWorkers(process) == 1
	})
}

// acceptingWorkers counts the workers of nginx that accept connections: after a reload
// those with the old configuration do so until they are scheduled.
func acceptingWorkers(nginx int) (count int) {
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", nginx, nginx))
	for child := range strings.FieldsSeq(string(children)) {
		title, _ := os.ReadFile("/proc/" + child + "/cmdline")
		if strings.Trim(string(title), "\x00") == "nginx: worker process" { // otherwise it "is shutting down"
			count++
		}
	}
	return count
}

// nginxProgram is its path in Debian, which is not in the PATH of users.
const nginxProgram = "/usr/sbin/nginx"
