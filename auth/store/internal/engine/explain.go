// Package engine has what the store's engines share: sweeping, listening,
// scanning, and error texts for operators.
package engine

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

const (
	// StartTimeout limits opening a store, including its migration.
	StartTimeout = 10 * time.Second
	// PingConnections limits the connections for pings. Those that a server hangs
	// on take a while to close, and must not delay the next ping.
	PingConnections = 32
)

// ErrNewer means that the schema is newer than this program.
var ErrNewer = errors.New("a newer version of this program has migrated it: run that version, or name another store")

// URLError is store.URLError.
type URLError struct{ Err error }

func (e URLError) Error() string { return e.Err.Error() }

func (e URLError) Unwrap() error { return e.Err }

// Hint is a fix for errors whose text contains Says.
type Hint struct{ Says, Fix string }

// Fix returns the fix of the first hint that applies to an error's text. It is
// empty if none does.
func Fix(hints []Hint, text string) string {
	for _, hint := range hints {
		if strings.Contains(text, hint.Says) {
			return hint.Fix
		}
	}
	return ""
}

// Unreachable describes why connecting to a server failed.
func Unreachable(err error) string {
	var name *net.DNSError
	// By text, because a client that verifies certificates itself returns other types.
	_, untrusted, isCertificate := strings.Cut(err.Error(), "x509: ")
	switch {
	case isCertificate:
		untrusted, _, _ = strings.Cut(untrusted, "\n")
		return fmt.Sprintf("has a certificate that is not trusted (x509: %s): correct the URL, or set SSL_CERT_FILE to the certificates of its authority", untrusted)
	case errors.As(err, &name):
		return "cannot be reached: there is no host of that name; correct the URL"
	case TimedOut(err):
		return "cannot be reached: it does not respond; check that it and what it depends on are running, and that no firewall is in between"
	}
	return "cannot be reached: start it, or correct the URL"
}

// TimedOut reports whether a server did not answer in time.
func TimedOut(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout() // which context.DeadlineExceeded is, too
}

// Clone copies data. The copy is never nil, because an empty record is a record too.
func Clone(data []byte) []byte { return append([]byte{}, data...) }
