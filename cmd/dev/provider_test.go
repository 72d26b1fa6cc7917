package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/auth/authtest"
)

// startLocalProvider runs `dev provider` on a free port, and returns its issuer
// and a function that stops it.
func startLocalProvider(t *testing.T, args ...string) (issuer string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := runProvider(ctx, append([]string{"-listen", "127.0.0.1:0"}, args...), in)
		in.CloseWithError(io.EOF)
		ended <- err
	}()
	lines := bufio.NewScanner(out)
	for lines.Scan() && issuer == "" {
		_, issuer, _ = strings.Cut(lines.Text(), "issuer ")
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("dev provider: got %v, want no error", err)
		}
	}
	if issuer == "" {
		t.Fatalf("dev provider prints no issuer; it ended with %v", <-ended)
	}
	return issuer, stop
}

func TestLocalProviderSignsIn(t *testing.T) {
	t.Parallel()
	const callback = "http://localhost:3000/api/auth/callback/asgardeo"
	issuer, stop := startLocalProvider(t, "-client-id", "app", "-redirect-uri", callback, "-redirect-uri", "http://localhost/other")
	defer stop()
	assertSignInWorks(t, issuer, "app", callback)
}

// assertSignInWorks signs in to a client, and asserts that the browser is sent to the
// callback with a code.
func assertSignInWorks(t *testing.T, issuer, client, callback string) {
	t.Helper()
	target := strings.TrimSuffix(issuer, string(authtest.TokenEndpoint)) + string(authtest.AuthorizationEndpoint) + "?" + url.Values{
		"client_id": {client}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid"},
		"code_challenge": {"abc"}, "code_challenge_method": {"S256"},
	}.Encode()
	if got := authtest.NewBrowser(t).SignIn(target, authtest.Ada); !strings.HasPrefix(got, callback+"?code=") {
		t.Errorf("signing in: sent to %s, want %s with a code", got, callback)
	}
}

func TestLocalProviderKeepsItsKeyAfterRestart(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "key.pem")
	keys := func() string {
		issuer, stop := startLocalProvider(t, "-key-file", file)
		defer stop()
		resp, err := http.Get(strings.TrimSuffix(issuer, "token") + "jwks")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	if first, second := keys(), keys(); first != second {
		t.Errorf("keys after a restart: got %s, want %s", second, first)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("mode of the key file: got %v, want 0600", got)
	}
}

func TestLocalProviderRefusesBadFlags(t *testing.T) {
	t.Parallel()
	garbage := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(garbage, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	taken, stop := startLocalProvider(t)
	t.Cleanup(stop)
	u, err := url.Parse(taken)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		args []string
		want string
	}{
		"every interface":  {[]string{"-listen", ":9080"}, "use localhost"},
		"public address":   {[]string{"-listen", "0.0.0.0:9080"}, "use localhost"},
		"public name":      {[]string{"-listen", "example.com:9080"}, "use localhost"},
		"no port":          {[]string{"-listen", "localhost"}, "is not an address"},
		"port taken":       {[]string{"-listen", u.Host}, "choose another address"},
		"key file garbage": {[]string{"-listen", "127.0.0.1:0", "-key-file", garbage}, "delete it"},
		"stray word":       {[]string{"serve"}, "dev provider -h"},
		"unknown flag":     {[]string{"-port", "1"}, "not defined"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := runProvider(t.Context(), test.args, io.Discard)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("dev provider %v: got %v, want an error with %q", test.args, err, test.want)
			}
		})
	}
}
