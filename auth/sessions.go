package auth

import (
	"context"
	"slices"
	"time"

	"latchkey/auth/internal/record"
	"latchkey/auth/store"
)

// SessionInfo is one place where a person is signed in.
type SessionInfo struct {
	ID        string    // addresses it for EndSession; random, and of no use to anyone else
	Current   bool      // whether it is the session of the request
	User      User      // the person
	Provider  string    // the provider's id
	Device    string    // what the person calls the device; empty: nothing yet
	Agent     string    // the browser's User-Agent at sign-in
	Address   string    // the client's network at sign-in, as 192.0.2.0/24
	StartedAt time.Time // when they signed in there
	LastSeen  time.Time // last activity, to the minute
	ExpiresAt time.Time // when it ends if the person does nothing more

	key store.Key
}

// Sessions returns where the person who is signed in with the request is
// signed in: this session first, then by last activity.
func (a *Auth) Sessions(ctx context.Context) ([]SessionInfo, error) {
	active, err := requireSession(ctx)
	if err != nil {
		return nil, err
	}
	found, err := a.store.List(ctx, forSession, active.personIndex())
	if err != nil {
		return nil, err
	}
	var all []SessionInfo
	for _, session := range found {
		if f := record.DecodeSummary(session.Summary); f != nil && f.Issuer == active.Issuer {
			all = append(all, a.sessionInfo(ctx, session.Key, f))
		}
	}
	slices.SortFunc(all, func(x, y SessionInfo) int {
		if x.Current != y.Current {
			return map[bool]int{true: -1, false: 1}[x.Current]
		}
		return byLastSeen(x, y)
	})
	return all, nil
}

func byLastSeen(x, y SessionInfo) int { return y.LastSeen.Compare(x.LastSeen) }

func (a *Auth) sessionInfo(ctx context.Context, key store.Key, f *record.Summary) SessionInfo {
	active := requestFrom(ctx).active
	return SessionInfo{
		ID: f.PublicID, Current: active != nil && active.key == key, User: newUser(f), Provider: f.Provider, Device: f.Device,
		Agent: f.Agent, Address: f.Address, StartedAt: f.StartedAt, LastSeen: f.LastSeen, ExpiresAt: a.expiry(f.LastSeen, f.Deadline),
		key: key,
	}
}

// EndSession ends one of the person's own sessions. An ID that is nobody's and
// one that is somebody else's are told apart by nothing: SessionUnknown.
func (a *Auth) EndSession(ctx context.Context, id string) error {
	active, err := requireSession(ctx)
	if err != nil {
		return err
	}
	found, err := a.store.List(ctx, forSession, active.personIndex())
	if err != nil {
		return err
	}
	for _, session := range found {
		if f := record.DecodeSummary(session.Summary); f != nil && f.Issuer == active.Issuer && f.PublicID == id {
			by := ByPersonElsewhere
			if f.PublicID == active.PublicID {
				by = ByPerson
			}
			_, err := a.end(ctx, session.Key, by)
			return err
		}
	}
	return errorf(SessionUnknown, "", "the person has no session of that ID")
}

// EndOtherSessions ends all of the person's sessions but that of the request.
func (a *Auth) EndOtherSessions(ctx context.Context) error {
	active, err := requireSession(ctx)
	if err != nil {
		return err
	}
	_, err = a.endAll(ctx, active.personIndex(), ByPersonElsewhere, func(f *record.Summary) bool { return f.PublicID == active.PublicID })
	return err
}

// NameDevice keeps what the person calls the device that they are using. The
// name is trimmed, and cut to 60 characters; an empty one takes the name away.
func (a *Auth) NameDevice(ctx context.Context, name string) error {
	active, err := requireSession(ctx)
	if err != nil {
		return err
	}
	name = record.DeviceName(name)
	if name == active.Device {
		return nil
	}
	return a.updateRecord(ctx, active.key, func(r *record.Record) { r.Device = name })
}

// personIndex addresses all sessions of the same person.
func (active *activeSession) personIndex() store.Key {
	return active.store.subjectIndex(forSession, active.Provider, active.Subject)
}

// requireSession returns the session of a request, which an action needs.
func requireSession(ctx context.Context) (*activeSession, error) {
	req := requestFrom(ctx)
	if req.active == nil && req.err == nil {
		return nil, errorf(SessionEnded, "", "nobody is signed in")
	}
	return req.active, req.err
}
