package auth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

// inUTF16 encodes a file as Windows shells do.
func inUTF16(text string) string {
	b := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return string(b)
}

// A secret is read the same from files of any editor, shell or container.
func TestLoadConfigReadsSecretForms(t *testing.T) {
	t.Parallel()
	for name, environ := range map[string][]string{
		"quotes of docker --env-file":         {`AUTH_SECRET="` + testSecret + `"`, `AUTH_URL="https://app.example.com"`},
		"single quotes":                       {`AUTH_SECRET='` + testSecret + `'`, `AUTH_URL='https://app.example.com'`},
		"a carriage return":                   {"AUTH_SECRET=" + testSecret + "\r", "AUTH_URL=https://app.example.com\r"},
		"a file with a byte order mark":       {"AUTH_SECRET=", "AUTH_SECRET_FILE=" + fileWith(t, "\xef\xbb\xbf"+testSecret+"\r\n")},
		"a file in UTF-16":                    {"AUTH_SECRET=", "AUTH_SECRET_FILE=" + fileWith(t, inUTF16(testSecret+"\r\n"))},
		"a file with quotes":                  {"AUTH_SECRET=", "AUTH_SECRET_FILE=" + fileWith(t, `"`+testSecret+"\"\n")},
		"a file whose name stands in quotes":  {"AUTH_SECRET=", `AUTH_SECRET_FILE="` + fileWith(t, testSecret) + `"`},
		"a file with blank lines and a blank": {"AUTH_SECRET=", "AUTH_SECRET_FILE=" + fileWith(t, "\n"+testSecret+" \r\n\r\n")},
	} {
		c, err := LoadConfig(goodEnviron(environ...))
		if err != nil || c.Secret != testSecret || strings.ContainsAny(c.URL, "\"'\r") {
			t.Errorf("%s: got secret %q, URL %q and error %v, want the secret as it was meant", name, c.Secret, c.URL, err)
		}
	}
}

// A key file may contain a private key in any common form. The error for another
// content says what it is.
func TestLoadConfigReadsKeyFiles(t *testing.T) {
	t.Parallel()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, _ := x509.MarshalPKCS8PrivateKey(private)
	sec1, _ := x509.MarshalECPrivateKey(private)
	public, _ := x509.MarshalPKIXPublicKey(private.Public())
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	key, parameters := block("PRIVATE KEY", pkcs8), block("EC PARAMETERS", []byte{6, 8, 42, 134, 72, 206, 61, 3, 1, 7})
	for name, c := range map[string]struct{ content, refused string }{
		"PKCS #8":                           {key, ""},
		"CRLF":                              {strings.ReplaceAll(key, "\n", "\r\n"), ""},
		"a byte order mark":                 {"\xef\xbb\xbf" + key, ""},
		"UTF-16":                            {inUTF16(key), ""},
		"EC PARAMETERS before the key":      {parameters + block("EC PRIVATE KEY", sec1), ""},
		"a certificate before the key":      {block("CERTIFICATE", []byte("certificate")) + key, ""},
		"a certificate after the key":       {key + block("CERTIFICATE", []byte("certificate")), ""},
		"words before the key":              {"Bag Attributes\n    friendlyName: app\n" + key, ""},
		"a public key before the key":       {block("PUBLIC KEY", public) + key, ""},
		"a certificate alone":               {block("CERTIFICATE", []byte("certificate")), "certificate, and no private key"},
		"a public key alone":                {block("PUBLIC KEY", public), "public key, and no private key"},
		"parameters alone":                  {parameters, "ec parameters, and no private key"},
		"encrypted":                         {block("ENCRYPTED PRIVATE KEY", pkcs8), "is encrypted"},
		"encrypted, the old way":            {string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED"}, Bytes: sec1})), "is encrypted"},
		"OpenSSH's form":                    {block("OPENSSH PRIVATE KEY", pkcs8), "OpenSSH"},
		"no PEM":                            {"hunter2", "neither PEM nor a JWK"},
		"a JWK with a byte order mark, cut": {"\xef\xbb\xbf{", "as a JWK"},
		"nothing":                           {"\r\n", "is empty"},
	} {
		c2, err := LoadConfig(goodEnviron("AUTH_ASGARDEO_SECRET=", "AUTH_ASGARDEO_KEY_FILE="+fileWith(t, c.content)))
		switch {
		case c.refused == "" && (err != nil || len(c2.Providers) != 1):
			t.Errorf("%s: got error %v, want none", name, err)
		case c.refused != "" && (err == nil || !strings.Contains(err.Error(), c.refused) || strings.Count(err.Error(), "\n") > 0 || strings.Contains(err.Error(), "hunter2")):
			t.Errorf("%s: got error %v, want one line that says %q", name, err, c.refused)
		}
	}
}

// One mistake causes one error.
func TestLoadConfigReportsEachMistakeOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		environ  []string
		variable string
	}{
		"a secret and its file":                     {goodEnviron("AUTH_SECRET_FILE=" + fileWith(t, testSecret)), "AUTH_SECRET_FILE"},
		"a secret and a file that is not there":     {goodEnviron("AUTH_SECRET_FILE=/nonexistent/file"), "AUTH_SECRET_FILE"},
		"a client secret and a file not there":      {goodEnviron("AUTH_ASGARDEO_SECRET_FILE=/nonexistent/file"), "AUTH_ASGARDEO_SECRET_FILE"},
		"a secret file that is not there":           {goodEnviron("AUTH_SECRET=", "AUTH_SECRET_FILE=/nonexistent/file"), "AUTH_SECRET_FILE"},
		"an older secret's file that is not there":  {goodEnviron("AUTH_SECRET_1_FILE=/nonexistent/file"), "AUTH_SECRET_1_FILE"},
		"a client secret's file that is not there":  {goodEnviron("AUTH_ASGARDEO_SECRET=", "AUTH_ASGARDEO_SECRET_FILE=/nonexistent/file"), "AUTH_ASGARDEO_SECRET_FILE"},
		"the same, with a method that needs it":     {goodEnviron("AUTH_ASGARDEO_SECRET=", "AUTH_ASGARDEO_SECRET_FILE=/nonexistent/file", "AUTH_ASGARDEO_AUTH_METHOD=client_secret_post"), "AUTH_ASGARDEO_SECRET_FILE"},
		"a key file that is not there":              {goodEnviron("AUTH_ASGARDEO_SECRET=", "AUTH_ASGARDEO_KEY_FILE=/nonexistent/file"), "AUTH_ASGARDEO_KEY_FILE"},
		"the same, with private_key_jwt":            {goodEnviron("AUTH_ASGARDEO_KEY_FILE=/nonexistent/file", "AUTH_ASGARDEO_AUTH_METHOD=private_key_jwt"), "AUTH_ASGARDEO_KEY_FILE"},
		"an empty secret file":                      {goodEnviron("AUTH_SECRET=", "AUTH_SECRET_FILE="+fileWith(t, "\n")), "AUTH_SECRET_FILE"},
		"a secret file with several lines":          {goodEnviron("AUTH_SECRET=", "AUTH_SECRET_FILE="+fileWith(t, "# mine\n"+testSecret)), "AUTH_SECRET_FILE"},
		"a port that is none":                       {goodEnviron("PORT=seventy"), "PORT"},
		"a client secret and the key's file broken": {goodEnviron("AUTH_ASGARDEO_KEY_FILE=" + fileWith(t, "no key")), "AUTH_ASGARDEO_KEY_FILE"},
	} {
		_, err := LoadConfig(c.environ)
		if err == nil || strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), c.variable+": ") {
			t.Errorf("%s: got error\n%v\nwant one line, about %s", name, err, c.variable)
		}
	}
}

// The error about a missing variable names the misspelled one.
func TestLoadConfigNamesMisspelledVariable(t *testing.T) {
	t.Parallel()
	for misspelled, missing := range map[string]string{
		"AUTH_SERCET": "AUTH_SECRET", "AUTH_ASGARDEO_ISUER": "AUTH_ASGARDEO_ISSUER", "AUTH_ASGARDEO_SECRETS": "AUTH_ASGARDEO_SECRET",
	} {
		_, err := LoadConfig(goodEnviron(missing+"=", misspelled+"=a value that nobody prints"))
		if err == nil || strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), missing+": is missing") ||
			!strings.Contains(err.Error(), misspelled) || strings.Contains(err.Error(), "nobody prints") {
			t.Errorf("%s: got error %v, want one line about %s that names it", misspelled, err, missing)
		}
	}
}

// A probable mistake that does not prevent the start is logged.
func TestLoadConfigWarnings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		environ []string
		want    []string // how the warnings begin
	}{
		"nothing to say":                {goodEnviron("AUTH_ASGARDEO_SCOPES=openid email", "AUTH_RATE_LIMIT=5", "SESSION_STORE=memory:", "HOSTNAME=app", "AUTH_PORT_80_TCP=tcp://10.0.0.1"), nil},
		"a misspelled variable":         {goodEnviron("SESSION_IDEL=1h"), []string{"SESSION_IDEL: is not a variable of this program, and is ignored. Did you mean SESSION_IDLE?"}},
		"a provider's, misspelled":      {goodEnviron("AUTH_ASGARDEO_SCOPE=openid"), []string{"AUTH_ASGARDEO_SCOPE: is not a variable"}},
		"misspelled, but without value": {goodEnviron("SESSION_IDEL="), nil},
	} {
		config, err := LoadConfig(c.environ)
		if err != nil {
			t.Fatalf("%s: got error %v", name, err)
		}
		var log strings.Builder
		config.Log = slog.New(slog.NewTextHandler(&log, nil))
		a, err := New(config, openStore(t, "memory:"))
		if err != nil {
			t.Fatal(err)
		}
		a.Close()
		if len(config.Warnings) != len(c.want) || strings.Count(log.String(), "level=WARN") != len(c.want) {
			t.Fatalf("%s: got warnings %q and the log\n%s\nwant %d", name, config.Warnings, &log, len(c.want))
		}
		for i, want := range c.want {
			if diff := cmp.Diff(want, config.Warnings[i][:min(len(want), len(config.Warnings[i]))]); diff != "" {
				t.Errorf("%s: want -, got +\n%s", name, diff)
			}
		}
	}
}
