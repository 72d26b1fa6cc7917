package oidc

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/auth/authtest"
)

// An issuer may end in a slash, which is no part of its discovery document's URL
// (Discovery 1.0 section 4.1) and yet a part of its name (section 4.3).
func TestIssuerWithTrailingSlash(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		typed, named string // after the provider's URL
		ok           bool
	}{
		"typed with, named with":          {"/", "/", true},
		"typed with, named without":       {"/", "", true},
		"typed without, named without":    {"", "", true},
		"typed without, named with":       {"", "/", false},
		"typed with two, named with one":  {"//", "/", false},
		"a path, typed and named with":    {"/application/o/app/", "/application/o/app/", true},
		"a path, typed without":           {"/application/o/app", "/application/o/app/", false},
		"a path, typed with more of it":   {"/application/o/app/", "/application/o/", false},
		"a path, named in capitals":       {"/application/o/app/", "/Application/o/app/", false},
		"the discovery URL, named with":   {wellKnown, "/", false},
		"the discovery URL after a slash": {"/" + wellKnown, "/", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base, asked := newDiscovery(t, c.named)
			p := newTestProvider(base + c.typed)
			m, err := p.fetchMetadata(t.Context())
			if (err == nil) != c.ok || (err == nil && m.Text("issuer") != base+c.named) {
				t.Fatalf("got %+v, %v; want it accepted %t", m, err, c.ok)
			}
			if err != nil && strings.HasPrefix(c.named, "/") && !strings.Contains(err.Error(), "AUTH_IDP_ISSUER to exactly this value") {
				t.Errorf("got error %v, want one that says what to set", err)
			}
			for _, path := range asked() {
				if strings.HasSuffix(path, "/"+wellKnown) {
					t.Errorf("asked for %s, want the slash removed", path)
				}
			}
		})
	}
}

// newDiscovery serves a discovery document whose issuer is the server's URL and a
// path, at any URL below which there is one.
func newDiscovery(t *testing.T, path string) (base string, asked func() []string) {
	t.Helper()
	var mu sync.Mutex
	var paths []string
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		paths = append(paths, r.URL.Path)
		if r.URL.Path != strings.ToLower(strings.TrimRight(path, "/"))+wellKnown && r.URL.Path != "/application/o/app"+wellKnown {
			http.NotFound(w, r)
			return
		}
		json.NewEncoder(w).Encode(map[string]string{
			"issuer": server.URL + path, "authorization_endpoint": server.URL + "/a", "token_endpoint": server.URL + "/t", "jwks_uri": server.URL + "/k",
		})
	}))
	t.Cleanup(server.Close)
	return server.URL, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(paths)
	}
}

// The error for a wrong issuer names a value that works, or says what to do where
// none would.
func TestWrongIssuerLogsAdvice(t *testing.T) {
	t.Parallel()
	p := newTestProvider("https://login.example/common/v2.0")
	const exactly = "exactly this value"
	for named, want := range map[string]string{
		"https://login.example/tenant/v2.0":         exactly,
		"https://login.example/":                    exactly,
		"https://login.example/{tenantid}/v2.0":     "in place of {tenantid}",
		"https://login.example/{tid}/{policy}/v2.0": "in place of {tid}",
		"https://login.example/<your-tenant>/":      "in place of <your-tenant>",
		"":                                          "has to name its issuer",
		"login.example":                             "has to be corrected",
		"https://login.example?tenant=7":            "has to be corrected",
		"http://login.example":                      "has to be corrected",
		"https://login.example/\x00":                "has to be corrected",
		"https://" + strings.Repeat("a", 300):       "has to be corrected",
	} {
		got := p.issuerAdvice(named)
		if !strings.Contains(got, want) || (want != exactly && strings.Contains(got, exactly)) {
			t.Errorf("%.60q: got advice %q, want %q", named, got, want)
		}
	}
}

// An optional member of a wrong type costs that member. One that signing in
// needs costs the provider.
func TestMetadataOfWrongType(t *testing.T) {
	t.Parallel()
	good := Claims{
		"issuer": "https://idp.example", "authorization_endpoint": "https://idp.example/a", "token_endpoint": "https://idp.example/t", "jwks_uri": "https://idp.example/k",
		"userinfo_endpoint": "https://idp.example/u", "end_session_endpoint": "https://idp.example/e", "revocation_endpoint": "https://idp.example/r",
		"pushed_authorization_request_endpoint": "https://idp.example/p", "require_pushed_authorization_requests": true,
		"authorization_response_iss_parameter_supported": true, "token_endpoint_auth_methods_supported": []any{"client_secret_basic"},
		"id_token_signing_alg_values_supported": []any{"RS256"}, "prompt_values_supported": []any{"create"},
	}
	with := func(member string, value any) metadata {
		doc := maps.Clone(good)
		doc[member] = value
		return metadata{doc}
	}
	for member := range good {
		for _, odd := range []any{7.0, []any{7.0}, []any{"a", []any{}}, map[string]any{"a": 1.0}, map[string]any{}} {
			if err, want := with(member, odd).check(), !slices.Contains(requiredEndpoints, member); (err == nil) != want {
				t.Errorf("%s is %v: got %v, want a provider that can be used %t", member, odd, err, want)
			}
		}
	}
	if got := with("id_token_signing_alg_values_supported", []any{7.0, "ES256"}).algorithms(); !slices.Equal(got, []string{"ES256"}) {
		t.Errorf("got the algorithms %q, want ES256", got)
	}
	if !with("prompt_values_supported", "create").supportsPrompt("create") {
		t.Error("prompt_values_supported is a string: got no prompt, want create")
	}
}

// An https issuer cannot send us anywhere without https, not even to a service
// on our own machine (RFC 9700 section 2.6).
func TestDiscoveryRefusesDowngradeToHTTP(t *testing.T) {
	t.Parallel()
	good := Claims{"issuer": "https://idp.example", "authorization_endpoint": "https://idp.example/a", "token_endpoint": "https://idp.example/t", "jwks_uri": "https://idp.example/j"}
	if err := (metadata{good}).check(); err != nil {
		t.Errorf("with https: got error %v, want none", err)
	}
	for _, name := range slices.Concat(requiredEndpoints, optionalEndpoints) {
		for _, to := range []string{"http://idp.example/x", "http://localhost:6379/", "http://127.0.0.1/", "http://[::1]/", "HTTP://localhost/"} {
			m := metadata{maps.Clone(good)}
			m.Claims[name] = to
			if err := m.check(); err == nil {
				t.Errorf("%s at %s under an https issuer: got no error, want one", name, to)
			}
		}
	}
}

// What follows a fragment is not sent: not the state, and not the code challenge (RFC 6749
// sections 3.1 and 3.2).
func TestDiscoveryRefusesEndpointWithFragment(t *testing.T) {
	t.Parallel()
	p, server := startProvider(t)
	server.EditDiscovery(func(doc map[string]any) {
		doc["authorization_endpoint"] = server.Endpoint(authtest.AuthorizationEndpoint) + "#fragment"
	})
	to, err := p.AuthorizationURL(t.Context(), AuthorizationRequest{State: "state", Nonce: "nonce", Verifier: "verifier"})
	if kindOf(err) != Fault || !strings.Contains(fmt.Sprint(err), "authorization_endpoint") {
		t.Errorf("got %q and error %v, want one that names authorization_endpoint", to, err)
	}
}

func TestIssuerForms(t *testing.T) {
	t.Parallel()
	const base = "https://api.asgardeo.io/t/org"
	for raw, want := range map[string][]string{
		base + "/oauth2/token":             {base + "/oauth2/token", base + "/oauth2/token/oauth2/token"},
		base:                               {base, base + "/oauth2/token"},
		base + "/":                         {base + "/", base, base + "/oauth2/token"},
		base + "//":                        {base + "//", base, base + "/oauth2/token"},
		base + "/oauth2/token" + wellKnown: {base + "/oauth2/token" + wellKnown, base + "/oauth2/token", base + "/oauth2/token/oauth2/token"},
		"https://idp.example" + wellKnown:  {"https://idp.example" + wellKnown, "https://idp.example", "https://idp.example/oauth2/token"},
		"https://idp.example/" + wellKnown: {"https://idp.example/" + wellKnown, "https://idp.example/", "https://idp.example", "https://idp.example/oauth2/token"},
	} {
		if diff := cmp.Diff(want, issuerForms(raw)); diff != "" {
			t.Errorf("%s: want -, got +\n%s", raw, diff)
		}
	}
}

// FuzzIssuerForms checks that the configured value is tried first, and few others.
func FuzzIssuerForms(f *testing.F) {
	for _, seed := range []string{
		"https://api.asgardeo.io/t/org", "https://api.asgardeo.io/t/org/oauth2/token/", "https://idp.example" + wellKnown, "", "/", "///", wellKnown + wellKnown,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		forms := issuerForms(raw)
		if len(forms) == 0 || len(forms) > 4 || forms[0] != raw {
			t.Fatalf("issuerForms(%q) = %q, want what was typed, and three more at most", raw, forms)
		}
		for _, form := range forms {
			if !strings.HasPrefix(form, strings.TrimRight(strings.TrimSuffix(raw, wellKnown), "/")) {
				t.Fatalf("issuerForms(%q) has %q, which is somewhere else", raw, form)
			}
		}
	})
}
