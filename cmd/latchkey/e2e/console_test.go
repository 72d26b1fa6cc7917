package e2e

import (
	"slices"
	"strings"
	"sync"
	"testing"
)

// console is what the console of a browser has shown. What the test does not expect
// fails it.
type console struct {
	tb testing.TB

	expected []string // complaints that do not fail the test

	mu         sync.Mutex
	complaints []string // errors and warnings, policy violations included
}

// complain records a message of the console.
func (c *console) complain(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.complaints = append(c.complaints, text)
}

// expectComplaint waits for a console message that must appear, as for a page
// with status 401. Messages with this text do not fail the test.
func (c *console) expectComplaint(text string) {
	c.tb.Helper()
	c.expected = append(c.expected, text)
	eventually(c.tb, "the console shows "+text, func() bool { return c.shown(text) })
}

// shown reports whether the console has shown a text.
func (c *console) shown(text string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.complaints, func(got string) bool { return strings.Contains(got, text) })
}

// unexpected returns the console messages that the test does not expect.
func (c *console) unexpected() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.complaints), func(got string) bool {
		return slices.ContainsFunc(c.expected, func(text string) bool { return strings.Contains(got, text) })
	})
}

// wantNoComplaint fails the test if the console shows what the test does not expect.
func (c *console) wantNoComplaint() {
	c.tb.Helper()
	for _, complaint := range c.unexpected() {
		c.tb.Errorf("on the console: %s", complaint)
	}
}
