package main

import "testing"

// AUTH_URL reaches the address that the program listens on.
func TestListenAddressFollowsAuthURL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ host, url, want string }{
		{"", "http://localhost:3000", "localhost:3000"},
		{"", "http://LOCALHOST:3000", "localhost:3000"},
		{"", "http://one.localhost:3000", "localhost:3000"},
		{"", "http://127.0.0.1:3000", "127.0.0.1:3000"},
		{"", "http://127.0.0.2:3000", "127.0.0.2:3000"},
		{"", "http://[::1]:3000", "[::1]:3000"},
		{"", "https://app.example.com", ":3000"},
		{"::1", "http://localhost:3000", "[::1]:3000"},
		{"[::1]", "http://localhost:3000", "[::1]:3000"},
		{"[::]", "https://app.example.com", "[::]:3000"},
		{"0.0.0.0", "http://localhost:3000", "0.0.0.0:3000"},
	} {
		if got, err := address(c.host, "3000", c.url); got != c.want || err != nil {
			t.Errorf("HOST=%s, AUTH_URL=%s: got %q, %v, want %q", c.host, c.url, got, err, c.want)
		}
	}
}
