package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"

	"latchkey/auth"
	"latchkey/auth/doctor"
	"latchkey/auth/store"
	"latchkey/auth/store/sqlite"
	"latchkey/handlers"
)

// doctorTimeout limits all checks together.
const doctorTimeout = 30 * time.Second

// runDoctor checks the set-up and prints the result of each check. Its exit status is
// 0, 1 with warnings, and 2 with errors.
func runDoctor(ctx context.Context, args, environ []string, stdout, _ io.Writer) error {
	asJSON := slices.Equal(args, []string{"--json"})
	if len(args) > 0 && !asJSON {
		return errUsage
	}
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	checks := diagnose(ctx, environ)
	count := map[doctor.Status]int{}
	for _, c := range checks {
		count[c.Status]++
	}
	var err error
	if asJSON {
		err = writeJSON(stdout, checks)
	} else {
		err = printChecks(stdout, checks, count)
	}
	switch {
	case err != nil:
		return err
	case count[doctor.Error] > 0:
		return exitStatus(2)
	case count[doctor.Warning] > 0:
		return exitStatus(1)
	}
	return nil
}

// diagnose runs all checks for an environment.
func diagnose(ctx context.Context, environ []string) []doctor.Check {
	c, err := loadConfig(environ)
	checks := doctor.Environment(err, append(c.auth.Warnings, c.warnings()...))
	defer func() { doctor.Redact(checks, c.secrets()...) }()
	c.auth.Log, c.auth.Warnings = slog.New(slog.DiscardHandler), nil // the checks report them
	sessions, found := checkedStore(ctx, c)
	defer sessions.Close()
	if err != nil {
		return slices.Concat(checks, doctor.Unchecked("the environment has errors", "providers", "app"), found)
	}
	signIns, err := auth.New(c.auth, sessions)
	if err != nil {
		return append(checks, doctor.Environment(err, nil)...)
	}
	defer signIns.Close()
	pages := brand // whose style sheet is in the Content-Security-Policy
	pages.Auth, pages.Ready, pages.Log, pages.Pages = signIns, sessions, c.auth.Log, true
	running, err := handlers.New(pages)
	if err != nil {
		return append(checks, doctor.Environment(err, nil)...)
	}
	_, isMemory := sessions.(*store.Memory)
	app := doctor.App{
		Auth: signIns, Provider: c.auth.Providers[0], TrustedProxies: c.trustedProxies, SharedStore: !isMemory,
		Headers: headersOf(running),
	}
	var parts []func() []doctor.Check
	for _, p := range c.auth.Providers {
		parts = append(parts, func() []doctor.Check { return doctor.Provider(ctx, p, signIns.RedirectURI(p.ID)) })
	}
	parts = append(parts, func() []doctor.Check { return found }, func() []doctor.Check { return app.Check(ctx) })
	return append(checks, doctor.Concurrently(parts...)...)
}

// checkedStore opens and checks the session store. It returns an empty store in memory if
// that fails, or if the app has not created the file yet.
func checkedStore(ctx context.Context, c config) (store.Store, []doctor.Check) {
	if finding, isNew := sqlite.CheckNew(c.sessionStore); isNew {
		return store.NewMemory(), doctor.NewStore(finding)
	}
	s, err := openStore(ctx, c.sessionStore, c.auth.Log)
	if err != nil {
		return store.NewMemory(), doctor.StoreFailed(err)
	}
	return s, doctor.Store(ctx, s)
}

// secrets returns every secret of the configuration.
func (c config) secrets() []string {
	secrets := append([]string{c.auth.Secret}, c.auth.OldSecrets...)
	for _, p := range c.auth.Providers {
		secrets = append(secrets, p.ClientSecret)
	}
	if u, err := url.Parse(c.sessionStore); err == nil {
		password, _ := u.User.Password()
		secrets = append(secrets, password, u.Query().Get("sentinel_password"), u.Query().Get("password"))
	}
	return secrets
}

// headersOf returns the response headers of GET /healthz before any proxy changes them.
func headersOf(app http.Handler) http.Header {
	response := headerRecorder{}
	r, err := http.NewRequest(http.MethodGet, "/healthz", nil)
	if err != nil {
		panic(err) // only for a URL that cannot be parsed
	}
	app.ServeHTTP(response, r)
	return http.Header(response)
}

// headerRecorder is an http.ResponseWriter that keeps the headers only.
type headerRecorder http.Header

func (r headerRecorder) Header() http.Header          { return http.Header(r) }
func (headerRecorder) Write(body []byte) (int, error) { return len(body), nil }
func (headerRecorder) WriteHeader(int)                {}

// printChecks prints one line for each check, with its remedy, and their numbers.
func printChecks(w io.Writer, checks []doctor.Check, count map[doctor.Status]int) error {
	for _, c := range checks {
		line := fmt.Sprintf("%-8s %s: %s.", c.Status, c.Name, c.Detail)
		if c.Remedy != "" {
			line += " → " + c.Remedy + "."
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "\nok: %d, skipped: %d, warnings: %d, errors: %d\n",
		count[doctor.OK], count[doctor.Skipped], count[doctor.Warning], count[doctor.Error])
	return err
}
