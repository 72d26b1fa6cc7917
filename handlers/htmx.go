package handlers

import "net/http"

// This file is the only one that knows htmx's headers.

// fromHTMX reports whether htmx sent the request, by fetch: it cannot follow a
// redirect to another origin.
func fromHTMX(r *http.Request) bool { return r.Header.Get("HX-Request") == "true" }

// wantsFragment reports whether htmx will swap the answer into a part of the
// page. A restore from history wants the whole page.
func wantsFragment(r *http.Request) bool {
	return fromHTMX(r) && r.Header.Get("HX-Request-Type") == "partial" && r.Header.Get("HX-History-Restore-Request") == ""
}

// redirectExternal has htmx send the browser to another origin, and reports whether
// there was room for the URL.
func redirectExternal(w http.ResponseWriter, url string) bool {
	return redirect(w.Header(), "HX-Redirect", url)
}

// retargetMain has a fragment swapped into the main region, whatever was asked for.
func retargetMain(w http.ResponseWriter) {
	w.Header().Set("HX-Retarget", "#main")
	w.Header().Set("HX-Reswap", "innerHTML")
}

// isRefresh reports whether the script brings a page up to date, since somebody
// has signed in or out elsewhere: such a request comes from the body.
func isRefresh(r *http.Request) bool {
	return wantsFragment(r) && r.Header.Get("HX-Target") == "body"
}

// wantsSmallFragment reports whether htmx asks for less than a page's main region: a
// sign-in page would be swapped into some corner of it.
func wantsSmallFragment(r *http.Request) bool {
	return wantsFragment(r) && !isRefresh(r) && r.Header.Get("HX-Target") != "main#main"
}

// retargetDialog has a fragment shown in the page's dialog, over the page.
func retargetDialog(w http.ResponseWriter) {
	w.Header().Set("HX-Retarget", "#dialog-part")
	w.Header().Set("HX-Reswap", "innerHTML")
}

// replaceURL has the address bar tell where the fragment is from.
func replaceURL(w http.ResponseWriter, url string) { w.Header().Set("HX-Replace-Url", url) }

// varyHeaders says that htmx' headers change our answers, and marks them as ours: the
// page swaps no answer without the mark, such as a proxy's error page.
func varyHeaders(h http.Header) {
	h.Set("Vary", "Accept, HX-Request, HX-Request-Type")
	h.Set("Latchkey", "1")
}
