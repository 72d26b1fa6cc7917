package handlers

import (
	"cmp"
	"net/http"
	"strings"

	"latchkey/auth"
	"latchkey/views"
)

// message is the response to an error code: a status, texts for people, and whether
// to offer signing in.
type message struct {
	status int // 0 for that of package auth
	views.Failure
	offerSignIn bool
}

// newMessage returns a message. "{provider}" is replaced by the provider's name, and
// "{app}" by the app's.
func newMessage(heading, what, next string) message {
	return message{Failure: views.Failure{Heading: heading, What: what, Next: next}}
}

func (m message) signIn() message         { m.offerSignIn = true; return m }
func (m message) with(status int) message { m.status = status; return m }

// oauthCode is the error code for a program (RFC 6749 sections 4.1.2.1 and 5.2): its
// own mistake, or a reason to retry.
func (m message) oauthCode() string {
	if m.status >= http.StatusTooManyRequests {
		return "temporarily_unavailable"
	}
	return "invalid_request"
}

// messages has the text for every error: what happened, who can fix it, and what to
// do next. No text comes from outside.
var messages = map[auth.Code]message{
	auth.UnknownProvider: newMessage("Sign-in option not found",
		"This app doesn't offer that way to sign in.",
		"Choose one below.").signIn(),
	auth.BadRequest: newMessage("We couldn't read that request",
		"Something in the request was malformed, so nothing was changed.",
		"Go back and try again. If you followed a link, it may be broken.").signIn(),
	auth.StateUnknown: newMessage("We couldn't complete your sign-in",
		"It may have started in another browser, or your cookies are blocked.",
		"Sign in again from here.").signIn(),
	auth.SignOutUnknown: newMessage("You're signed out of {app}",
		"{provider} didn't say which sign-out you came back from, so we don't know whether you're also signed out there.",
		"Close this page, or sign in again from here.").signIn(),
	auth.StateExpired: newMessage("Your sign-in timed out",
		"You have 30 minutes to finish signing in.",
		"Sign in again from here.").signIn(),
	auth.StateUsed: newMessage("This sign-in is already over",
		"Its page was opened again, perhaps with the Back button or a reload, and you're not signed in now.",
		"Sign in again from here.").signIn(),
	auth.WrongIssuer: newMessage("Sign-in isn't working right now",
		"The response doesn't say that it comes from {provider}, so we didn't use it.",
		"Try again. Contact support if this continues.").signIn(),
	auth.Refused: newMessage("You can't sign in here",
		"{provider} confirmed who you are, but this app doesn't let you in.",
		"Contact support if you think you should have access. If you have another account, you can use that one.").signIn(),
	auth.ProviderRefused: newMessage("{provider} didn't sign you in",
		"{provider} ended the sign-in without a result.",
		"Try again. Contact support if this continues.").signIn(),
	auth.ProviderUnavailable: newMessage("{provider} isn't responding",
		"We couldn't reach {provider}, so you're not signed in.",
		"Please try again in a few minutes.").signIn(),
	auth.ProviderFault: newMessage("Sign-in isn't working right now",
		"{provider} sent a response that we couldn't accept.",
		"Try again. Contact support if this continues.").signIn(),
	auth.ClockSkew: newMessage("Sign-in isn't working right now",
		"The clocks of this app and {provider} don't match.",
		"Contact support. You can sign in once the clocks are set.").signIn(),
	auth.Misconfigured: newMessage("Sign-in isn't working right now",
		"{provider} doesn't accept this app's settings.",
		"Contact support. The log says which setting is wrong.").signIn(),
	auth.SignedOutMeanwhile: newMessage("You've been signed out",
		"{provider} ended this sign-in before it was complete.",
		"Sign in again from here.").signIn(),
	auth.SessionEnded: newMessage("You've been signed out",
		"Your session expired, or was ended here or at {provider}.",
		"Sign in again to continue.").signIn(),
	auth.SessionUnknown: newMessage("Session not found",
		"It may have already ended.",
		"Your profile lists your sessions."),
	auth.ConfirmationRequired: newMessage("Confirm it's you",
		"You need to sign in again for this.",
		"Go back and try again."),
	auth.NotConfirmed: newMessage("We couldn't confirm it's you",
		"{provider} didn't say that you've just signed in, so nothing was changed.",
		"You're still signed in. Try again, and contact support if this continues."),
	auth.WrongPerson: newMessage("Someone else is signed in",
		"This page belongs to another account, so nothing was changed.",
		"Reload the page, or sign in with the right account."),
	auth.NotInGroup: newMessage("You don't have access to this page",
		"It's for members of a group that you're not in.",
		"Ask an administrator at {provider} for access, then sign in again."),
	auth.StoreUnavailable: newMessage("We can't check your session right now",
		"Part of this app isn't responding. If you were signed in, you are still signed in here.",
		"Please try again in a few minutes."),
	auth.LogoutTokenInvalid: newMessage("That logout token is not valid",
		"The logout token was not accepted, and nothing has ended.",
		"The log says why."),
	auth.Internal: newMessage("Something went wrong",
		"This is our fault, not yours.",
		"Try again. Contact support if this continues."),
	codeNotFound: newMessage("Page not found",
		"There's no page at this address.",
		"If you typed the address, check that it's correct.").with(http.StatusNotFound),
	codeMethodNotAllowed: newMessage("That doesn't work here",
		"This address doesn't accept that kind of request.",
		"Start again from the home page.").with(http.StatusMethodNotAllowed),
	codeSignInRequired: newMessage("Sign in to continue",
		"You need to be signed in for this.",
		"Sign in and try again.").signIn().with(http.StatusUnauthorized),
	codeCrossOrigin: newMessage("This came from another site",
		"Another site sent this request, so we refused it.",
		"If you meant to do this, start from the home page.").with(http.StatusForbidden),
	codeTooManySignOuts: newMessage("Too many sign-outs",
		"There were too many sign-outs from your network in the last minute.",
		"Wait a minute, then try again.").with(http.StatusTooManyRequests),
	codeTooManySignIns: newMessage("Too many sign-ins",
		"There were too many sign-ins from your network in the last minute.",
		"Wait a minute, then try again.").with(http.StatusTooManyRequests),
	codeTooLarge: newMessage("That's too long",
		"The form is larger than this app accepts, so nothing was changed.",
		"Shorten it and try again.").with(http.StatusRequestEntityTooLarge),
}

// messageFor returns the message for an error.
func (a *App) messageFor(e *auth.Error) message {
	m := *cmp.Or(a.texts.messages[e.Code], a.texts.messages[auth.Internal])
	m.status = cmp.Or(m.status, e.Code.HTTPStatus())
	provider := a.site.Words.ProviderUnknown
	if e.Provider != "" {
		provider = a.auth.ProviderName(e.Provider)
	}
	for _, text := range []*string{&m.Heading, &m.What, &m.Next} {
		*text = a.fillIn(*text, provider)
	}
	if e.Code == auth.Refused && e.Words != "" {
		m.What = e.Words
	}
	return m
}

// fillIn puts the names of the provider and of the app into a text.
func (a *App) fillIn(text, provider string) string {
	return strings.ReplaceAll(views.WithProvider(text, provider), "{app}", a.site.Brand.Name)
}

// providerWarning is shown on the sign-in card while a provider may not work.
func (a *App) providerWarning(provider auth.ProviderStatus) string {
	switch provider.Unavailable {
	case "":
		return ""
	case auth.ProviderUnavailable:
		return views.WithProvider(a.site.Words.ProviderDown, provider.Name)
	}
	return views.WithProvider(a.site.Words.ProviderBroken, provider.Name)
}

// profileWarning is shown if the provider's SCIM profile could not be read.
func profileWarning(provider string, err error) string {
	if auth.CodeOf(err) == auth.SessionEnded {
		return provider + " will show your profile again after you sign out and sign in."
	}
	return provider + " isn't showing your profile right now. Reload the page in a moment."
}

// confirmEndText is shown before other sessions are ended.
const confirmEndText = "Sign in again to sign out other sessions."

// Notices of the profile, besides those of package auth.
const (
	deviceRenamed      auth.NoticeKind = "device_renamed"
	sessionEnded       auth.NoticeKind = "session_ended"
	sessionEndedBefore auth.NoticeKind = "session_ended_before"
	otherSessionsEnded auth.NoticeKind = "other_sessions_ended"
)

// notices has the text of every notice.
var notices = map[auth.NoticeKind]views.Notice{
	auth.ActionConfirmed:    {Good: true, Text: "Confirmed. You can now finish what you started."},
	deviceRenamed:           {Good: true, Text: "Device renamed."},
	sessionEnded:            {Good: true, Text: "Signed out."},
	sessionEndedBefore:      {Text: "That session had already ended."},
	otherSessionsEnded:      {Good: true, Text: "You're signed out everywhere else."},
	auth.Cancelled:          {Text: "Sign-in canceled."},
	auth.SignedOut:          {SignedOut: true, Good: true, Text: "You're signed out of {app} and {provider}."},
	auth.SignedOutHere:      {SignedOut: true, Good: true, Text: "You're signed out of {app}. You may still be signed in to {provider}."},
	auth.SignOutRefused:     {SignedOut: true, Text: "You're signed out of {app}. {provider} didn't sign you out there."},
	auth.SignOutUnconfirmed: {SignedOut: true, Text: "You're signed out of {app}. We don't know whether you're also signed out of {provider}."},
}

// notice returns the notice to show, or nil.
func (a *App) notice(n *auth.Notice) *views.Notice {
	if n == nil {
		return nil
	}
	shown := *cmp.Or(a.texts.notices[n.Kind], &views.Notice{})
	shown.Text = a.fillIn(shown.Text, n.Provider)
	if shown.Text == "" {
		return nil
	}
	return &shown
}
