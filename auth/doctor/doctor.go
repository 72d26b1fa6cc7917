// Package doctor checks a configuration against the real provider, store and proxy,
// without signing anyone in. It is what `latchkey doctor` runs.
//
// Each function checks one part and returns its results in a fixed order. Text from
// outside is sanitized, and no result contains a secret.
package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"latchkey/auth/internal/oidc"
	"latchkey/auth/store"
)

// Status is the result of a check.
type Status string

// The results of a check, from best to worst.
const (
	OK      Status = "ok"
	Skipped Status = "skipped" // because an earlier check failed
	Warning Status = "warning" // sign-in works, with limits
	Error   Status = "error"   // sign-in or sign-out does not work
)

// Check is the result of one check.
type Check struct {
	Name   string `json:"name"` // as in "asgardeo: redirect URI"
	Status Status `json:"status"`
	Detail string `json:"detail"`           // what was found
	Remedy string `json:"remedy,omitempty"` // what to do; empty if nothing is wrong
}

func passed(name, format string, args ...any) Check {
	return Check{Name: name, Status: OK, Detail: fmt.Sprintf(format, args...)}
}

func warning(name, remedy, format string, args ...any) Check {
	return Check{name, Warning, fmt.Sprintf(format, args...), remedy}
}

func failed(name, remedy, format string, args ...any) Check {
	return Check{name, Error, fmt.Sprintf(format, args...), remedy}
}

// otherChecks names the checks of a part that cannot run.
const otherChecks = "other checks"

// Unchecked returns a skipped check for each name.
func Unchecked(reason string, names ...string) []Check {
	var all []Check
	for _, name := range names {
		all = append(all, Check{Name: name, Status: Skipped, Detail: reason})
	}
	return all
}

// checkTimeout limits each check that sends requests.
const checkTimeout = 5 * time.Second

// inParallel runs checks at the same time, each within checkTimeout, and returns
// their results in order.
func inParallel(ctx context.Context, checks ...func(context.Context) []Check) []Check {
	parts := make([]func() []Check, len(checks))
	for i, check := range checks {
		parts[i] = func() []Check {
			ctx, cancel := context.WithTimeout(ctx, checkTimeout)
			defer cancel()
			return check(ctx)
		}
	}
	return Concurrently(parts...)
}

// Concurrently runs parts of the checks at the same time, and returns their results in
// order.
func Concurrently(parts ...func() []Check) []Check {
	results := make([][]Check, len(parts))
	var running sync.WaitGroup
	for i, part := range parts {
		running.Go(func() { results[i] = part() })
	}
	running.Wait()
	return slices.Concat(results...)
}

// prefixed puts the name of a part before the names of its checks, and makes their details
// printable.
func prefixed(part string, checks []Check) []Check {
	for i := range checks {
		checks[i].Name = part + ": " + checks[i].Name
		checks[i].Detail = oidc.Printable(checks[i].Detail)
	}
	return checks
}

// minSecret is the length from which a secret is looked for in results: a shorter one is
// a common word.
const minSecret = 6

// Redact replaces secrets in checks. No check contains one; this is the second defense.
func Redact(checks []Check, secrets ...string) {
	secrets = slices.DeleteFunc(secrets, func(secret string) bool { return len(secret) < minSecret })
	for i := range checks {
		checks[i].Detail = oidc.Printable(checks[i].Detail, secrets...)
		checks[i].Remedy = oidc.Printable(checks[i].Remedy, secrets...)
	}
}

// Environment reports the problems and warnings of the environment variables, one
// check for each line of them.
func Environment(problems error, warnings []string) []Check {
	var checks []Check
	if problems != nil {
		for line := range strings.SplitSeq(problems.Error(), "\n") {
			variable, detail, remedy := splitProblem(line)
			checks = append(checks, failed(variable, remedy, "%s", detail))
		}
	}
	for _, line := range warnings {
		variable, detail, remedy := splitProblem(line)
		checks = append(checks, warning(variable, remedy, "%s", detail))
	}
	if len(checks) == 0 {
		checks = []Check{passed("variables", "all are set and valid")}
	}
	return prefixed("environment", checks)
}

// splitProblem splits a line of the form "VARIABLE: what is wrong. What to do".
func splitProblem(line string) (variable, detail, remedy string) {
	variable, detail, ok := strings.Cut(line, ": ")
	if !ok {
		return "variables", line, "Correct it"
	}
	if end := strings.LastIndex(detail, ". "); end >= 0 {
		return variable, detail[:end], detail[end+2:]
	}
	return variable, detail, "Correct " + variable
}

func findings(found []store.Finding) []Check {
	var checks []Check
	for _, f := range found {
		c := Check{Name: f.Name, Status: OK, Detail: f.Detail, Remedy: f.Remedy}
		switch {
		case f.Severe:
			c.Status = Error
		case f.Remedy != "":
			c.Status = Warning
		}
		checks = append(checks, c)
	}
	return checks
}
