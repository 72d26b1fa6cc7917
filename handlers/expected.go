package handlers

import (
	"net/http"
	"strings"
	"unicode"

	"latchkey/views"
)

const maxExpected = 255 // bytes, as package auth accepts

// expectedSignIn is signInCard for a page whose link may say who is likely to
// sign in (login_hint), and to which organization. Anyone can make such a link,
// so the card shows both, with a way to sign in without them.
func (a *app) expectedSignIn(r *http.Request, callbackURL string) views.SignIn {
	card := a.signInCard(r, callbackURL)
	query := r.URL.Query()
	card.LoginHint, card.Organization = printableOrEmpty(query.Get("login_hint")), printableOrEmpty(query.Get("organization"))
	query.Del("login_hint")
	query.Del("organization")
	card.WayOut = r.URL.EscapedPath()
	if rest := query.Encode(); rest != "" {
		card.WayOut += "?" + rest
	}
	return card
}

// printableOrEmpty returns text that a person reads as it is: nothing invisible, such as
// a mark that reverses what follows, and nothing too long. Other text is empty.
func printableOrEmpty(text string) string {
	text = strings.TrimSpace(text)
	if len(text) > maxExpected || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) {
		return ""
	}
	return text
}
