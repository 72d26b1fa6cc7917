package auth

import (
	"encoding/binary"
	"encoding/json"
	"time"

	"latchkey/auth/internal/sealed"
)

// record is what the store keeps of a session, in two parts that are sealed
// separately. Only this type holds tokens: no exported type does.
type record struct {
	summary
	details
}

// summary is the part of a record that every request opens.
type summary struct {
	// times
	StartedAt      time.Time // when the person signed in, by our clock
	LastSeen       time.Time // last activity, to the minute
	Deadline       time.Time // absolute end
	TokenExpiresAt time.Time // of the access token; zero if the provider did not say
	TokenIssuedAt  time.Time // when we received the access token
	AuthTime       time.Time // when the person authenticated at the provider; zero if it did not say
	ConfirmedAt    time.Time // of ConfirmedAction

	// strings
	Provider        string // id
	Subject         string // sub
	SID             string // sid: the provider's ID of its own session; may be empty
	Issuer          string // iss
	Name            string
	Email           string
	Picture         string
	Scope           string // granted; space-separated
	PublicID        string // identifies the session where the token must not be shown
	Values          string // JSON object: the values of the Admit hook
	Agent           string // User-Agent of the browser that signed in, cut short
	Address         string // network of the client that signed in
	Device          string // the person's name for this device
	ACR             string // acr: how the person authenticated
	ConfirmedAction string // the action that the person confirmed last
	FormToken       string // see Auth.FormToken
}

// details is the long part of a record, which few requests open.
type details struct {
	Claims       string // JSON object: the claims of the ID token and of userinfo
	IDToken      string
	AccessToken  string
	RefreshToken string
	Timeline     string // JSON array: the steps of the sign-in
}

// The order of these lists is the stored format. To add a field, append it: it
// then reads as empty from an older record, and an older replica skips it. Any
// other change needs a new codecVersion: records of another version read as
// signed out.
func (f *summary) times() []*time.Time {
	return []*time.Time{&f.StartedAt, &f.LastSeen, &f.Deadline, &f.TokenExpiresAt, &f.TokenIssuedAt, &f.AuthTime, &f.ConfirmedAt}
}

func (f *summary) strings() []*string {
	return []*string{
		&f.Provider, &f.Subject, &f.SID, &f.Issuer, &f.Name, &f.Email, &f.Picture, &f.Scope,
		&f.PublicID, &f.Values, &f.Agent, &f.Address, &f.Device, &f.ACR, &f.ConfirmedAction, &f.FormToken,
	}
}

func (r *details) strings() []*string {
	return []*string{&r.Claims, &r.IDToken, &r.AccessToken, &r.RefreshToken, &r.Timeline}
}

// codecVersion is the first byte of a summary.
const codecVersion = 3

// encode returns the encoded record: the summary is the version, the times and
// the strings, and the details are strings. A list starts with its length. (gob
// takes 38 µs for a record, more than all the rest of a request.)
func (r *record) encode() sealed.Parts {
	return sealed.Parts{Summary: r.summary.encode(), Details: r.details.encode()}
}

func (f *summary) encode() []byte {
	times := f.times()
	b := binary.AppendUvarint([]byte{codecVersion}, uint64(len(times)))
	for _, t := range times {
		b = appendTime(b, *t)
	}
	return appendStrings(b, f.strings())
}

func (r *details) encode() []byte { return appendStrings(nil, r.strings()) }

// decodeRecord returns nil if one of the parts cannot be decoded.
func decodeRecord(parts sealed.Parts) *record {
	f := decodeSummary(parts.Summary)
	r, ok := decodeDetails(parts.Details)
	if f == nil || !ok {
		return nil
	}
	return &record{*f, r}
}

// decodeSummary returns nil for a summary that cannot be decoded.
func decodeSummary(plain []byte) *summary {
	in := reader{rest: string(plain)}
	if in.byte() != codecVersion {
		return nil
	}
	f := new(summary)
	times := f.times()
	for i := range in.count() {
		if t := in.time(); i < len(times) {
			*times[i] = t
		}
	}
	if in.strings(f.strings()); in.broken {
		return nil
	}
	return f
}

func decodeDetails(plain []byte) (r details, ok bool) {
	in := reader{rest: string(plain)}
	in.strings(r.strings())
	return r, !in.broken
}

func appendStrings(b []byte, strings []*string) []byte {
	b = binary.AppendUvarint(b, uint64(len(strings)))
	for _, s := range strings {
		b = binary.AppendUvarint(b, uint64(len(*s)))
		b = append(b, *s...)
	}
	return b
}

func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return binary.BigEndian.AppendUint64(b, 0)
	}
	return binary.BigEndian.AppendUint64(b, uint64(t.UnixMilli()))
}

// reader reads values from the start of a string. The strings that it returns are
// slices of it, so that a part costs one allocation for all of its fields.
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

// count reads a length. More than the remaining bytes is an error.
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

func (in *reader) strings(list []*string) {
	for i := range in.count() {
		if s := in.string(); i < len(list) {
			*list[i] = s
		}
	}
}

// fromJSON decodes a JSON object of a record.
func fromJSON[V any](object string) map[string]V {
	var m map[string]V
	if object != "" {
		json.Unmarshal([]byte(object), &m) // toJSON wrote it
	}
	return m
}

func toJSON(m any) string {
	b, err := json.Marshal(m)
	if err != nil || string(b) == "null" {
		return ""
	}
	return string(b)
}
