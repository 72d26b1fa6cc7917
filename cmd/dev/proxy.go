package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// templ's own proxy repeats a request for minutes when the response is 502,
// which the app sends for a misconfigured provider, and a repeated callback
// shows a different page. So this proxy is in front of the app, and templ's only
// makes the browsers reload.

// reloadScript is templ's. The app's Content-Security-Policy allows it, because
// it has the app's origin.
const reloadScript = `<script src="/_templ/reload/script.js"></script>`

// newProxy forwards every request to the app, whichever build of it is running.
func newProxy(appPort, reloadPort string) http.Handler {
	app, reload := proxyTo(appPort), proxyTo(reloadPort)
	app.ModifyResponse = addReload
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/_templ/") {
			reload.ServeHTTP(w, r)
			return
		}
		app.ServeHTTP(w, r)
	})
}

func proxyTo(port string) *httputil.ReverseProxy {
	target := &url.URL{Scheme: "http", Host: net.JoinHostPort("localhost", port)}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host
			if strings.Contains(r.In.Header.Get("Accept"), "text/html") {
				r.Out.Header.Del("Accept-Encoding") // addReload reads pages
			}
		},
		// A kept connection may lead to a build of the app that is about to stop.
		Transport:    &http.Transport{DialContext: dial, DisableKeepAlives: true, DisableCompression: true},
		ErrorHandler: unavailable,
	}
}

// dial retries while the app is built and started.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for {
		connection, err := new(net.Dialer).DialContext(ctx, network, address)
		if err == nil {
			return connection, nil
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// addReload adds templ's script to a page, but not to a fragment.
func addReload(response *http.Response) error {
	if !strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
		return nil
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if at := bytes.LastIndex(body, []byte("</body>")); at >= 0 {
		body = bytes.Join([][]byte{body[:at], body[at:]}, []byte(reloadScript))
		response.Header.Set("Content-Length", strconv.Itoa(len(body)))
		response.ContentLength = int64(len(body))
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// unavailable responds for an app that does not compile or start.
func unavailable(w http.ResponseWriter, r *http.Request, _ error) {
	if r.Method == http.MethodGet {
		w.Header().Set("Refresh", "1")
	}
	http.Error(w, "The app is not running yet. See the terminal for the reason; this page reloads by itself.", http.StatusServiceUnavailable)
}
