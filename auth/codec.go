package auth

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"
)

// record is what the store keeps of a session. Tokens live here and nowhere
// else: no exported type holds one.
type record struct {
	// times
	Began        time.Time // when the person signed in, by our clock
	Seen         time.Time // last activity, to the minute
	Until        time.Time // absolute end
	TokenExpires time.Time // of the access token; zero: the provider did not say
	TokenIssued  time.Time // when we were given the access token
	AuthTime     time.Time // when the person proved to the provider that it is them; zero: not said
	Granted      time.Time // when Grant was given

	// strings
	Provider     string // id
	Subject      string // sub
	SID          string // sid, the provider's name for its own session; may be empty
	Name         string
	Email        string
	Picture      string
	Claims       string // JSON object: what the provider sent, ID token and userinfo merged
	IDToken      string
	AccessToken  string
	RefreshToken string
	Scope        string // granted; space-separated
	PublicID     string // addresses the session where the token must not
	Values       string // JSON object: what the app keeps
	Issuer       string // iss
	Agent        string // User-Agent of the browser that signed in, cut short
	Address      string // client address of the sign-in, shortened
	Device       string // what the person calls this device
	ACR          string // how they proved it (acr)
	Grant        string // the action that a confirmation was for
	Story        string // JSON array: how the person was signed in
}

// The order of these two lists is the format. To add a field, append it: an
// older record then has less, which reads as empty, and an older replica skips
// what it does not know. Anything else needs a new codecVersion.
func (r *record) times() []*time.Time {
	return []*time.Time{&r.Began, &r.Seen, &r.Until, &r.TokenExpires, &r.TokenIssued, &r.AuthTime, &r.Granted}
}

func (r *record) strings() []*string {
	return []*string{
		&r.Provider, &r.Subject, &r.SID, &r.Name, &r.Email, &r.Picture, &r.Claims,
		&r.IDToken, &r.AccessToken, &r.RefreshToken, &r.Scope, &r.PublicID, &r.Values,
		&r.Issuer, &r.Agent, &r.Address, &r.Device, &r.ACR, &r.Grant, &r.Story,
	}
}

const codecVersion = 1

// recordKey is the one value that a session of scs has.
const recordKey = "record"

// codec is scs' Codec for records. scs' own, gob, costs 38 µs a request.
type codec struct{}

// Encode gives version, deadline, the times and the strings, each list with
// its length in front.
func (codec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	r, ok := values[recordKey].(*record)
	if !ok {
		return nil, errors.New("a session without a record")
	}
	times, strings := r.times(), r.strings()
	b := make([]byte, 0, 256+len(r.Claims)+len(r.IDToken)+len(r.AccessToken)+len(r.RefreshToken))
	b = append(b, codecVersion)
	b = appendTime(b, deadline)
	b = binary.AppendUvarint(b, uint64(len(times)))
	for _, t := range times {
		b = appendTime(b, *t)
	}
	b = binary.AppendUvarint(b, uint64(len(strings)))
	for _, s := range strings {
		b = binary.AppendUvarint(b, uint64(len(*s)))
		b = append(b, *s...)
	}
	return b, nil
}

// Decode reads what Encode wrote. Anything else is a session without values,
// which means "signed out": a record from another version must not become a
// failure on every page.
func (codec) Decode(b []byte) (deadline time.Time, values map[string]any, err error) {
	in := reader{rest: string(b)}
	if in.byte() != codecVersion {
		return time.Time{}, map[string]any{}, nil
	}
	deadline = in.time()
	r := new(record)
	times, strings := r.times(), r.strings()
	for i := range in.count() {
		if t := in.time(); i < len(times) {
			*times[i] = t
		}
	}
	for i := range in.count() {
		if s := in.string(); i < len(strings) {
			*strings[i] = s
		}
	}
	if in.broken {
		return time.Time{}, map[string]any{}, nil
	}
	return deadline, map[string]any{recordKey: r}, nil
}

func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return binary.BigEndian.AppendUint64(b, 0)
	}
	return binary.BigEndian.AppendUint64(b, uint64(t.UnixMilli()))
}

// reader takes values off the front of a string. Its strings are parts of the
// whole: a record costs one allocation, however many fields it has.
type reader struct {
	rest   string
	broken bool
}

func (in *reader) take(n int) string {
	if in.broken || n < 0 || n > len(in.rest) {
		in.broken, in.rest = true, ""
		return ""
	}
	head := in.rest[:n]
	in.rest = in.rest[n:]
	return head
}

func (in *reader) byte() byte {
	if head := in.take(1); head != "" {
		return head[0]
	}
	return 0
}

func (in *reader) time() time.Time {
	head := in.take(8)
	if in.broken {
		return time.Time{}
	}
	if milli := binary.BigEndian.Uint64([]byte(head)); milli != 0 {
		return time.UnixMilli(int64(milli))
	}
	return time.Time{}
}

// count reads a length, which can never be more than what is left.
func (in *reader) count() int {
	var n uint64
	for shift := 0; shift < 64; shift += 7 {
		b := in.byte()
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			break
		}
	}
	if n > uint64(len(in.rest)) {
		in.take(-1)
		return 0
	}
	return int(n)
}

func (in *reader) string() string { return in.take(in.count()) }

// members reads a JSON object kept in a record; nil for none.
func members[V any](object string) map[string]V {
	var m map[string]V
	if object != "" {
		json.Unmarshal([]byte(object), &m) // written by us, and empty if it ever were not JSON
	}
	return m
}

func object(m any) string {
	b, err := json.Marshal(m)
	if err != nil || string(b) == "null" {
		return ""
	}
	return string(b)
}

// decodeRecord reads an encoded record; nil where there is none to read.
func decodeRecord(plain []byte) *record {
	_, values, _ := codec{}.Decode(plain)
	r, _ := values[recordKey].(*record)
	return r
}
