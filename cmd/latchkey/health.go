package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// healthTimeout limits the health check.
const healthTimeout = 2 * time.Second

// runHealth checks that the program that listens on this machine with the same
// environment is alive. A container without a shell has no other program for that.
func runHealth(_ context.Context, args, environ []string, stdout, _ io.Writer) error {
	if len(args) > 0 {
		return errUsage
	}
	c, err := loadConfig(environ)
	if err != nil {
		return &setupError{err}
	}
	client := &http.Client{Timeout: healthTimeout, Transport: new(http.Transport)} // without a proxy
	resp, err := client.Get("http://" + c.address + "/healthz")
	if err != nil {
		return fmt.Errorf("nothing answers on %s: %w", c.address, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers with status %d, want 200", c.address, resp.StatusCode)
	}
	_, err = fmt.Fprintln(stdout, "alive")
	return err
}
