// Package handlerstest runs the whole app against an OpenID Provider of its own,
// for the tests of packages auth and handlers. It is not part of the program.
package handlerstest
