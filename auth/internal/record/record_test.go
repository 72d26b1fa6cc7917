package record

import (
	"encoding/binary"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"latchkey/auth/internal/sealed"
)

// fullRecord has a different value in every field.
func fullRecord() *Record {
	r := new(Record)
	for i, t := range r.times() {
		*t = time.UnixMilli(1_700_000_000_000 + int64(i))
	}
	for i, s := range append(r.Summary.strings(), r.Details.strings()...) {
		*s = string(rune('a'+i)) + " \x00 ä \xff"
	}
	return r
}

// lists encodes a summary as another version of the app might.
func lists(version byte, times []*time.Time, strings []string) []byte {
	b := binary.AppendUvarint([]byte{version}, uint64(len(times)))
	for _, t := range times {
		b = appendTime(b, *t)
	}
	b = binary.AppendUvarint(b, uint64(len(strings)))
	for _, s := range strings {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return b
}

func stringsOf(f *Summary) []string {
	var all []string
	for _, s := range f.strings() {
		all = append(all, *s)
	}
	return all
}

func TestRecordRoundTrip(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]*Record{"full": fullRecord(), "empty": {}} {
		if diff := cmp.Diff(want, Decode(want.Encode()), cmp.AllowUnexported(Record{})); diff != "" {
			t.Errorf("%s: want -, got +\n%s", name, diff)
		}
	}
}

// A field that is missing from the lists would be lost.
func TestRecordCoversEveryField(t *testing.T) {
	t.Parallel()
	r := new(Record)
	got := len(r.times()) + len(r.Summary.strings()) + len(r.Details.strings())
	want := reflect.TypeFor[Summary]().NumField() + reflect.TypeFor[Details]().NumField()
	if got != want {
		t.Errorf("got %d fields in the lists, want all %d of a record", got, want)
	}
}

func TestRecordOfAnotherVersionIsSignedOut(t *testing.T) {
	t.Parallel()
	full := &fullRecord().Summary
	extra := time.UnixMilli(1)
	older := new(Summary) // with the first three times and eleven strings only
	for i, t := range older.times()[:3] {
		*t = *full.times()[i]
	}
	for i, s := range older.strings()[:11] {
		*s = *full.strings()[i]
	}
	cases := []struct {
		name string
		data []byte
		want *Summary // nil: signed out
	}{
		{"the same", lists(codecVersion, full.times(), stringsOf(full)), full},
		{"an older replica's, with shorter lists", lists(codecVersion, full.times()[:3], stringsOf(full)[:11]), older},
		{"a newer replica's, with longer lists", lists(codecVersion, append(full.times(), &extra), append(stringsOf(full), "new", "newer")), full},
		{"no lists", lists(codecVersion, nil, nil), new(Summary)},
		{"the version before", lists(codecVersion-1, full.times(), stringsOf(full)), nil},
		{"the version after", lists(codecVersion+1, full.times(), stringsOf(full)), nil},
		{"scs' own gob", []byte("\x2d\xff\x81\x02\x01\x01\x09auxiliary"), nil},
		{"nothing", nil, nil},
	}
	for _, c := range cases {
		if diff := cmp.Diff(c.want, DecodeSummary(c.data)); diff != "" {
			t.Errorf("%s: want -, got +\n%s", c.name, diff)
		}
	}
}

func TestRecordTruncatedMeansSignedOut(t *testing.T) {
	t.Parallel()
	whole := fullRecord().Encode()
	for n := range whole.Summary {
		if got := DecodeSummary(whole.Summary[:n]); got != nil {
			t.Errorf("the summary cut to %d bytes of %d: got %+v, want none", n, len(whole.Summary), got)
		}
	}
	for n := range whole.Details {
		if got := Decode(sealed.Parts{Summary: whole.Summary, Details: whole.Details[:n]}); got != nil {
			t.Errorf("the details cut to %d bytes of %d: got %+v, want no record", n, len(whole.Details), got)
		}
	}
}

// A wrong length must not allocate that much memory, or panic.
func TestRecordWrongLengths(t *testing.T) {
	t.Parallel()
	for name, tail := range map[string][]byte{
		"as many times as fit in 64 bits":  {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01},
		"a length that never ends":         {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"a string longer than the rest":    {0, 1, 9, 'a'},
		"a string of 2^63 bytes":           {0, 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01},
		"more strings than there is left":  {0, 200, 1},
		"a time that is cut":               {1, 0, 0, 0},
		"more times than there is left of": {3, 0, 0, 0, 0, 0, 0, 0, 1},
	} {
		if got := DecodeSummary(append([]byte{codecVersion}, tail...)); got != nil {
			t.Errorf("%s: got summary %+v, want none", name, got)
		}
		if got, ok := DecodeDetails(tail[1:]); ok && tail[0] == 0 {
			t.Errorf("%s: got details %+v, want none", name, got)
		}
	}
}

// FuzzDecodeRecord decodes any input into a whole record, or into none.
func FuzzDecodeRecord(f *testing.F) {
	whole := (&Record{Summary{Subject: "sub"}, Details{Claims: "{}"}}).Encode()
	f.Add(whole.Summary, whole.Details)
	f.Add(whole.Summary[:len(whole.Summary)/2], whole.Details[:len(whole.Details)/2])
	f.Add([]byte{codecVersion, 0xff, 0xff, 0xff}, []byte{0xff, 0xff, 0xff})
	f.Add([]byte{codecVersion, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, []byte{1, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, summary, details []byte) {
		r := Decode(sealed.Parts{Summary: summary, Details: details})
		if r == nil {
			return
		}
		if f := DecodeSummary(summary); *f != r.Summary {
			t.Fatalf("the summary alone is %+v, and in the record %+v", f, r.Summary)
		}
		if again := Decode(r.Encode()); *again != *r {
			t.Fatalf("the record %+v is %+v after encoding and decoding", r, again)
		}
	})
}

// A User-Agent is cut between characters.
func TestClientIsCutBetweenCharacters(t *testing.T) {
	t.Parallel()
	for _, agent := range []string{strings.Repeat("ä", maxAgent), "a" + strings.Repeat("ä", maxAgent), strings.Repeat("€", maxAgent)} {
		var f Summary
		f.SetClient(agent, "192.0.2.0/24")
		if !utf8.ValidString(f.Agent) {
			t.Errorf("got %q, want valid UTF-8", f.Agent)
		}
	}
}

// The name of a device is one short line, without characters that change how the text around
// it reads: an admin's page has it beside other people's names.
func TestDeviceNameIsOneReadableLine(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"  my\n laptop\t": "my laptop", "a\xffb": "ab", "\u202eecarg\u202c": "ecarg", "\u2066a\u2069\u0085b": "a b", "": "",
		strings.Repeat("ä ", maxDevice): strings.TrimSpace(strings.Repeat("ä ", maxDevice/2)),
	} {
		if got := DeviceName(typed); got != want {
			t.Errorf("DeviceName(%q): got %q, want %q", typed, got, want)
		}
	}
}
