package record

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"latchkey/auth/internal/oidc"
)

// Limits of the values from a provider in a record, in bytes: each request opens the
// summary, and a person can have many sessions.
const (
	maxName    = 256
	maxEmail   = 320 // RFC 5321 section 4.5.3.1 allows no more
	maxPicture = 2 << 10
	maxScope   = 4 << 10
	maxClaims  = 32 << 10
	maxAgent   = 300
)

const maxDevice = 60 // characters of a device's name

// Fit cuts or drops values that are too long. A token cannot be cut: one that
// is too long is an error.
func (r *Record) Fit() error {
	for _, token := range []string{r.IDToken, r.AccessToken, r.RefreshToken} {
		if len(token) > oidc.MaxToken {
			return fmt.Errorf("a token has %d bytes, and at most %d are kept", len(token), oidc.MaxToken)
		}
	}
	r.Name, r.Scope = oidc.Cut(r.Name, maxName), oidc.Cut(r.Scope, maxScope)
	if len(r.Email) > maxEmail {
		r.Email = "" // the beginning of an address is another address
	}
	if len(r.Picture) > maxPicture {
		r.Picture = ""
	}
	if len(r.Claims) > maxClaims {
		r.Claims = ToJSON(fewer(FromJSON[json.RawMessage](r.Claims)))
	}
	return nil
}

// fewer drops the longest claims until the others fit. It drops groups and
// roles last, because they decide what a person may do.
func fewer(all map[string]json.RawMessage) map[string]json.RawMessage {
	size := func(name string) int {
		if name == "groups" || name == "roles" {
			return 0
		}
		return len(name) + len(all[name])
	}
	longestFirst := slices.SortedFunc(maps.Keys(all), func(x, y string) int { return size(y) - size(x) })
	for _, name := range longestFirst {
		if len(ToJSON(all)) <= maxClaims {
			break
		}
		delete(all, name)
	}
	return all
}

// SetClient sets the browser and the network of the client that signs in.
func (f *Summary) SetClient(agent, network string) {
	f.Agent, f.Address = strings.ToValidUTF8(agent[:min(len(agent), maxAgent)], ""), network
}

// MaskIP returns the network of an address, which shows a place rather than a person: an
// IPv4 /24 or an IPv6 /48.
func MaskIP(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	bits := 48
	if ip = ip.Unmap(); ip.Is4() {
		bits = 24
	}
	network, _ := ip.WithZone("").Prefix(bits) // fails only for too many bits
	return network.String()
}

// DeviceName returns the name that a person typed for a device as one short line.
func DeviceName(name string) string {
	name = strings.Join(strings.Fields(oidc.Readable(strings.ToValidUTF8(name, ""))), " ")
	if utf8.RuneCountInString(name) > maxDevice {
		name = strings.TrimSpace(string([]rune(name)[:maxDevice]))
	}
	return name
}
