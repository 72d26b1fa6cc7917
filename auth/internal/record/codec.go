package record

import (
	"encoding/binary"
	"encoding/json"
	"time"

	"latchkey/auth/internal/sealed"
)

// The order of these lists is the stored format. To add a field, append it: it
// then reads as empty from an older record, and an older replica skips it. Any
// other change needs a new codecVersion: records of another version read as
// signed out.
func (f *Summary) times() []*time.Time {
	return []*time.Time{&f.StartedAt, &f.LastSeen, &f.Deadline, &f.TokenExpiresAt, &f.TokenIssuedAt, &f.AuthTime, &f.ConfirmedAt, &f.AdmittedAt}
}

func (f *Summary) strings() []*string {
	return []*string{
		&f.Provider, &f.Subject, &f.SID, &f.Issuer, &f.Name, &f.Email, &f.Picture, &f.Scope,
		&f.PublicID, &f.Values, &f.Agent, &f.Address, &f.Device, &f.ACR, &f.ConfirmedAction, &f.FormToken,
	}
}

func (r *Details) strings() []*string {
	return []*string{&r.Claims, &r.IDToken, &r.AccessToken, &r.RefreshToken, &r.Timeline}
}

// codecVersion is the first byte of a summary.
const codecVersion = 3

// Encode returns the stored form of a record. The summary is the version, the times and
// the strings, and the details are strings. A list starts with its length. (gob
// takes 38 µs for a record, more than all the rest of a request.)
func (r *Record) Encode() sealed.Parts {
	return sealed.Parts{Summary: r.Summary.encode(), Details: r.Details.encode()}
}

func (f *Summary) encode() []byte {
	times := f.times()
	b := binary.AppendUvarint([]byte{codecVersion}, uint64(len(times)))
	for _, t := range times {
		b = appendTime(b, *t)
	}
	return appendStrings(b, f.strings())
}

func (r *Details) encode() []byte { return appendStrings(nil, r.strings()) }

// Decode returns nil if one of the parts cannot be decoded.
func Decode(parts sealed.Parts) *Record {
	f := DecodeSummary(parts.Summary)
	r, ok := DecodeDetails(parts.Details)
	if f == nil || !ok {
		return nil
	}
	return &Record{*f, r}
}

// DecodeSummary returns nil for a summary that cannot be decoded.
func DecodeSummary(plain []byte) *Summary {
	in := reader{rest: string(plain)}
	if head := in.take(1); head == "" || head[0] != codecVersion {
		return nil
	}
	f := new(Summary)
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

// DecodeDetails reports false for details that cannot be decoded.
func DecodeDetails(plain []byte) (r Details, ok bool) {
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
	n, size := binary.Uvarint([]byte(in.rest[:min(len(in.rest), binary.MaxVarintLen64)]))
	if size <= 0 || n > uint64(len(in.rest)-size) {
		in.take(-1)
		return 0
	}
	in.take(size)
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

// FromJSON decodes what ToJSON encoded.
func FromJSON[V any](object string) map[string]V {
	var m map[string]V
	if object != "" {
		json.Unmarshal([]byte(object), &m)
	}
	return m
}

// ToJSON encodes a value for a record. It returns "" for one that JSON cannot encode.
func ToJSON(m any) string {
	b, err := json.Marshal(m)
	if err != nil || string(b) == "null" {
		return ""
	}
	return string(b)
}
