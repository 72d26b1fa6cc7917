package store

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
	"unicode"
)

// startLimit is how long a server may take to answer at first: a migration may
// take a while.
const startLimit = 10 * time.Second

// Open opens the store that a URL names, makes or migrates its tables, and
// proves that it can be written to:
//
//	memory:                                          this process only, gone when it ends
//	sqlite:PATH                                      one file, made where it is missing
//	redis://[user:password@]host[:port][/database]   one Redis server, or Valkey; from 6.2
//	redis://host,host,host                           a Redis Cluster; with one host add ?cluster=true
//	redis://host,host?master_name=NAME               the primary that these Sentinels name
//	postgres://user:password@host[:port]/database    with libpq's parameters; from 12
//
// rediss:// is redis:// over TLS. Sentinels that want a password of their own
// get it by ?sentinel_username= and ?sentinel_password=.
//
// An error is one sentence that names the mend, and never holds a password.
func Open(ctx context.Context, url string, more ...Option) (Store, error) {
	return open(ctx, url, time.Minute, more...)
}

// open is Open with the pause between two sweeps, which tests shorten.
func open(ctx context.Context, url string, sweepEvery time.Duration, more ...Option) (Store, error) {
	o := optionsOf(more)
	scheme, rest, _ := strings.Cut(url, ":")
	switch {
	case url == "memory:":
		return openMemory(sweepEvery), nil
	case scheme == "sqlite":
		return openSQLite(ctx, rest, o, sweepEvery)
	case scheme == "redis", scheme == "rediss":
		return openRedis(ctx, url, o)
	case scheme == "postgres", scheme == "postgresql":
		return openPostgres(ctx, url, o, sweepEvery)
	}
	return nil, errUnknown(url)
}

// errUnknown repeats of the URL only what cannot be a password.
func errUnknown(url string) error {
	const mend = "write memory:, sqlite:PATH, redis://…, rediss://… or postgres://…"
	if scheme, _, ok := strings.Cut(url, "://"); ok {
		return fmt.Errorf("there is no store named %q: %s", scheme+"://", mend)
	}
	return errors.New("this is not the URL of a store: " + mend)
}

// certError says why a server's certificate is refused; empty: that is not it.
func certError(err error) string {
	var refusal *tls.CertificateVerificationError
	if !errors.As(err, &refusal) {
		return ""
	}
	return fmt.Sprintf("has a certificate that is not trusted (%v): correct the URL, or set SSL_CERT_FILE to the certificates of its authority", refusal.Err)
}

// unreachable says why a server cannot be connected to.
func unreachable(err error) string {
	var name *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &name):
		return "cannot be reached: there is no host of that name; correct the URL"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "cannot be reached: it gives no answer; see that it runs, that what it waits for runs, and that no firewall is in between"
	}
	return "cannot be reached: start it, or correct the URL"
}

// oneLine makes a server's own words fit for one line of the log.
func oneLine(words string) string {
	words = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(words, ""), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
	return strings.ToValidUTF8(words[:min(len(words), 200)], "")
}

// verify creates a record that is over already: an engine that can be read from
// only, or in which a right is missing, is of no use to someone signing in.
func verify(ctx context.Context, s Store) error {
	_, err := s.Create(ctx, Record{Expires: time.Now()})
	return err
}
