package auth

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"latchkey/auth/store"
)

// SignedIn is one place where a person is signed in, for a list that they read
// themselves.
type SignedIn struct {
	ID       string    // addresses it for EndSession; random, and of no use to anyone else
	Current  bool      // whether it is the session of the request
	Provider string    // the provider's id
	Device   string    // what the person calls the device; empty: nothing yet
	Agent    string    // the browser's User-Agent at sign-in
	Address  string    // the client's network at sign-in, as 192.0.2.0/24
	Began    time.Time // when they signed in there
	Seen     time.Time // last activity, to the minute
}

const (
	maxDevice = 60  // characters of a device's name
	maxAgent  = 300 // bytes of a User-Agent that are kept
)

// Sessions returns where the person who is signed in with the request is
// signed in: this session first, then by last activity.
func (a *Auth) Sessions(ctx context.Context) ([]SignedIn, error) {
	l, err := current(ctx)
	if err != nil {
		return nil, err
	}
	found, err := a.vault.list(ctx, forSession, l.index())
	if err != nil {
		return nil, err
	}
	var all []SignedIn
	for _, session := range found {
		if f, _ := decodeFront(session.front); f != nil && f.Issuer == l.Issuer {
			all = append(all, f.signedIn(f.PublicID == l.PublicID))
		}
	}
	slices.SortFunc(all, func(x, y SignedIn) int {
		if x.Current != y.Current {
			return map[bool]int{true: -1, false: 1}[x.Current]
		}
		return y.Seen.Compare(x.Seen)
	})
	return all, nil
}

func (f *front) signedIn(current bool) SignedIn {
	return SignedIn{
		ID: f.PublicID, Current: current, Provider: f.Provider, Device: f.Device,
		Agent: f.Agent, Address: f.Address, Began: f.Began, Seen: f.Seen,
	}
}

// EndSession ends one of the person's own sessions. An ID that is nobody's and
// one that is somebody else's are told apart by nothing: SessionUnknown.
func (a *Auth) EndSession(ctx context.Context, id string) error {
	l, err := current(ctx)
	if err != nil {
		return err
	}
	found, err := a.vault.list(ctx, forSession, l.index())
	if err != nil {
		return err
	}
	for _, session := range found {
		if f, _ := decodeFront(session.front); f != nil && f.Issuer == l.Issuer && f.PublicID == id {
			_, err := a.finish(ctx, session.key, Ended)
			return err
		}
	}
	return problem(SessionUnknown, "", "the person has no session of that ID")
}

// EndOtherSessions ends all of the person's sessions but that of the request.
func (a *Auth) EndOtherSessions(ctx context.Context) error {
	l, err := current(ctx)
	if err != nil {
		return err
	}
	return a.finishAll(ctx, l.index(), func(f *front) bool { return f.PublicID == l.PublicID })
}

// NameDevice keeps what the person calls the device that they are using. The
// name is trimmed, and cut to 60 characters; an empty one takes the name away.
func (a *Auth) NameDevice(ctx context.Context, name string) error {
	l, err := current(ctx)
	if err != nil {
		return err
	}
	name = tidy(name)
	if name == l.Device {
		return nil
	}
	return a.change(ctx, l.key(), func(r *record) { r.Device = name })
}

// tidy makes a name fit for one line.
func tidy(name string) string {
	name = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(name, ""), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
	if utf8.RuneCountInString(name) > maxDevice {
		name = strings.TrimSpace(string([]rune(name)[:maxDevice]))
	}
	return name
}

// index addresses all sessions of the same person.
func (l *live) index() store.Key {
	return l.vault.subjectIndex(forSession, l.Provider, l.Subject)
}

// current returns the session of a request, which an action needs.
func current(ctx context.Context) (*live, error) {
	v := visitOf(ctx)
	if v.live == nil && v.err == nil {
		return nil, problem(SessionEnded, "", "nobody is signed in")
	}
	return v.live, v.err
}

// network shortens an address to what tells places apart, and not people: an
// IPv4 /24 or an IPv6 /48.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	bits := 48
	if ip = ip.Unmap(); ip.Is4() {
		bits = 24
	}
	prefix, err := ip.WithZone("").Prefix(bits)
	if err != nil {
		return ""
	}
	return prefix.String()
}
