package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"latchkey/auth"
	"latchkey/handlers"
)

// sessionJSON is a session as --json prints it.
type sessionJSON struct {
	ID        string    `json:"id"`
	Provider  string    `json:"provider"`
	Subject   string    `json:"subject"`
	Email     string    `json:"email,omitempty"`
	Device    string    `json:"device,omitempty"`
	Browser   string    `json:"browser"`
	Address   string    `json:"address"` // network
	StartedAt time.Time `json:"startedAt"`
	LastSeen  time.Time `json:"lastSeen"`
	ExpiresAt time.Time `json:"expiresAt"`
}

func (c *sessionsCommand) printList(found []auth.SessionInfo, unopened int) error {
	if c.json {
		list := []sessionJSON{}
		for _, s := range found {
			list = append(list, sessionJSON{
				ID: s.ID, Provider: s.Provider, Subject: s.User.Subject, Email: s.User.Email,
				Device: s.Device, Browser: handlers.BrowserName(s.Agent), Address: s.Address,
				StartedAt: s.StartedAt.UTC(), LastSeen: s.LastSeen.UTC(), ExpiresAt: s.ExpiresAt.UTC(),
			})
		}
		return writeJSON(c.stdout, map[string]any{"sessions": list, "unopened": unopened})
	}
	if err := printTable(c.stdout, found); err != nil {
		return err
	}
	c.printUnopened(unopened)
	return nil
}

func (c *sessionsCommand) printEnded(ended, unopened int) error {
	if c.json {
		return writeJSON(c.stdout, map[string]any{"ended": ended, "unopened": unopened})
	}
	c.printUnopened(unopened)
	_, err := fmt.Fprintf(c.stdout, "ended %s\n", plural(ended, "session"))
	return err
}

func (c *sessionsCommand) printUnopened(unopened int) {
	if unopened > 0 {
		fmt.Fprintf(c.stderr, "skipped %s of the store: of other apps, of another version, or sealed with a secret that is not set here\n", plural(unopened, "record"))
	}
}

func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprint(n, " ", noun)
}

const listedTime = "2006-01-02 15:04Z"

func printTable(w io.Writer, found []auth.SessionInfo) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SESSION\tPROVIDER\tSUBJECT\tE-MAIL\tBROWSER\tNETWORK\tSTARTED\tLAST SEEN\tEXPIRES")
	for _, s := range found {
		cells := []string{s.ID, s.Provider, s.User.Subject, s.User.Email, deviceName(s), s.Address}
		for i, cell := range cells {
			cells[i] = printable(cmp.Or(cell, "-"))
		}
		for _, at := range []time.Time{s.StartedAt, s.LastSeen, s.ExpiresAt} {
			cells = append(cells, at.UTC().Format(listedTime))
		}
		fmt.Fprintln(table, strings.Join(cells, "\t"))
	}
	return table.Flush()
}

// deviceName is what the person calls the device, and the browser.
func deviceName(s auth.SessionInfo) string {
	browser := handlers.BrowserName(s.Agent)
	if s.Device == "" {
		return browser
	}
	return s.Device + " (" + browser + ")"
}

// printable replaces what could control the terminal: a provider or a browser sent
// these texts.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
