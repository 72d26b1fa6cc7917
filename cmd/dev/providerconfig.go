package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"

	"latchkey/auth/authtest"
)

// providerConfig configures the local provider.
type providerConfig struct {
	listen  string // a loopback address
	url     string // optional: the provider's base URL, if it is not where it listens
	keyFile string // optional: without it, each start has a new signing key
	client  authtest.Client
}

// parseProvider reads the flags of `dev provider`.
func parseProvider(args []string, stderr io.Writer) (providerConfig, error) {
	c := providerConfig{client: authtest.Client{ID: authtest.ClientID, Secret: authtest.ClientSecret}}
	flags := flag.NewFlagSet("dev provider", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main prints the error
	flags.StringVar(&c.listen, "listen", "localhost:9080", "loopback `address` to listen on")
	flags.StringVar(&c.url, "url", "", "base `URL` of the provider (default: the address it listens on)")
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
	return c, c.check(flags.Args())
}

func (c providerConfig) check(arguments []string) error {
	if u, err := url.Parse(c.url); c.url != "" && (err != nil || u.Host == "") {
		return fmt.Errorf("-url %s is not a base URL: write http://localhost:9080, for example", c.url)
	}
	if len(arguments) > 0 {
		return fmt.Errorf("%q is not a flag; see dev provider -h", arguments[0])
	}
	return nil
}
