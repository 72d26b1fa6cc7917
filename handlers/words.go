package handlers

import (
	"net/http"
	"strings"

	"latchkey/auth"
	"latchkey/views"
)

// answer is what a code becomes: a status, words for people, and whether
// signing in (again) may help.
type answer struct {
	status int
	views.Failure
	offerSignIn bool
	retryAfter  string // seconds
}

// say makes an answer. "{provider}" stands for the provider's name.
func say(status int, heading, what, next string) answer {
	return answer{status: status, Failure: views.Failure{Heading: heading, What: what, Next: next}}
}

func (s answer) signIn() answer              { s.offerSignIn = true; return s }
func (s answer) retry(seconds string) answer { s.retryAfter = seconds; return s }

// oauthStatus is the status for a program: what it did wrong is 400 (OpenID
// Connect Back-Channel Logout 1.0 section 2.8).
func (s answer) oauthStatus() int {
	if s.status < http.StatusInternalServerError && s.status != http.StatusNotFound && s.status != http.StatusTooManyRequests {
		return http.StatusBadRequest
	}
	return s.status
}

// oauthCode is the error code for a program (RFC 6749 sections 4.1.2.1 and 5.2):
// whether the fault is its own, or it may try again.
func (s answer) oauthCode() string {
	if s.oauthStatus() >= http.StatusTooManyRequests {
		return "temporarily_unavailable"
	}
	return "invalid_request"
}

// answers has the words for everything that can go wrong: what happened, who
// can mend it, and what to do next. None of them comes from outside.
var answers = map[auth.Code]answer{
	auth.UnknownProvider: say(http.StatusNotFound, "No such provider",
		"This app has no provider of that name to sign in with.",
		"Choose one of those below.").signIn(),
	auth.BadRequest: say(http.StatusBadRequest, "That request was not understood",
		"Something in the request was malformed, so nothing was done.",
		"Go back and try again. If you followed a link from elsewhere, the link is broken.").signIn(),
	auth.StateUnknown: say(http.StatusBadRequest, "This sign-in was not begun here",
		"This browser has no sign-in under way that fits. It may have been begun in another browser, or a long time ago, or cookies are blocked.",
		"Nothing has changed. You can sign in again from here.").signIn(),
	auth.SignOutUnknown: say(http.StatusBadRequest, "You are signed out here",
		"{provider} did not say which sign-out you came back from, so whether you are also signed out there is not known.",
		"You can close this page, or sign in again from here.").signIn(),
	auth.StateExpired: say(http.StatusBadRequest, "That took a little too long",
		"A sign-in has to be finished within 30 minutes, and this one was not.",
		"You can sign in again from here.").signIn(),
	auth.StateUsed: say(http.StatusBadRequest, "This sign-in is already over",
		"Its page was opened again, perhaps with the Back button or a reload, and you are not signed in now.",
		"You can sign in again from here.").signIn(),
	auth.WrongIssuer: say(http.StatusBadRequest, "The answer came from the wrong place",
		"The answer to your sign-in does not say that it comes from {provider}, so it was not used.",
		"Nothing has changed. You can sign in again from here; if it happens again, tell whoever runs this app.").signIn(),
	auth.Refused: say(http.StatusForbidden, "You cannot sign in here",
		"You proved who you are, but this app does not let you in.",
		"Whoever runs this app decides who may sign in. If you have another account, you can use that one.").signIn(),
	auth.ProviderRefused: say(http.StatusBadRequest, "{provider} did not sign you in",
		"{provider} ended the sign-in without a result.",
		"You can sign in again from here; if it happens again, tell whoever runs this app.").signIn(),
	auth.ProviderUnavailable: say(http.StatusServiceUnavailable, "{provider} does not answer",
		"{provider} could not be reached, or was too slow, so you were not signed in.",
		"This mends itself when {provider} is back. Try again in a moment.").signIn().retry("5"),
	auth.ProviderFault: say(http.StatusBadGateway, "{provider} sent a wrong answer",
		"What {provider} sent could not be believed, so you were not signed in.",
		"Whoever runs this app can see the cause in its log. You can try again.").signIn(),
	auth.ClockSkew: say(http.StatusBadGateway, "Two clocks disagree",
		"The clock of this app and that of {provider} are too far apart, so you were not signed in.",
		"Whoever runs this app has to set its clock, or tell {provider}. Trying again helps once that is done.").signIn(),
	auth.Misconfigured: say(http.StatusBadGateway, "This app is not set up right",
		"{provider} does not accept how this app is set up, so you were not signed in.",
		"Whoever runs this app has to compare its client ID, secret and issuer with those that {provider} shows. The log says which one.").signIn(),
	auth.SignedOutMeanwhile: say(http.StatusBadRequest, "You were signed out meanwhile",
		"{provider} ended this sign-in before it was complete.",
		"You can sign in again from here.").signIn(),
	auth.SessionEnded: say(http.StatusUnauthorized, "Your session has ended",
		"You are no longer signed in: the session ran out, or was ended here or at {provider}.",
		"Sign in again to go on.").signIn(),
	auth.SessionUnknown: say(http.StatusNotFound, "There is no such session",
		"It may have ended already.",
		"Your profile lists the sessions that there are."),
	auth.ConfirmationRequired: say(http.StatusForbidden, "Confirm that it is you",
		"This needs a fresh proof that it is really you.",
		"Go back and confirm, then press the button again."),
	auth.NotConfirmed: say(http.StatusForbidden, "That did not confirm it",
		"{provider} did not say that you have just signed in anew, so nothing was allowed.",
		"Nothing has changed, and you are still signed in. Try again; if it happens again, tell whoever runs this app."),
	auth.WrongPerson: say(http.StatusConflict, "Somebody else is signed in",
		"This page belongs to somebody other than who is signed in now, so nothing was done.",
		"Nothing has changed. Load the page again, or sign out and in again as the right person."),
	auth.NotInGroup: say(http.StatusForbidden, "This is not for you",
		"You are signed in, but this page is for members of a group that you are not in.",
		"Whoever decides on the groups at {provider} can let you in. Sign in again afterwards."),
	auth.StoreUnavailable: say(http.StatusServiceUnavailable, "Your session cannot be looked up",
		"The place where this app keeps its sessions does not answer. If you were signed in, you are still signed in here.",
		"This mends itself when it is back. Try again in a moment.").retry("5"),
	auth.LogoutTokenInvalid: say(http.StatusBadRequest, "That logout token is not valid",
		"The logout token was not accepted, and nothing has ended.",
		"The log says why."),
	auth.Internal: say(http.StatusInternalServerError, "Something went wrong here",
		"This is a fault of this app, and not yours.",
		"Try again in a moment. If it happens again, tell whoever runs this app, with the reference below."),
	codeNotFound: say(http.StatusNotFound, "There is no such page",
		"Nothing is at this address.",
		"Check the address, or go to the home page."),
	codeMethodNotAllowed: say(http.StatusMethodNotAllowed, "That cannot be done here",
		"This address does not take that kind of request.",
		"Go to the home page and begin there."),
	codeSignInRequired: say(http.StatusUnauthorized, "You are not signed in",
		"This is for people who are signed in.",
		"Sign in and try again.").signIn(),
	codeCrossOrigin: say(http.StatusForbidden, "This came from another site",
		"Another site sent this request in your name, so it was refused.",
		"Nothing has changed. If you meant to do this, do it from the home page."),
	codeTooManySignOuts: say(http.StatusTooManyRequests, "Too many sign-outs at once",
		"Very many sign-outs have been asked for from your network within a minute.",
		"Wait a minute, or sign out from the home page."),
	codeTooManySignIns: say(http.StatusTooManyRequests, "Too many sign-ins at once",
		"Very many sign-ins have been begun from your network within a minute.",
		"Wait a minute, then try again."),
	codeTooLarge: say(http.StatusRequestEntityTooLarge, "That was too much",
		"The form held more than this app takes, so nothing was done.",
		"Shorten it and try again."),
}

// answerTo returns what is said to an error.
func (a *app) answerTo(e *auth.Error) answer {
	said, ok := answers[e.Code]
	if !ok {
		said = answers[auth.Internal]
	}
	provider := "The provider"
	if e.Provider != "" {
		provider = a.auth.ProviderName(e.Provider)
	}
	for _, text := range []*string{&said.Heading, &said.What, &said.Next} {
		*text = naming(*text, provider)
	}
	if e.Code == auth.Refused && e.Words != "" {
		said.What = e.Words
	}
	return said
}

// naming puts the provider's name into words.
func naming(words, provider string) string {
	return strings.ReplaceAll(words, "{provider}", provider)
}

// trouble says on the sign-in card why a provider may not work at present.
func trouble(offer auth.Offer) string {
	switch offer.Trouble {
	case "":
		return ""
	case auth.ProviderUnavailable:
		return offer.Name + " does not answer at present. You can try all the same."
	}
	return "Signing in with " + offer.Name + " does not work at present. Whoever runs this app can see why in its log."
}

// inPlainWords is what a notice says.
func inPlainWords(n *auth.Notice) *views.Notice {
	if n == nil {
		return nil
	}
	switch n.Kind {
	case auth.ActionConfirmed:
		return &views.Notice{Good: true, Confirmed: true, Text: "Confirmed. You can now sign out other sessions."}
	case deviceRenamed:
		return &views.Notice{Good: true, Text: "Device renamed."}
	case sessionEnded:
		return &views.Notice{Good: true, Text: "Signed out."}
	case sessionEndedBefore:
		return &views.Notice{Text: "That session had already ended."}
	case otherSessionsEnded:
		return &views.Notice{Good: true, Text: "You're signed out everywhere else."}
	case auth.Cancelled:
		return &views.Notice{Text: "You cancelled. Nothing has changed, and you can sign in whenever you like."}
	case auth.SignedOut:
		return &views.Notice{Good: true, Text: "You are signed out, here and at " + n.Provider + "."}
	case auth.SignedOutHere:
		return &views.Notice{Good: true, Text: "You are signed out here. " + n.Provider + " offers no way to sign out there from here."}
	case auth.SignOutRefused:
		return &views.Notice{Text: "You are signed out here. " + n.Provider + " says that it did not sign you out there."}
	case auth.SignOutUnconfirmed:
		return &views.Notice{Text: "You are signed out here. Whether you are also signed out at " + n.Provider + " is not known."}
	}
	return nil
}
