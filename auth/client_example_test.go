package auth_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// newAPI starts an API that reports what it receives.
func newAPI(t testing.TB) *url.URL {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s, access token: %t, cookies: %d", r.URL.Path, strings.HasPrefix(r.Header.Get("Authorization"), "Bearer "), len(r.Cookies()))
	}))
	t.Cleanup(api.Close)
	u, err := url.Parse(api.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// A page that calls an API with the person's access token.
func ExampleAuth_Client() {
	handlerstest.InExample(func(t testing.TB) {
		app, api := handlerstest.Start(t), newAPI(t)
		mux := http.NewServeMux()
		mux.Handle("/", app.Handler())
		mux.Handle("GET /orders", app.Auth.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			response, err := app.Auth.Client(r.Context()).Get(api.JoinPath("orders").String())
			if err != nil {
				http.Error(w, "The orders cannot be loaded now.", http.StatusBadGateway)
				return
			}
			defer response.Body.Close()
			io.Copy(w, response.Body)
		})))
		app.SetHandler(mux)

		browser := authtest.SignInTo(t, app.URL+"/profile", authtest.Ada)
		fmt.Println(browser.Get(app.URL + "/orders").Text)
		fmt.Println(authtest.NewBrowser(t).Get(app.URL + "/orders").StatusCode) // signed out
	})
	// Output:
	// /orders, access token: true, cookies: 0
	// 502
}

// A proxy that adds the person's access token to all requests for an API.
func ExampleAuth_Transport() {
	handlerstest.InExample(func(t testing.TB) {
		app, api := handlerstest.Start(t), newAPI(t)
		mux := http.NewServeMux()
		mux.Handle("/", app.Handler())
		proxy := app.Auth.Middleware(&httputil.ReverseProxy{
			Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(api) },
			Transport: app.Auth.Transport(),
		})
		mux.Handle("/api/", http.NewCrossOriginProtection().Handler(proxy)) // refuses forms of sibling hosts
		mux.Handle("/api/auth/", app.Handler())
		app.SetHandler(mux)

		browser := authtest.SignInTo(t, app.URL+"/profile", authtest.Ada)
		fmt.Println(browser.Get(app.URL + "/api/orders").Text)
	})
	// Output: /api/orders, access token: true, cookies: 0
}
