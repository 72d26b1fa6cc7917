package storetest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Group is several Redis processes that are one store, and remain one if a process
// fails.
type Group struct {
	URL     string // for SESSION_STORE
	Servers []*Server
}

// Stop stops all processes.
func (g *Group) Stop() {
	for _, s := range g.Servers {
		s.Stop()
	}
}

// RedisWithSentinel starts a primary, which is the first server, two replicas, and a
// Sentinel that promotes a replica one second after the primary fails. The settings
// are those of OPERATIONS.md, except that replicas may lag more, as they do on a busy
// machine.
func RedisWithSentinel(tb testing.TB) *Group {
	tb.Helper()
	settings := []string{"--repl-diskless-sync-delay", "0", "--min-replicas-to-write", "1", "--min-replicas-max-lag", "10"}
	g := &Group{}
	for i := range 3 {
		if i == 1 {
			settings = append(settings, "--replicaof", "127.0.0.1 "+portOf(g.Servers[0]))
		}
		g.Servers = append(g.Servers, Redis(tb, settings...))
	}
	primary := portOf(g.Servers[0])
	Eventually(tb, "both replicas follow", func() bool {
		return strings.Count(redisCLI(primary, "info", "replication"), "state=online") == 2
	})
	replicate(tb, primary, 2)
	sentinel := startSentinel(tb, primary)
	g.Servers = append(g.Servers, sentinel)
	g.URL = "redis://127.0.0.1:" + portOf(sentinel) + "?master_name=main"
	Eventually(tb, "Sentinel knows the replicas", func() bool {
		return strings.Contains(redisCLI(portOf(sentinel), "info", "sentinel"), "status=ok,address=127.0.0.1:"+primary+",slaves=2")
	})
	return g
}

// Sentinel starts a Sentinel that monitors this server as the primary "main".
func Sentinel(tb testing.TB, primary *Server) *Server {
	tb.Helper()
	s := startSentinel(tb, portOf(primary))
	Eventually(tb, "Sentinel names the primary", func() bool {
		return strings.Contains(redisCLI(portOf(s), "info", "sentinel"), "status=ok")
	})
	return s
}

func startSentinel(tb testing.TB, primary string) *Server {
	tb.Helper()
	port := FreePort(tb)
	s := &Server{
		URL: "redis://127.0.0.1:" + port, Folder: Folder(tb), Command: []string{"redis-server", "sentinel.conf", "--sentinel"},
		Signal: "KILL", Ready: func() bool { return RedisAnswers(port) },
	}
	settings := fmt.Sprintf("port %s\nbind 127.0.0.1\nlogfile sentinel.log\n"+
		"sentinel monitor main 127.0.0.1 %s 1\nsentinel down-after-milliseconds main 1000\nsentinel failover-timeout main 5000\n", port, primary)
	path := filepath.Join(s.Folder, "sentinel.conf")
	if err := os.WriteFile(path, []byte(settings), 0o600); err != nil {
		tb.Fatal(err)
	}
	own(tb, path) // Sentinel writes to it
	s.Start(tb)
	return s
}

// RedisCluster starts a Cluster: first three primaries, and then this many replicas
// for each of them. A server counts as failed after a second, but only once the
// Cluster is complete: a busy machine may take longer to add a server, which would
// then never be added.
func RedisCluster(tb testing.TB, replicas int) *Group {
	tb.Helper()
	g := &Group{}
	var hosts []string
	for range 3 + 3*replicas {
		s := Redis(tb, "--cluster-enabled", "yes", "--cluster-port", FreePort(tb), "--repl-diskless-sync-delay", "0")
		g.Servers = append(g.Servers, s)
		hosts = append(hosts, "127.0.0.1:"+portOf(s))
	}
	create := append(append([]string{"--cluster", "create"}, hosts...), "--cluster-replicas", fmt.Sprint(replicas), "--cluster-yes")
	ctx, cancel := context.WithTimeout(tb.Context(), time.Minute)
	defer cancel()
	if output, err := exec.CommandContext(ctx, "redis-cli", create...).CombinedOutput(); err != nil {
		tb.Fatalf("redis-cli --cluster create: %v\n%s", err, output)
	}
	g.URL = "redis://" + strings.Join(hosts[:3], ",")
	Eventually(tb, "each node reports that the Cluster is up", func() bool {
		for _, s := range g.Servers {
			info := redisCLI(portOf(s), "cluster", "info") + redisCLI(portOf(s), "info", "replication")
			if !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, fmt.Sprint("cluster_known_nodes:", len(hosts))) ||
				strings.Contains(info, "master_link_status:down") {
				return false
			}
		}
		return true
	})
	for i, s := range g.Servers {
		if i < 3 {
			replicate(tb, portOf(s), replicas)
		}
		redisCLI(portOf(s), "config", "set", "cluster-node-timeout", "1000")
	}
	return g
}

// replicate waits until a write at a primary has reached this many replicas. A new replica
// is online at once, but gets writes only after its first acknowledgment, a second later:
// without this, a fail-over before that would lose everything.
func replicate(tb testing.TB, primary string, replicas int) {
	tb.Helper()
	var commands strings.Builder
	for i := range 64 { // of which a Cluster's server accepts those with a hash slot of its own
		fmt.Fprintf(&commands, "set storetest:%d written px 1\n", i)
	}
	fmt.Fprintf(&commands, "wait %d 60000\n", replicas)
	cli := exec.Command("redis-cli", "-p", primary)
	cli.Stdin = strings.NewReader(commands.String())
	output, err := cli.Output()
	if err != nil || !strings.HasSuffix(string(output), fmt.Sprintf("\n%d\n", replicas)) {
		tb.Fatalf("a write at a primary of Redis: got error %v, want that it reaches %d replicas; the output:\n%s", err, replicas, output)
	}
}

func portOf(s *Server) string { return strings.TrimPrefix(s.URL, "redis://127.0.0.1:") }

func redisCLI(port string, command ...string) string {
	output, _ := exec.Command("redis-cli", append([]string{"-p", port}, command...)...).Output()
	return string(output)
}
