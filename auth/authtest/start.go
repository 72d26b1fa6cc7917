package authtest

import (
	"context"
	"crypto/x509"
	"net"
	"net/http/httptest"
	"testing"
)

// Start serves a new provider on a free port of the loopback interface until the
// test ends. It fails the test when the provider cannot be made.
func Start(tb testing.TB, opts ...Option) *Provider {
	tb.Helper()
	server := httptest.NewUnstartedServer(nil)
	p := mount(tb, server, "http://", opts)
	server.Start()
	return p
}

// StartTLS is [Start] with https. Whoever asks the provider has to trust the
// certificate that it returns.
func StartTLS(tb testing.TB, opts ...Option) (*Provider, *x509.Certificate) {
	tb.Helper()
	server := httptest.NewUnstartedServer(nil)
	p := mount(tb, server, "https://", opts)
	server.StartTLS()
	return p, server.Certificate()
}

func mount(tb testing.TB, server *httptest.Server, scheme string, opts []Option) *Provider {
	tb.Helper()
	p, err := New(append([]Option{WithURL(scheme + server.Listener.Addr().String())}, opts...)...)
	if err != nil {
		tb.Fatal(err)
	}
	// Requests that a fault keeps waiting must end before Close, which waits for them.
	ctx, cancel := context.WithCancel(context.Background())
	server.Config.Handler = p
	server.Config.BaseContext = func(net.Listener) context.Context { return ctx }
	tb.Cleanup(func() { cancel(); server.Close() })
	return p
}
