package authtest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"golang.org/x/oauth2"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// An app that signs in with golang.org/x/oauth2, and without package auth.
func ExampleStart() {
	handlerstest.InExample(func(t testing.TB) { // in your app: func TestSignIn(t *testing.T)
		provider := authtest.Start(t)
		app := startOAuth2App(provider)
		defer app.Close()

		browser := authtest.SignInTo(t, app.URL+"/login", authtest.Grace)
		fmt.Println(browser.Get(app.URL + "/").Text)
	})
	// Output: Hello, Grace Hopper!
}

func startOAuth2App(provider *authtest.Provider) *httptest.Server {
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	config := oauth2.Config{
		ClientID: authtest.ClientID, ClientSecret: authtest.ClientSecret,
		RedirectURL: server.URL + "/callback", Scopes: []string{"openid", "profile"},
		Endpoint: oauth2.Endpoint{
			AuthURL:  provider.Endpoint(authtest.AuthorizationEndpoint),
			TokenURL: provider.Endpoint(authtest.TokenEndpoint),
		},
	}
	verifier, name := oauth2.GenerateVerifier(), "" // of the one person who signs in here
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, config.AuthCodeURL("state", oauth2.S256ChallengeOption(verifier)), http.StatusFound)
	})
	mux.HandleFunc("GET /callback", func(w http.ResponseWriter, r *http.Request) {
		token, err := config.Exchange(r.Context(), r.FormValue("code"), oauth2.VerifierOption(verifier))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		response, err := config.Client(r.Context(), token).Get(provider.Endpoint(authtest.UserinfoEndpoint))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer response.Body.Close()
		var claims struct{ Name string }
		_ = json.NewDecoder(response.Body).Decode(&claims) // without a name, the greeting has none
		name = claims.Name
		http.Redirect(w, r, "/", http.StatusFound)
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "Hello, %s!", name) })
	return server
}
