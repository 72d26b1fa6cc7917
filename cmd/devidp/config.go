package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"

	"latchkey/auth/authtest"
)

// config is what the flags say.
type config struct {
	listen  string
	url     string
	keyFile string
	client  authtest.Client
}

func parse(args []string, stderr io.Writer) (config, error) {
	c := config{client: authtest.Client{ID: authtest.ClientID, Secret: authtest.ClientSecret}}
	flags := flag.NewFlagSet("devidp", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // what is wrong is told once, by main
	flags.StringVar(&c.listen, "listen", "localhost:9080", "loopback `address` to listen on")
	flags.StringVar(&c.url, "url", "", "base `URL` of the provider (default: the address it listens on)")
	flags.StringVar(&c.keyFile, "key-file", "", "`file` of the signing key, made if there is none (default: a new key for each start)")
	flags.StringVar(&c.client.ID, "client-id", c.client.ID, "client `id` of the app")
	flags.StringVar(&c.client.Secret, "client-secret", c.client.Secret, "client `secret` of the app")
	flags.StringVar(&c.client.BackChannelLogoutURI, "backchannel-logout-uri", "", "`URI` of the app that takes logout tokens")
	flags.Func("redirect-uri", "redirect `URI` of the app; may be given several times", func(uri string) error {
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

func (c config) check(words []string) error {
	if u, err := url.Parse(c.url); c.url != "" && (err != nil || u.Host == "") {
		return fmt.Errorf("-url %s is not a base URL: write http://localhost:9080, for example", c.url)
	}
	if len(words) > 0 {
		return fmt.Errorf("%q is not a flag; see devidp -h", words[0])
	}
	return nil
}
