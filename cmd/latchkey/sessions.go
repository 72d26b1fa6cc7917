package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/auth"
	"latchkey/auth/store/sqlite"
)

// runSessions lists or ends sessions in the configured store, whether or not the app runs.
// Open tabs show at once that their session has ended.
func runSessions(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	c, err := parseSessions(args, stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return nil
	case err != nil:
		fmt.Fprintf(stderr, "latchkey sessions: %v\n", err)
		return exitStatus(2)
	}
	c.stdin, c.stdout, c.stderr = os.Stdin, stdout, stderr
	return withSessions(ctx, environ, stderr, c.run)
}

// withSessions calls do with the sessions of the app that the environment configures.
func withSessions(ctx context.Context, environ []string, stderr io.Writer, do func(context.Context, *auth.Auth) error) error {
	c, err := loadConfig(environ)
	if err != nil {
		return &setupError{err}
	}
	if err := checkShared(c.sessionStore); err != nil {
		return &setupError{fmt.Errorf("SESSION_STORE: %w", err)}
	}
	c.auth.Log, c.auth.Warnings = newLog(stderr, c), nil // the app has logged them
	sessions, err := openSessions(ctx, c, c.auth.Log)
	if err != nil {
		return err
	}
	defer sessions.Close()
	signIns, err := auth.New(c.auth, sessions)
	if err != nil {
		return &setupError{err}
	}
	defer signIns.Close() // waits until the tokens of ended sessions are revoked
	return do(ctx, signIns)
}

// checkShared checks that another process can have sessions in a store.
func checkShared(store string) error {
	if store == "memory:" {
		return errors.New("memory: keeps the sessions inside the process of the app, so no other process can see them. Restart the app to end them, or set another store")
	}
	if _, isNew := sqlite.CheckNew(store); isNew {
		return fmt.Errorf("the file %q does not exist. Set the path that the app has; a relative one starts at the working directory", strings.TrimPrefix(store, "sqlite:"))
	}
	return nil
}

// sessionsCommand is the command that the arguments describe.
type sessionsCommand struct {
	end    bool
	filter sessionFilter
	yes    bool // do not ask
	json   bool

	stdin          io.Reader
	stdout, stderr io.Writer
}

// sessionFilter selects sessions. Empty fields select all.
type sessionFilter struct {
	id, provider, subject, email string
	idle, age                    time.Duration // longer than
}

const sessionsUsage = `latchkey sessions list [filters] [--json]
latchkey sessions end  [filters | --all] [--yes] [--json]

The filters, which all have to match:
`

// parseSessions prints the help if the arguments ask for it, and returns flag.ErrHelp.
func parseSessions(args []string, stdout io.Writer) (*sessionsCommand, error) {
	if len(args) == 0 || !slices.Contains([]string{"list", "end", "help", "-h", "--help"}, args[0]) {
		return nil, errors.New("say list or end, as in: latchkey sessions list --email ada@example.com")
	}
	c, all := &sessionsCommand{end: args[0] == "end"}, false
	flags := flag.NewFlagSet("sessions", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // parsing errors are returned
	flags.Func("session", "the `ID` of the session, as listed", setOnce(&c.filter.id))
	flags.Func("provider", "the `ID` of the provider, such as asgardeo", setOnce(&c.filter.provider))
	flags.Func("subject", "the person's `sub` at the provider", setOnce(&c.filter.subject))
	flags.Func("email", "the person's e-mail `address`", setOnce(&c.filter.email))
	flags.DurationVar(&c.filter.idle, "idle-longer-than", 0, "the `time` without activity, such as 72h")
	flags.DurationVar(&c.filter.age, "older-than", 0, "the `time` since the sign-in, such as 72h")
	flags.BoolVar(&c.json, "json", false, "print JSON")
	if c.end {
		flags.BoolVar(&all, "all", false, "end every session of the app")
		flags.BoolVar(&c.yes, "yes", false, "do not ask before ending more than one session")
	}
	err := flags.Parse(args[1:])
	if errors.Is(err, flag.ErrHelp) || (args[0] != "list" && args[0] != "end") {
		fmt.Fprint(stdout, sessionsUsage)
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return nil, flag.ErrHelp
	}
	if err != nil {
		return nil, err
	}
	return c, c.check(flags.Args(), all)
}

// setOnce sets a filter. It refuses an empty one, because a script whose variable is not
// set would end the sessions of everyone else too, and a second one, because it would
// replace the first.
func setOnce(filter *string) func(value string) error {
	return func(value string) error {
		switch {
		case value == "":
			return errors.New("is empty. Write a value, or leave the filter out")
		case strings.HasPrefix(value, "--"):
			return errors.New("is another flag. Write a value before it, or leave the filter out")
		case *filter != "":
			return errors.New("is given twice. Run the command once for each value")
		}
		*filter = value
		return nil
	}
}

func (c *sessionsCommand) check(rest []string, all bool) error {
	isFiltered := c.filter != sessionFilter{}
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q is not a filter: write --subject, --email or another one before it", rest[0])
	case c.filter.idle < 0 || c.filter.age < 0:
		return errors.New("--idle-longer-than, --older-than: write a positive time, such as 72h")
	case c.end && !all && !isFiltered:
		return errors.New("end needs a filter, such as --email; --all ends every session of the app")
	case all && isFiltered:
		return errors.New("--all ends every session: leave out the filters, or --all")
	}
	return nil
}

func (c *sessionsCommand) run(ctx context.Context, a *auth.Auth) error {
	found, unopened, err := c.filter.find(ctx, a)
	if err != nil {
		return err
	}
	if !c.end {
		return c.printList(found, unopened)
	}
	if err := c.confirm(ctx, found); err != nil {
		return err
	}
	ended := 0
	for _, session := range found {
		gone, err := a.EndListed(ctx, session)
		if err != nil {
			return fmt.Errorf("ended %d of %d sessions: %w", ended, len(found), err)
		}
		if gone {
			ended++
		}
	}
	return c.printEnded(ended, unopened)
}

// find returns the sessions that match, by last activity, and how many records of the
// store do not open. One person's sessions are found without reading the whole store.
func (f sessionFilter) find(ctx context.Context, a *auth.Auth) (found []auth.SessionInfo, unopened int, err error) {
	now := time.Now()
	f.provider = strings.ToLower(f.provider) // as IDs are; variables have it in upper case
	if f.provider != "" && f.subject != "" {
		found, err = a.SessionsOf(ctx, f.provider, f.subject)
		return slices.DeleteFunc(found, func(s auth.SessionInfo) bool { return !f.matches(s, now) }), 0, err
	}
	unopened, err = a.ScanSessions(ctx, func(s auth.SessionInfo) error {
		if f.matches(s, now) {
			found = append(found, s)
		}
		return nil
	})
	slices.SortFunc(found, func(x, y auth.SessionInfo) int {
		return cmp.Or(y.LastSeen.Compare(x.LastSeen), cmp.Compare(x.ID, y.ID))
	})
	return found, unopened, err
}

func (f sessionFilter) matches(s auth.SessionInfo, now time.Time) bool {
	return (f.id == "" || f.id == s.ID) &&
		(f.provider == "" || f.provider == s.Provider) &&
		(f.subject == "" || f.subject == s.User.Subject) &&
		(f.email == "" || strings.EqualFold(f.email, s.User.Email)) &&
		(f.idle == 0 || now.Sub(s.LastSeen) > f.idle) &&
		(f.age == 0 || now.Sub(s.StartedAt) > f.age)
}

// confirm asks before more than one session is ended. The answer is their number, to make
// the operator read it. Ctrl-C is one too.
func (c *sessionsCommand) confirm(ctx context.Context, found []auth.SessionInfo) error {
	if c.yes || len(found) <= 1 {
		return nil
	}
	if err := printTable(c.stderr, found); err != nil {
		return err
	}
	fmt.Fprintf(c.stderr, "This ends %s. Type %d to continue: ", plural(len(found), "session"), len(found))
	answers := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(c.stdin).ReadString('\n') // an error leaves it empty or incomplete
		answers <- line
	}()
	var answer string
	select {
	case answer = <-answers:
	case <-ctx.Done():
	}
	if strings.TrimSpace(answer) != strconv.Itoa(len(found)) {
		fmt.Fprintln(c.stderr)
		return errors.New("not confirmed, so no session has been ended. --yes skips the question")
	}
	return nil
}
