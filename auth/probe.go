package auth

import (
	"context"
	"net/http"
	"time"

	"latchkey/auth/internal/record"
)

const (
	// ProbeSubject is the subject of a probe session, which belongs to no person.
	ProbeSubject = "latchkey doctor"

	probeLife = 30 * time.Second
)

// ProbeSession creates a session without a sign-in, so that `latchkey doctor` can
// test the way of sessions and events through proxies and replicas. It returns the
// session's cookie, and a function that ends the session.
//
// The session belongs to no person: its subject is always ProbeSubject, and it has
// no token, no claim and no group. It ends by itself after 30 seconds.
func (a *Auth) ProbeSession(ctx context.Context) (_ *http.Cookie, end func(context.Context) error, err error) {
	p := a.providers[0]
	r := &record.Record{Summary: record.Summary{
		Provider: p.ID, Issuer: p.Issuer, Subject: ProbeSubject, Name: ProbeSubject, Deadline: a.now().Add(probeLife),
	}}
	token, err := a.createSession(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	end = func(ctx context.Context) error {
		_, err := a.end(ctx, a.store.sessionKey(token), ByApp)
		return err
	}
	return a.cookies.New(sessionCookie, token, probeLife), end, nil
}

// ClientNetwork returns the network of a request's client, as in the list of a person's
// sessions: it does not identify the person. It is empty if the address is unknown.
func (a *Auth) ClientNetwork(r *http.Request) string { return record.MaskIP(a.client(r)) }
