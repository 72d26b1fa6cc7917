package handlerstest

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
)

// API is a set of replicas that call the provider's userinfo endpoint with the
// signed-in user's access token, through auth.Client.
type API struct {
	*App
	Replicas []*httptest.Server
}

// StartAPI starts replicas that share the app's store.
func StartAPI(t *testing.T, a *App, replicas int) *API {
	t.Helper()
	calls := &API{App: a}
	for range replicas {
		replica, err := auth.New(a.AuthConfig, a.Store)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(replica.Close)
		server := httptest.NewServer(replica.Middleware(calls.handler(replica)))
		t.Cleanup(server.Close)
		calls.Replicas = append(calls.Replicas, server)
	}
	return calls
}

func (c *API) handler(replica *auth.Auth) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		resp, err := replica.Client(r.Context()).Get(c.Provider.Endpoint(authtest.UserinfoEndpoint))
		var known *auth.Error
		switch {
		case errors.As(err, &known):
			http.Error(w, string(known.Code), http.StatusTeapot)
		case err != nil:
			http.Error(w, err.Error(), http.StatusInternalServerError)
		default:
			defer resp.Body.Close()
			w.WriteHeader(resp.StatusCode)
			io.Copy(w, resp.Body)
		}
	})
}

// ExpireAccessTokens makes the provider issue access tokens that have expired
// already, until restore is called.
func ExpireAccessTokens(p *authtest.Provider) (restore func()) {
	p.EditTokenResponse(func(doc map[string]any) { doc["expires_in"] = -5 })
	return func() { p.EditTokenResponse(func(map[string]any) {}) }
}
