package auth

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"
)

const codecVersion = 2

// recordKey is the one value that a session of scs has.
const recordKey = "record"

// codec is scs' Codec, for the front of a record. scs' own, gob, costs 38 µs a
// request.
type codec struct{}

// Encode gives version, deadline, the times and the strings, each list with
// its length in front.
func (codec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	f, ok := values[recordKey].(*summary)
	if !ok {
		return nil, errors.New("a session without a record")
	}
	return f.encode(deadline), nil
}

// Decode reads what Encode wrote. Anything else is a session without values,
// which means "signed out": a record from another version must not become a
// failure on every page.
func (codec) Decode(b []byte) (deadline time.Time, values map[string]any, err error) {
	f, deadline := decodeSummary(b)
	if f == nil {
		return time.Time{}, map[string]any{}, nil
	}
	return deadline, map[string]any{recordKey: f}, nil
}

func (f *summary) encode(deadline time.Time) []byte {
	times := f.times()
	b := appendTime([]byte{codecVersion}, deadline)
	b = binary.AppendUvarint(b, uint64(len(times)))
	for _, t := range times {
		b = appendTime(b, *t)
	}
	return appendStrings(b, f.strings())
}

// decodeSummary reads an encoded front; nil where there is none to read.
func decodeSummary(plain []byte) (f *summary, deadline time.Time) {
	in := reader{rest: string(plain)}
	if in.byte() != codecVersion {
		return nil, time.Time{}
	}
	deadline = in.time()
	f = new(summary)
	times := f.times()
	for i := range in.count() {
		if t := in.time(); i < len(times) {
			*times[i] = t
		}
	}
	if in.strings(f.strings()); in.broken {
		return nil, time.Time{}
	}
	return f, deadline
}

// encode gives both halves of a record that ends at a deadline.
func (r *record) encode(deadline time.Time) recordParts {
	return recordParts{r.summary.encode(deadline), r.details.encode()}
}

func (r *details) encode() []byte { return appendStrings(nil, r.strings()) }

// decodeRecord reads both halves of a record; nil where one is not to be read.
func decodeRecord(c recordParts) *record {
	f, _ := decodeSummary(c.summary)
	if f == nil {
		return nil
	}
	r, ok := decodeDetails(c.details)
	if !ok {
		return nil
	}
	return &record{*f, r}
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

func (in *reader) strings(list []*string) {
	for i := range in.count() {
		if s := in.string(); i < len(list) {
			*list[i] = s
		}
	}
}

// fromJSON reads a JSON object kept in a record; nil for none.
func fromJSON[V any](object string) map[string]V {
	var m map[string]V
	if object != "" {
		json.Unmarshal([]byte(object), &m) // written by us, and empty if it ever were not JSON
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
