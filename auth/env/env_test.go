package env

import (
	"encoding/binary"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

func TestUnquote(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"value": "value", " value\t\r\n": "value", `"value"`: "value", `'value'`: "value", ` "value" `: "value", `" value "`: " value ",
		"": "", " ": "", `""`: "", `"`: `"`, `"value`: `"value`, `value"`: `value"`, `"value'`: `"value'`, `""value""`: `"value"`,
		`a="b"`: `a="b"`,
	} {
		if got := Parse([]string{"NAME=" + raw}).Get("NAME"); got != want {
			t.Errorf("%q: got %q, want %q", raw, got, want)
		}
	}
}

func TestTextInEveryEncoding(t *testing.T) {
	t.Parallel()
	wide := func(text string, order binary.AppendByteOrder) []byte {
		var b []byte
		for _, unit := range utf16.Encode([]rune(text)) {
			b = order.AppendUint16(b, unit)
		}
		return b
	}
	for name, c := range map[string]struct{ content, want string }{
		"UTF-8":                        {"a secret é\r\n", "a secret é\r\n"},
		"UTF-8 with a byte order mark": {"\xef\xbb\xbfa secret é\r\n", "a secret é\r\n"},
		"UTF-16, little-endian":        {"\xff\xfe" + string(wide("a secret é\r\n", binary.LittleEndian)), "a secret é\r\n"},
		"UTF-16, big-endian":           {"\xfe\xff" + string(wide("a secret é\r\n", binary.BigEndian)), "a secret é\r\n"},
		"UTF-16, cut":                  {"\xff\xfea\x00b", "a"},
		"random bytes with a zero":     {"\x01\x00\x02\x03", "\x01\x00\x02\x03"},
		"zeros":                        {"\x00\x00\x00\x00", "\x00\x00\x00\x00"},
		"nothing":                      {"", ""},
	} {
		if got := string(Text([]byte(c.content))); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestMisspelled(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"SESSION_IDEL": "SESSION_IDLE", "SESION_IDLE": "SESSION_IDLE", "SESSION_IDLES": "SESSION_IDLE", "AUTH_URI": "AUTH_URL",
		"AUTH_RATELIMIT": "AUTH_RATE_LIMIT", "AUTH_SECRET_4": "AUTH_SECRET_1",
		"SESSION_IDLE": "", "SESSION_MANAGER": "", "PATH": "", "HOME": "", "PORTS": "", "POST": "", "XDG_SESSION_ID": "", "AUTH_SERVICE_HOST": "", "LC_ALL": "",
	} {
		e := Parse([]string{name + "=value", "AUTH_URX="})
		for _, read := range []string{"PORT", "HOST", "AUTH_URL", "AUTH_SECRET_1", "AUTH_RATE_LIMIT", "SESSION_IDLE", "SESSION_MAX_AGE"} {
			e.Get(read)
		}
		var wants []Misspelling
		if want != "" {
			wants = []Misspelling{{name, want}}
		}
		if diff := cmp.Diff(wants, e.Misspelled()); diff != "" {
			t.Errorf("%s: want -, got +\n%s", name, diff)
		}
	}
}
