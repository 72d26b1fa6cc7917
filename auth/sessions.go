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

// EndSession ends one of the person's own sessions. The code for any other ID is
// SessionUnknown, whether or not another person has a session with that ID.
func (a *Auth) EndSession(ctx context.Context, id string) error {
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
	_, err = a.endAll(ctx, active.personIndex(), ByPersonElsewhere, func(f *record.Summary) bool { return f.PublicID == active.PublicID })
	return err
}

// NameDevice stores the person's name for the device that they are using. The name is
// trimmed, and cut to 60 characters. An empty one removes the name.
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

// personIndex returns the index key of all sessions of the same person.
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
