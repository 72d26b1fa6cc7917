package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"latchkey/auth/version"
)

// commandFunc runs one of the program's commands with the arguments after its name.
// It returns errUsage for wrong arguments, and may return an exitStatus.
type commandFunc func(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error

// commands are all commands by name. Without a name, the program serves the app.
var commands = map[string]commandFunc{
	"doctor":   runDoctor,
	"health":   runHealth,
	"help":     printing(func() string { return help }),
	"secret":   printing(func() string { return newSecret() + "\n" }),
	"sessions": runSessions,
	"version":  printing(func() string { return "latchkey " + version.String() + "\n" }),
}

var errUsage = errors.New("these arguments are not a command")

// exitStatus is the exit status of a command that has reported its result itself.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// printing returns a command without arguments that prints a text.
func printing(text func() string) commandFunc {
	return func(_ context.Context, args, _ []string, stdout, _ io.Writer) error {
		if len(args) > 0 {
			return errUsage
		}
		_, err := io.WriteString(stdout, text())
		return err
	}
}

// newSecret returns 32 random bytes for AUTH_SECRET.
func newSecret() string {
	secret := make([]byte, 32)
	rand.Read(secret)
	return base64.RawURLEncoding.EncodeToString(secret)
}

const help = `Latchkey signs people in and out with OpenID Connect.

  latchkey            serves the app
  latchkey doctor     checks the configuration against the provider, the store and
                      the running app, and prints what to do; --json prints JSON
  latchkey secret     prints a new AUTH_SECRET
  latchkey sessions   lists or ends sessions: latchkey sessions help
  latchkey health     checks that the app on this machine is alive, for containers
  latchkey version    prints the version
  latchkey help       prints this

Environment variables configure it. These are required:

  AUTH_SECRET             at least 32 random bytes, from latchkey secret
  AUTH_ASGARDEO_ID        the client ID of this app at the provider
  AUTH_ASGARDEO_SECRET    the client secret
  AUTH_ASGARDEO_ISSUER    the provider's issuer
  AUTH_URL                the app's public URL, in production

Any other name can replace ASGARDEO. .github/OPERATIONS.md lists all variables.
`
