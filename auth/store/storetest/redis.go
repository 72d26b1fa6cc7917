package storetest

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
)

// NeedRedis skips the test if Redis is not installed.
func NeedRedis(tb testing.TB) { tb.Helper(); Need(tb, "redis-server", "redis-server") }

// Redis starts a Redis server with these additional arguments.
func Redis(tb testing.TB, more ...string) *Server {
	tb.Helper()
	NeedRedis(tb)
	port := FreePort(tb)
	s := &Server{URL: "redis://127.0.0.1:" + port, Folder: Folder(tb), Signal: "KILL", Ready: func() bool { return RedisAnswers(port) }}
	s.Command = append([]string{"redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--logfile", "redis.log"}, more...)
	s.Start(tb)
	return s
}

// RedisAnswers reports whether a Redis or Sentinel process answers PING, which it
// does not do while it loads its data.
func RedisAnswers(port string) bool {
	conn, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		return false
	}
	defer conn.Close()
	fmt.Fprint(conn, "PING\r\n")
	answer, _ := bufio.NewReader(conn).ReadString('\n')
	return strings.HasPrefix(answer, "+PONG")
}
