package main

import (
	"errors"
	"flag"
	"fmt"
	"io"

	"latchkey/auth/authtest"
)

// providerConfig configures the local provider.
type providerConfig struct {
	listen  string // a loopback address
	keyFile string // optional: without it, each start has a new signing key
	client  authtest.Client
}

// parseProvider reads the flags of `dev provider`.
func parseProvider(args []string, stderr io.Writer) (providerConfig, error) {
	c := providerConfig{client: authtest.Client{ID: authtest.ClientID, Secret: authtest.ClientSecret}}
	flags := flag.NewFlagSet("dev provider", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main prints the error
	flags.StringVar(&c.listen, "listen", "localhost:9080", "loopback `address` to listen on")
	flags.StringVar(&c.keyFile, "key-file", "", "`file` of the signing key, created if it does not exist (default: a new key for each start)")
	flags.StringVar(&c.client.ID, "client-id", c.client.ID, "client `id` of the app")
	flags.StringVar(&c.client.Secret, "client-secret", c.client.Secret, "client `secret` of the app")
	flags.StringVar(&c.client.BackChannelLogoutURI, "backchannel-logout-uri", "", "`URI` of the app that receives logout tokens")
	flags.Func("redirect-uri", "redirect `URI` of the app; may be repeated (default: any URL on localhost)", func(uri string) error {
		c.client.RedirectURIs = append(c.client.RedirectURIs, uri)
		return nil
	})
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(stderr)
		flags.PrintDefaults()
	}
	if err != nil {
		return c, err
	}
	if flags.NArg() > 0 {
		return c, fmt.Errorf("%q is not a flag; see dev provider -h", flags.Arg(0))
	}
	return c, nil
}
