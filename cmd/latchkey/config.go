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

// setupError is an error in the arguments or the environment. Its exit code is 2, because
// it does not help to start again.
type setupError struct{ error }

func (e *setupError) Unwrap() error { return e.error }

// Error has one line for each problem.
func (e *setupError) Error() string {
	return "latchkey cannot start:\n  " + strings.ReplaceAll(e.error.Error(), "\n", "\n  ")
}

// config is everything that the environment decides.
type config struct {
	auth           auth.Config
	address        string // where to listen
	sessionStore   string
	rateLimit      int
	trustedProxies []netip.Prefix
	misspelled     []env.Misspelling
	logLevel       slog.Level
	logFormat      string // text or json; optional
	shutdownDelay  time.Duration
	metricsAddress string // where to serve metrics; empty means nowhere
}

// loadConfig reads the environment. The error has one line for each problem,
// with the variable and the remedy.
func loadConfig(environ []string) (config, error) {
	e := env.Parse(environ)
	var c config
	var errs [9]error
	c.auth, errs[0] = auth.LoadConfig(environ)
	c.sessionStore = cmp.Or(e.Secret("SESSION_STORE"), "sqlite:latchkey.db")
	c.address, errs[1] = address(e.Get("HOST"), cmp.Or(e.Get("PORT"), "3000"), c.auth.URL)
	c.rateLimit, errs[2] = rateLimit(cmp.Or(e.Get("AUTH_RATE_LIMIT"), "60"))
	c.trustedProxies, errs[3] = networks(e.Get("TRUSTED_PROXIES"))
	errs[4] = logLevel(&c.logLevel, cmp.Or(e.Get("LOG_LEVEL"), "info"))
	c.logFormat, errs[5] = logFormat(e.Get("LOG_FORMAT"))
	c.shutdownDelay, errs[6] = shutdownDelay(e.Get("SHUTDOWN_DELAY"), c.auth.URL)
	c.metricsAddress, errs[7] = metricsAddress(e.Get("METRICS_ADDR"))
	if !e.Has("AUTH_URL") {
		errs[1] = nil // package auth derives AUTH_URL from the port, and reports it
	}
	errs[8] = e.Err()
	c.misspelled = e.Misspelled()
	return c, errors.Join(errs[:]...)
}

// warnings returns probable mistakes that do not prevent a start: one line each,
// with the variable and the remedy.
func (c config) warnings() []string {
	var all []string
	for _, m := range c.misspelled {
		all = append(all, m.String())
	}
	if strings.HasPrefix(strings.ToLower(c.auth.URL), "https:") && len(c.trustedProxies) == 0 && c.rateLimit > 0 {
		all = append(all, "TRUSTED_PROXIES: is not set, so all requests seem to come from the proxy that terminates TLS, and sign-ins are limited per browser instead of per address. Set it to the proxy's network, such as 10.0.0.0/8")
	}
	return all
}

// portVariable is PORT, and METRICS_ADDR too if it has the same port.
func (c config) portVariable() string {
	_, port, _ := net.SplitHostPort(c.address)
	if strings.HasSuffix(c.metricsAddress, ":"+port) {
		return "PORT or METRICS_ADDR"
	}
	return "PORT"
}

// address returns where to listen: HOST if it is set, else loopback if the app's URL is on
// loopback, else all interfaces.
func address(host, port, publicURL string) (string, error) {
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || (n == 0 && port != "0") {
		return "", fmt.Errorf("PORT: %q is not a port. Set it to a number from 1 to 65535, such as 3000", port)
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if host == "" {
		host = loopbackHost(publicURL)
	}
	return net.JoinHostPort(host, port), nil
}

// loopbackHost returns the host of the app's URL if it is a loopback host, else "". An
// address stays as it is: 127.0.0.1 does not reach [::1].
func loopbackHost(publicURL string) string {
	u, err := url.Parse(publicURL)
	if err != nil {
		return ""
	}
	host := strings.ToLower(u.Hostname())
	ip, _ := netip.ParseAddr(host)
	switch {
	case ip.IsLoopback():
		return host
	case host == "localhost", strings.HasSuffix(host, ".localhost"):
		return "localhost"
	}
	return ""
}

func rateLimit(raw string) (int, error) {
	n, err := strconv.Atoi(raw)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("AUTH_RATE_LIMIT: %q is not a number of sign-ins per minute. Set it to 60, or to 0 for no limit", raw)
	}
	return n, nil
}

func networks(raw string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	var errs []error
	for _, network := range strings.FieldsFunc(raw, func(r rune) bool { return r == ',' || r == ' ' }) {
		prefix, err := parseNetwork(network)
		if err != nil {
			errs = append(errs, fmt.Errorf("TRUSTED_PROXIES: %q is neither a network nor an address. Write it as 10.0.0.0/8 or 192.0.2.7", network))
			continue
		}
		all = append(all, prefix)
	}
	return all, errors.Join(errs...)
}

// shutdownDelay returns how long /readyz responds 503 before the listener closes.
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

// parseNetwork reads a network, or one address. An IPv4-mapped IPv6 address counts as IPv4.
func parseNetwork(raw string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(raw); err == nil {
		address = address.Unmap()
		return address.Prefix(address.BitLen())
	}
	network, err := netip.ParsePrefix(raw)
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

// newLog writes text to a terminal and JSON to everything else, unless LOG_FORMAT
// is set.
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
