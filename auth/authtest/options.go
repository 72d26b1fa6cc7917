package authtest

import (
	"strings"
	"time"
)

// Option is what a provider is made of, given to [New] and [Start]. How it
// misbehaves is told to the running [Provider].
type Option func(*settings)

type settings struct {
	url          string
	people       []Person
	clients      []Client
	key          Key
	accessLife   time.Duration
	refreshLife  time.Duration
	noRefresh    bool
	rotate       bool
	issParameter bool
	pushedOnly   bool
}

func defaults() settings {
	return settings{
		url:         "http://localhost:9080",
		people:      []Person{Ada, Grace},
		clients:     []Client{{ID: ClientID, Secret: ClientSecret}},
		accessLife:  time.Hour,
		refreshLife: 24 * time.Hour,
	}
}

// WithURL sets the base URL under which the provider is served, such as
// http://localhost:9080; [Start] sets it by itself.
func WithURL(base string) Option {
	return func(s *settings) { s.url = strings.TrimRight(base, "/") }
}

// WithPeople replaces [Ada] and [Grace].
func WithPeople(people ...Person) Option { return func(s *settings) { s.people = people } }

// WithClients replaces the client [ClientID]. [Provider.Register] adds further
// ones later, when the relying party knows its own port.
func WithClients(clients ...Client) Option { return func(s *settings) { s.clients = clients } }

// WithKey makes the provider sign with this key from the start, and after
// [Provider.Reset]. Without it all providers of a process share one RSA key, since
// making one takes long, and each names it by a kid of its own.
func WithKey(k Key) Option { return func(s *settings) { s.key = k } }

// WithAccessTokenLife sets how long access tokens live: an hour without it.
func WithAccessTokenLife(d time.Duration) Option { return func(s *settings) { s.accessLife = d } }

// WithRefreshTokenLife sets how long refresh tokens live: a day without it.
func WithRefreshTokenLife(d time.Duration) Option { return func(s *settings) { s.refreshLife = d } }

// WithoutRefreshTokens makes a provider that hands out none. Otherwise every code
// buys one, whether offline_access was asked for or not, as with Asgardeo.
func WithoutRefreshTokens() Option { return func(s *settings) { s.noRefresh = true } }

// WithRotation makes every refresh token good for one use. Presenting a used one
// again revokes its whole family (RFC 9700, section 4.14.2).
func WithRotation() Option { return func(s *settings) { s.rotate = true } }

// WithIssParameter sends and advertises the iss parameter on callbacks (RFC 9207).
func WithIssParameter() Option { return func(s *settings) { s.issParameter = true } }

// WithPushedRequestsOnly refuses authorization requests that were not pushed, and
// says so in the discovery document (RFC 9126, section 5).
func WithPushedRequestsOnly() Option { return func(s *settings) { s.pushedOnly = true } }
