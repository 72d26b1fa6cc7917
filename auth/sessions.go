package auth

import (
	"context"
	"net/http"
	"slices"
	"time"

	"latchkey/auth/internal/record"
	"latchkey/auth/internal/sealed"
	"latchkey/auth/store"
)

// SessionInfo is one place where a person is signed in.
type SessionInfo struct {
	ID        string    // identifies it for EndSession; random, and useless to other people
	Current   bool      // whether it is the session of the request
	User      User      // the person
	Provider  string    // the provider's id
	Device    string    // the person's name for the device; may be empty
	Agent     string    // the browser's User-Agent at sign-in
	Address   string    // the client's network at sign-in, such as 192.0.2.0/24
	StartedAt time.Time // when they signed in there
	LastSeen  time.Time // last activity, to the minute
	ExpiresAt time.Time // when it ends if the person does nothing more

	key store.Key
}

// Sessions returns all sessions of the person who is signed in with the request: that of
// the request first, then by last activity.
func (a *Auth) Sessions(ctx context.Context) ([]SessionInfo, error) {
	active, err := requireSession(ctx)
	if err != nil {
		return nil, err
	}
	all, err := a.SessionsOf(ctx, active.Provider, active.Subject)
	putFirst(all, func(s SessionInfo) bool { return s.Current })
	return all, err
}

func (a *Auth) sessionInfo(ctx context.Context, key store.Key, f *record.Summary) SessionInfo {
	active := requestFrom(ctx).active
	return SessionInfo{
		ID: f.PublicID, Current: active != nil && active.key == key, User: newUser(f), Provider: f.Provider, Device: f.Device,
		Agent: f.Agent, Address: f.Address, StartedAt: f.StartedAt, LastSeen: f.LastSeen, ExpiresAt: a.expiry(f.LastSeen, f.Deadline),
		key: key,
	}
}

// EndSession ends one of the person's own sessions. The code for any other ID is
// SessionUnknown, whether or not another person has a session with that ID.
func (a *Auth) EndSession(ctx context.Context, id string) error {
	ctx = context.WithoutCancel(ctx) // the person may close the page
	all, err := a.Sessions(ctx)
	if err != nil {
		return err
	}
	for _, session := range all {
		if session.ID == id {
			by := ByPersonElsewhere
			if session.Current {
				by = ByPerson
			}
			_, err := a.end(ctx, session.key, by)
			return err
		}
	}
	return errorf(SessionUnknown, "", "the person has no session with that ID")
}

// EndOtherSessions ends all of the person's sessions except that of the request.
func (a *Auth) EndOtherSessions(ctx context.Context) error {
	active, err := requireSession(ctx)
	if err != nil {
		return err
	}
	person := a.store.subjectIndex(forSession, active.Provider, active.Subject)
	_, err = a.endAll(ctx, person, ByPersonElsewhere, func(f *record.Summary) bool { return f.PublicID == active.PublicID })
	return err
}

// NameDevice stores the person's name for the device that they are using. The name is
// trimmed, and cut to 60 characters. An empty one removes the name.
func (a *Auth) NameDevice(ctx context.Context, name string) error {
	active, err := requireSession(ctx)
	if err != nil {
		return err
	}
	return a.updateRecord(ctx, active.key, func(r *record.Record) { r.Device = record.DeviceName(name) })
}

func requireSession(ctx context.Context) (*activeSession, error) {
	req := requestFrom(ctx)
	if req.active == nil && req.err == nil {
		return nil, errorf(SessionEnded, "", "nobody is signed in")
	}
	return req.active, req.err
}

// SessionsOf returns where a person is signed in, by last activity. The subject is
// User.Subject. It is for the app's own code, such as an admin's page: the app decides
// who may call it.
func (a *Auth) SessionsOf(ctx context.Context, provider, subject string) ([]SessionInfo, error) {
	p, err := a.provider(provider)
	if err != nil {
		return nil, err
	}
	found, err := a.store.List(ctx, forSession, a.store.subjectIndex(forSession, provider, subject))
	if err != nil {
		return nil, err
	}
	var all []SessionInfo
	for _, session := range found {
		if f := record.DecodeSummary(session.Summary); f != nil && p.issued(f) {
			all = append(all, a.sessionInfo(ctx, session.Key, f))
		}
	}
	slices.SortFunc(all, func(x, y SessionInfo) int { return y.LastSeen.Compare(x.LastSeen) })
	return all, nil
}

// EndSessions ends all sessions of a person, on every replica and in every open tab,
// and returns how many there were. It is for the app's own code, as when a user is
// deleted. It continues if ctx is canceled. It does not keep the person from signing
// in again: Config.Admit can.
func (a *Auth) EndSessions(ctx context.Context, provider, subject string) (ended int, err error) {
	if _, err := a.provider(provider); err != nil {
		return 0, err
	}
	return a.endAll(ctx, a.store.subjectIndex(forSession, provider, subject), ByApp, nil)
}

// EndListed ends a session that SessionsOf or ScanSessions returned, and reports
// whether it still existed. It is for the app's own code; see EndSession for what a
// person may do.
func (a *Auth) EndListed(ctx context.Context, session SessionInfo) (ended bool, err error) {
	r, err := a.end(ctx, session.key, ByApp)
	return r != nil, err
}

// storedPurposes are the purposes of records in the store, besides sessions.
var storedPurposes = []sealed.Purpose{forSignIn, forLogout, forRefresh, forExpiry}

// ScanSessions calls visit for each session of the app, in no particular order, and
// returns how many records of the store do not open: those of other apps, and those
// sealed with a secret that is not set here. It reads the whole store, so it is for an
// operator's commands and not for pages. An error of visit ends the scan.
func (a *Auth) ScanSessions(ctx context.Context, visit func(SessionInfo) error) (unopened int, err error) {
	undecoded := 0
	unopened, err = a.store.Scan(ctx, forSession, storedPurposes, func(session sealed.Entry) error {
		f := record.DecodeSummary(session.Summary)
		if f == nil {
			undecoded++
			return nil
		}
		return visit(a.sessionInfo(ctx, session.Key, f))
	})
	return unopened + undecoded, err
}

const (
	probeSubject = "latchkey doctor"
	probeLife    = 30 * time.Second
)

// ProbeSession creates a session without a sign-in, so that `latchkey doctor` can
// test that sessions and events pass through proxies and replicas. It returns the
// session's cookie, and a function that ends the session, which otherwise lasts for 30
// seconds. It belongs to no person, and has no token, no claim and no group.
func (a *Auth) ProbeSession(ctx context.Context) (_ *http.Cookie, end func(context.Context) error, err error) {
	p := a.providers[0]
	r := &record.Record{Summary: record.Summary{
		Provider: p.ID, Issuer: p.Issuer, Subject: probeSubject, Name: probeSubject, Deadline: a.now().Add(probeLife),
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
