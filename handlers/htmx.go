package handlers

import (
	"net/http"

	"latchkey/auth"
)

// Only this file uses htmx's headers. It writes HX-Request as net/http does, which
// otherwise converts the name each time.

// fromHTMX reports whether htmx sent the request, by fetch: it cannot follow a
// redirect to another origin.
func fromHTMX(r *http.Request) bool { return r.Header.Get("Hx-Request") == "true" }

// wantsFragment reports whether htmx swaps the response into a part of the page. A
// history restore requires the whole page.
func wantsFragment(r *http.Request) bool {
	return fromHTMX(r) && r.Header.Get("Hx-Request-Type") == "partial" && r.Header.Get("Hx-History-Restore-Request") == ""
}

// isRefresh reports whether the script refreshes the page because someone signed in
// or out elsewhere: the body makes that request.
func isRefresh(r *http.Request) bool {
	return wantsFragment(r) && r.Header.Get("Hx-Target") == "body"
}

// wantsSmallFragment reports whether htmx requests less than the main region, so
// that a sign-in page does not fit there: no element of ours targets that region.
func wantsSmallFragment(r *http.Request) bool {
	return inAppPage(r) || wantsFragment(r) && !isRefresh(r)
}

// inAppPage reports whether our script sent the request from a page of the app's own
// (App.Body). There, what we answer goes into the dialog.
func inAppPage(r *http.Request) bool { return fromHTMX(r) && r.Header.Get("Latchkey-Page") == "app" }

// redirectExternal makes htmx send the browser to another origin, and reports
// whether the URL fits into the headers.
func redirectExternal(w http.ResponseWriter, next auth.Redirect) bool {
	return next.SetHeader(w, "HX-Redirect")
}

// retargetMain makes htmx swap the fragment into the main region.
func retargetMain(w http.ResponseWriter) {
	w.Header().Set("Hx-Retarget", "#main")
	w.Header().Set("Hx-Reswap", "innerHTML")
}

// retargetDialog makes htmx swap the fragment into the dialog, over the page.
func retargetDialog(w http.ResponseWriter) {
	w.Header().Set("Hx-Retarget", "#dialog-part")
	w.Header().Set("Hx-Reswap", "innerHTML")
}

// retarget makes htmx swap the fragment in where the page has a place for it.
func retarget(w http.ResponseWriter, r *http.Request) {
	if inAppPage(r) {
		retargetDialog(w)
	} else {
		retargetMain(w)
	}
}

// replaceURL makes htmx show the fragment's URL in the address bar.
func replaceURL(w http.ResponseWriter, r *http.Request, url string) {
	if fromHTMX(r) {
		w.Header().Set("Hx-Replace-Url", url)
	}
}

// varyHeaders declares that our responses depend on htmx's headers, and marks them
// as ours: the script swaps in no response without the mark, such as a proxy's error
// page.
func varyHeaders(h http.Header) {
	h.Set("Vary", "Accept, Accept-Encoding, HX-Request, HX-Request-Type")
	h.Set("Latchkey-Response", "1")
}
