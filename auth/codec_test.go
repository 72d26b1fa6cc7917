package auth

import (
	"encoding/binary"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fullRecord has a value of its own in each field.
func fullRecord() *record {
	r := new(record)
	for i, t := range r.times() {
		*t = time.UnixMilli(1_700_000_000_000 + int64(i))
	}
	for i, s := range append(r.summary.strings(), r.details.strings()...) {
		*s = string(rune('a'+i)) + " \x00 ä \xff"
	}
	return r
}

func encoded(tb testing.TB, deadline time.Time, f *summary) []byte {
	tb.Helper()
	b, err := codec{}.Encode(deadline, map[string]any{recordKey: f})
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// lists writes the format by hand, as another version of the app might.
func lists(version byte, deadline time.Time, times []*time.Time, strings []string) []byte {
	b := appendTime([]byte{version}, deadline)
	b = binary.AppendUvarint(b, uint64(len(times)))
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

func stringsOf(f *summary) []string {
	var all []string
	for _, s := range f.strings() {
		all = append(all, *s)
	}
	return all
}

func TestCodecRoundTrip(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]*record{"full": fullRecord(), "empty": {}} {
		deadline := time.UnixMilli(1_800_000_000_000)
		got, values, err := codec{}.Decode(encoded(t, deadline, &want.summary))
		if err != nil || !got.Equal(deadline) {
			t.Errorf("%s: got deadline %v and error %v, want %v", name, got, err, deadline)
		}
		if diff := cmp.Diff(map[string]any{recordKey: &want.summary}, values); diff != "" {
			t.Errorf("%s, the front: want -, got +\n%s", name, diff)
		}
		if diff := cmp.Diff(want, decodeRecord(want.encode(deadline)), cmp.AllowUnexported(record{})); diff != "" {
			t.Errorf("%s: want -, got +\n%s", name, diff)
		}
	}
}

// A field that is not in the codec's lists would silently not be kept.
func TestCodecCoversEveryField(t *testing.T) {
	t.Parallel()
	r := new(record)
	got := len(r.times()) + len(r.summary.strings()) + len(r.details.strings())
	want := reflect.TypeFor[summary]().NumField() + reflect.TypeFor[details]().NumField()
	if got != want {
		t.Errorf("got %d fields in the codec's lists, want all %d of a record", got, want)
	}
}

func TestCodecAcrossVersions(t *testing.T) {
	t.Parallel()
	deadline, full := time.UnixMilli(1_800_000_000_000), &fullRecord().summary
	extra := time.UnixMilli(1)
	older := new(summary) // with the first three times and eleven strings only
	for i, t := range older.times()[:3] {
		*t = *full.times()[i]
	}
	for i, s := range older.strings()[:11] {
		*s = *full.strings()[i]
	}
	cases := []struct {
		name string
		data []byte
		want *summary // nil: signed out
	}{
		{"the same", lists(codecVersion, deadline, full.times(), stringsOf(full)), full},
		{"an older replica's, with shorter lists", lists(codecVersion, deadline, full.times()[:3], stringsOf(full)[:11]), older},
		{"a newer replica's, with longer lists", lists(codecVersion, deadline, append(full.times(), &extra), append(stringsOf(full), "new", "newer")), full},
		{"no lists", lists(codecVersion, deadline, nil, nil), new(summary)},
		{"the version before", lists(codecVersion-1, deadline, full.times(), stringsOf(full)), nil},
		{"the version after", lists(codecVersion+1, deadline, full.times(), stringsOf(full)), nil},
		{"scs' own gob", []byte("\x2d\xff\x81\x02\x01\x01\x09auxiliary"), nil},
		{"nothing", nil, nil},
	}
	for _, c := range cases {
		_, values, err := codec{}.Decode(c.data)
		got, _ := values[recordKey].(*summary)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: got error %v; want -, got +\n%s", c.name, err, diff)
		}
	}
}

func TestCodecTruncatedMeansSignedOut(t *testing.T) {
	t.Parallel()
	whole := fullRecord().encode(time.Now())
	for n := range whole.summary {
		_, values, err := codec{}.Decode(whole.summary[:n])
		if len(values) != 0 || err != nil {
			t.Errorf("the front cut to %d bytes of %d: got %v and error %v, want no values and no error", n, len(whole.summary), values, err)
		}
	}
	for n := range whole.details {
		if got := decodeRecord(recordParts{whole.summary, whole.details[:n]}); got != nil {
			t.Errorf("the rest cut to %d bytes of %d: got %+v, want no record", n, len(whole.details), got)
		}
	}
}

// Lengths that lie: none may cost memory, or a panic.
func TestCodecWrongLengths(t *testing.T) {
	t.Parallel()
	head := appendTime([]byte{codecVersion}, time.Now())
	for name, tail := range map[string][]byte{
		"as many times as fit in 64 bits":  {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01},
		"a length that never ends":         {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"a string longer than the rest":    {0, 1, 9, 'a'},
		"a string of 2^63 bytes":           {0, 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01},
		"more strings than there is left":  {0, 200, 1},
		"a time that is cut":               {1, 0, 0, 0},
		"more times than there is left of": {3, 0, 0, 0, 0, 0, 0, 0, 1},
	} {
		_, values, err := codec{}.Decode(append(head, tail...))
		if len(values) != 0 || err != nil {
			t.Errorf("%s: got %v and error %v, want no values and no error", name, values, err)
		}
		if got, ok := decodeDetails(tail[1:]); ok && tail[0] == 0 {
			t.Errorf("%s: the rest is read as %+v, want it refused", name, got)
		}
	}
}

func TestCodecEncodesRecordsOnly(t *testing.T) {
	t.Parallel()
	if _, err := (codec{}).Encode(time.Now(), map[string]any{"other": 1}); err == nil {
		t.Error("a session without a record was encoded")
	}
}
