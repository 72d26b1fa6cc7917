package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"latchkey/auth/authtest"
)

// run serves the provider until ctx ends.
func run(ctx context.Context, args []string, stderr io.Writer) error {
	c, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	listener, err := listen(ctx, c.listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	provider, err := c.provider(listener.Addr())
	if err != nil {
		return err
	}
	greet(stderr, provider, c.client)
	return serve(ctx, listener, provider)
}

// listen refuses whatever is not the loopback interface: everybody may sign in here.
func listen(ctx context.Context, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("-listen %s is not an address: write localhost:9080, for example", address)
	}
	if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("-listen %s would let others reach this provider, whose passwords are public: use localhost", address)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%w: stop what is listening there, or choose another address with -listen", err)
	}
	return listener, nil
}

func (c config) provider(address net.Addr) (*authtest.Provider, error) {
	base := c.url
	if base == "" {
		base = "http://" + c.reachable(address)
	}
	opts := []authtest.Option{authtest.WithURL(base), authtest.WithClients(c.client)}
	if c.keyFile != "" {
		key, err := loadKey(c.keyFile)
		if err != nil {
			return nil, err
		}
		opts = append(opts, authtest.WithKey(key))
	}
	return authtest.New(opts...)
}

// reachable returns the host that was asked for, with the port that was given.
func (c config) reachable(address net.Addr) string {
	host, _, _ := net.SplitHostPort(c.listen)         // listen has split it already
	_, port, _ := net.SplitHostPort(address.String()) // a TCP address has both
	return net.JoinHostPort(host, port)
}

func greet(w io.Writer, p *authtest.Provider, c authtest.Client) {
	var people []string
	for _, person := range []authtest.Person{authtest.Ada, authtest.Grace} {
		people = append(people, fmt.Sprintf("%s (%s)", person.Name(), person.Username))
	}
	fmt.Fprintf(w, "devidp: test provider with issuer %s\n", p.Issuer())
	fmt.Fprintf(w, "devidp: sign in as %s, password %s\n", strings.Join(people, " or "), authtest.Password)
	if len(c.RedirectURIs) == 0 {
		fmt.Fprintf(w, "devidp: client %s has no redirect URI yet: give one with -redirect-uri\n", c.ID)
		return
	}
	fmt.Fprintf(w, "devidp: client %s may return to %s\n", c.ID, strings.Join(c.RedirectURIs, ", "))
}

func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	stopped := make(chan error, 1)
	context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		stopped <- server.Shutdown(grace)
	})
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}
