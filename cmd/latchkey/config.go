package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"latchkey/auth"
	"latchkey/auth/env"
)

// setupError is what is wrong with how the program was started: exit code 2.
type setupError struct{ error }

func (e *setupError) Unwrap() error { return e.error }

// Error lists the problems, one a line.
func (e *setupError) Error() string {
	return "latchkey cannot start:\n  " + strings.ReplaceAll(e.error.Error(), "\n", "\n  ")
}

// config is everything that the environment decides.
type config struct {
	auth           auth.Config
	address        string // where to listen
	sessionStore   string
	listenURL      string // past a pooler, to Postgres itself
	rateLimit      int
	trustedProxies []string
	misspelt       []env.Misspelling
	logLevel       slog.Level
	logFormat      string // text, json, or empty: as it fits the output
	shutdownDelay  time.Duration
}

// loadConfig reads the environment. The error lists every problem, one a line,
// each with its variable and the mend.
func loadConfig(environ []string) (config, error) {
	e := env.Parse(environ)
	var c config
	var wrong [7]error
	c.auth, wrong[0] = auth.LoadConfig(environ)
	c.sessionStore = cmp.Or(e.Get("SESSION_STORE"), "sqlite:latchkey.db")
	c.listenURL = e.Get("SESSION_STORE_LISTEN")
	c.address, wrong[1] = address(e.Get("HOST"), cmp.Or(e.Get("PORT"), "3000"), c.auth.URL)
	c.rateLimit, wrong[2] = rateLimit(cmp.Or(e.Get("AUTH_RATE_LIMIT"), "60"))
	c.trustedProxies, wrong[3] = networks(e.Get("TRUSTED_PROXIES"))
	wrong[4] = logLevel(&c.logLevel, cmp.Or(e.Get("LOG_LEVEL"), "info"))
	c.logFormat, wrong[5] = logFormat(e.Get("LOG_FORMAT"))
	c.shutdownDelay, wrong[6] = shutdownDelay(e.Get("SHUTDOWN_DELAY"), c.auth.URL)
	if !e.Has("AUTH_URL") {
		wrong[1] = nil // package auth, which makes a URL of the port, reports it
	}
	c.misspelt = e.Misspelt()
	return c, errors.Join(wrong[:]...)
}

// address is where to listen: on loopback where the app's URL is there, else
// on all interfaces.
func address(host, port, publicURL string) (string, error) {
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || (n == 0 && port != "0") {
		return "", fmt.Errorf("PORT: %q is not a port. Set it to a number from 1 to 65535, as 3000", port)
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if host == "" {
		host = loopbackHost(publicURL)
	}
	return net.JoinHostPort(host, port), nil
}

// loopbackHost is the loopback interface that the app's URL is on, which for an
// address is that very one: nobody reaches [::1] at 127.0.0.1. Empty: it is on none.
func loopbackHost(publicURL string) string {
	u, err := url.Parse(publicURL)
	if err != nil || !isLoopback(u.Hostname()) {
		return ""
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return u.Hostname()
	}
	return "localhost"
}

func isLoopback(host string) bool {
	host = strings.ToLower(host)
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || (err == nil && ip.IsLoopback())
}

func rateLimit(raw string) (int, error) {
	n, err := strconv.Atoi(raw)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("AUTH_RATE_LIMIT: %q is not a number of sign-ins per minute. Set it to 60, or to 0 for no limit", raw)
	}
	return n, nil
}

func networks(raw string) ([]string, error) {
	var all []string
	var wrong []error
	for _, network := range strings.FieldsFunc(raw, func(r rune) bool { return r == ',' || r == ' ' }) {
		prefix, err := parseNetwork(network)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("TRUSTED_PROXIES: %q is neither a network nor an address. Write it as 10.0.0.0/8 or 192.0.2.7", network))
			continue
		}
		all = append(all, prefix.String())
	}
	return all, errors.Join(wrong...)
}

// shutdownDelay is how long /readyz says 503 before the listener closes.
func shutdownDelay(raw, publicURL string) (time.Duration, error) {
	if raw == "" && loopbackHost(publicURL) != "" {
		return 0, nil
	}
	delay, err := time.ParseDuration(cmp.Or(raw, "5s"))
	if err != nil || delay < 0 {
		return 0, fmt.Errorf("SHUTDOWN_DELAY: %q is not a duration. Set it to 5s, or to 0s for none", raw)
	}
	return delay, nil
}

// parseNetwork reads a network, or one address. IPv4 in its IPv6 form is IPv4.
func parseNetwork(raw string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(raw); err == nil {
		address = address.Unmap()
		return address.Prefix(address.BitLen())
	}
	network, err := netip.ParsePrefix(raw)
	if err == nil && network.Addr().Is4In6() && network.Bits() >= 96 {
		network = netip.PrefixFrom(network.Addr().Unmap(), network.Bits()-96)
	}
	return network.Masked(), err
}

func logLevel(level *slog.Level, raw string) error {
	if err := level.UnmarshalText([]byte(raw)); err != nil {
		return fmt.Errorf("LOG_LEVEL: %q is not a level. Set it to debug, info, warn or error", raw)
	}
	return nil
}

func logFormat(raw string) (string, error) {
	if raw != "" && raw != "text" && raw != "json" {
		return "", fmt.Errorf("LOG_FORMAT: %q is not a format. Set it to text or json", raw)
	}
	return raw, nil
}

// newLog writes text for a person at a terminal, and JSON for everything else.
func newLog(w io.Writer, c config) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.logLevel}
	if c.logFormat == "text" || (c.logFormat == "" && isTerminal(w)) {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
