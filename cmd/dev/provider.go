package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"

	"latchkey/auth/authtest"
)

// providerCommand makes this program serve the local provider alone.
const providerCommand = "provider"

// runProvider serves the provider that the flags describe until ctx ends.
func runProvider(ctx context.Context, args []string, stderr io.Writer) error {
	c, err := parseProvider(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	return serveProvider(ctx, c, stderr)
}

// serveProvider serves a provider until ctx ends.
func serveProvider(ctx context.Context, c providerConfig, stderr io.Writer) error {
	listener, err := listenOnLoopback(ctx, c.listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	provider, err := c.newProvider(listener.Addr())
	if err != nil {
		return err
	}
	greet(stderr, provider, c.client)
	return serve(ctx, listener, provider)
}

// listenOnLoopback refuses any other interface, because the provider's
// passwords are public.
func listenOnLoopback(ctx context.Context, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("-listen %s is not an address: write localhost:9080, for example", address)
	}
	if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("-listen %s would let others reach this provider, whose passwords are public: use localhost", address)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%w: stop the program that listens there, or choose another address with -listen", err)
	}
	return listener, nil
}

func (c providerConfig) newProvider(address net.Addr) (*authtest.Provider, error) {
	host, _, _ := net.SplitHostPort(c.listen)         // listenOnLoopback has checked it
	_, port, _ := net.SplitHostPort(address.String()) // a TCP address has both
	provider, err := authtest.New(authtest.WithURL("http://" + net.JoinHostPort(host, port)))
	if err != nil {
		return nil, err
	}
	provider.Register(c.client)
	if c.keyFile != "" {
		key, err := loadKey(c.keyFile)
		if err != nil {
			return nil, err
		}
		provider.PublishKeys(key)
		provider.SignWith(key)
	}
	return provider, nil
}

func greet(w io.Writer, p *authtest.Provider, c authtest.Client) {
	var people []string
	for _, person := range []authtest.Person{authtest.Ada, authtest.Grace} {
		people = append(people, fmt.Sprintf("%s (%s)", person.Name(), person.Username))
	}
	fmt.Fprintf(w, "dev: local provider with issuer %s\n", p.Issuer())
	fmt.Fprintf(w, "dev: sign in as %s, password %s\n", strings.Join(people, " or "), authtest.Password)
	fmt.Fprintf(w, "dev: client %s may return to %s\n", c.ID, cmp.Or(strings.Join(c.RedirectURIs, ", "), "any URL on localhost"))
}
