package views

import (
	"time"

	"github.com/a-h/templ"
)

// ada is signed in. The other people are ada with changes.
var ada = Person{
	Name:       "Ada Lovelace",
	Email:      "ada@example.org",
	Picture:    "https://pictures.example.org/ada.png",
	Provider:   "Asgardeo",
	ProfileURL: "/profile",
	ID:         "asgardeo 7f9c2ba4",
	Remaining:  24 * time.Hour,
}

var (
	asgardeo = ProviderButton{LastUsed: true, Name: "Asgardeo", URL: "/api/auth/signin/asgardeo"}
	example  = ProviderButton{Name: "Example ID", URL: "/api/auth/signin/example"}
	broken   = ProviderButton{Name: "Asgardeo", URL: "/api/auth/signin/asgardeo", Warning: "Asgardeo isn't responding. You can still try."}
)

// state is a page in one state, and the fragment of it that htmx requests.
type state struct {
	name, fragment string
	page           templ.Component
}

var states = []state{
	{"home-signed-out", "account", HomePage(page(nil, nil), SignIn{Buttons: []ProviderButton{asgardeo}})},
	{"home-two-providers", "account", HomePage(page(nil, nil), SignIn{Buttons: []ProviderButton{asgardeo, example}, CallbackURL: "/profile?tab=1&x=\"2\""})},
	{"home-provider-trouble", "account", HomePage(page(nil, nil), SignIn{Buttons: []ProviderButton{broken}})},
	{"home-after-sign-out", "account", HomePage(page(nil, &Notice{Good: true, SignedOut: true, Text: "You are signed out, here and at Asgardeo."}), SignIn{Buttons: []ProviderButton{asgardeo}, OfferAnother: true})},
	{"home-after-cancel", "account", HomePage(page(nil, &Notice{Text: "You stopped signing in. Nothing has changed."}), SignIn{Buttons: []ProviderButton{asgardeo, example}})},
	{"home-signed-in", "account", HomePage(page(with(func(p *Person) { p.Picture = "" }), nil), SignIn{})},
	{"home-picture", "account", HomePage(page(&ada, nil), SignIn{})},
	{"home-long-name", "account", HomePage(page(with(func(p *Person) {
		p.Name = "Maria-Theresia Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh von und zu Hohenlohe"
		p.Email = "maria-theresia.wolfeschlegelsteinhausenbergerdorff@subsidiary.of.a.very-long-company-name.example.org"
	}), nil), SignIn{})},
	{"home-no-name", "account", HomePage(page(with(func(p *Person) { p.Name, p.Picture = "", "" }), nil), SignIn{})},
	{"home-nothing-known", "account", HomePage(page(&Person{Provider: "Asgardeo", ProfileURL: "/profile"}, nil), SignIn{})},
	{"profile", "profile", ProfilePage(fullProfile(page(&ada, nil)))},
	{"profile-bare", "profile", ProfilePage(Profile{Sessions: Sessions{Page: page(nil, nil)}, Page: page(&Person{Name: "7f9c2ba4-e88f-4a6c-9d1e-0b7a3c5d2e10", Provider: "Asgardeo", ProfileURL: "/profile"}, nil), Claims: []ClaimRow{{Label: "Subject", Claim: "sub", Values: []string{"7f9c2ba4-e88f-4a6c-9d1e-0b7a3c5d2e10"}}}})},
	{"signin-in-place", "signin", SignInInPlace(page(nil, nil), SignIn{Buttons: []ProviderButton{asgardeo}, CallbackURL: "/profile"})},
	{"signin-elsewhere", "signin", SignInInPlace(page(nil, nil), SignIn{
		Buttons: []ProviderButton{asgardeo}, CallbackURL: "/profile", CanonicalURL: "https://app.example.org/profile?a=b&c=d", Origin: "https://app.example.org",
	})},
	{"signin-sign-up", "signin", SignInInPlace(page(nil, nil), SignIn{
		Buttons:   []ProviderButton{{Name: "Asgardeo", URL: "/api/auth/signin/asgardeo"}, {Name: "Example ID", URL: "/api/auth/signin/example", SignUp: true}},
		LoginHint: "ada@example.org", Organization: "acme", WithoutHintURL: "/profile",
	})},
	{"confirm", "confirm", ConfirmPage(Confirm{
		Page: page(with(func(p *Person) { p.FormToken = "sealed" }), nil), Text: "Sign in again to sign out other sessions.",
		URL: "/api/auth/signin/asgardeo", Provider: "Asgardeo", Action: "end-sessions", PageURL: "/profile",
	})},
	{"confirm-form", "confirm", ConfirmPage(Confirm{
		Page: page(with(func(p *Person) { p.FormToken = "sealed" }), nil), Text: "Sign in again to send this.",
		URL: "/api/auth/signin/asgardeo", Provider: "Asgardeo", Action: "send", PageURL: "/profile",
		Sent: SentForm(SentFields{Words: site.Words, Form: postTo("/send"), Multipart: true, Fields: []SentField{{Field: Field{"note", "two\nlines"}}, {Field: Field{Name: "scan"}, Type: "file"}}}),
	})},
	{"next", "next", FormRedirectPage(page(nil, nil), Form{URL: "https://idp.example.org/authorize?a=b&c=d"})},
	{"next-form", "next", FormRedirectPage(page(nil, nil), Form{URL: "https://idp.example.org/logout", Hidden: []Field{{"client_id", "app"}, {"id_token_hint", "\"<hint>\""}}})},
	{"profile-sessions", "sessions", ProfilePage(withNotice(withSessions(Profile{Page: page(with(func(p *Person) { p.FormToken = "sealed" }), nil)}, 1)))},
	{"profile-many-sessions", "sessions", ProfilePage(withSessions(Profile{Page: page(&ada, nil)}, 6))},
	{"profile-trouble", "profile", ProfilePage(Profile{Page: page(&ada, nil), Sessions: Sessions{Page: page(nil, nil)}, Warning: "Asgardeo isn't showing your profile right now."})},
	{"returned", "returned", ReturnedPage(page(nil, nil), inPopup, SentForm(SentFields{Words: site.Words, Form: postTo("/api/auth/sessions/device"), Fields: []SentField{{Field: Field{"device", "Ada's \"<laptop>\""}}}}))},
	{"signed-in", "signed-in", SignedInPage(page(&ada, nil))},
	{"error", "error", ErrorPage(failure(nil))},
	{"error-with-sign-in", "error", ErrorPage(failure(&SignIn{Buttons: []ProviderButton{asgardeo}, CallbackURL: "/profile"}))},
}

// inPopup is a sign-in that does not leave the page.
var inPopup = SignIn{Buttons: []ProviderButton{asgardeo, example}, CallbackURL: "/api/auth/signed-in", InPopup: true}

func withNotice(p Profile) Profile {
	p.Sessions.Notice = &Notice{Good: true, Text: "Signed out."}
	return p
}

func postTo(url string) Form { return Form{URL: url, Hidden: []Field{{"form_token", "sealed"}}} }

func withSessions(p Profile, others int) Profile {
	p.Sessions = Sessions{
		Page: page(p.Person, nil),
		URL:  "/api/auth/sessions",
		Now:  noon,
		Rows: []SessionRow{{
			Current: true, Device: "Ada's laptop", Browser: "Firefox on Linux", Address: "192.0.2.x",
			StartedAt: noon.Add(-time.Hour), LastSeen: noon, ExpiresAt: noon.AddDate(0, 0, 1), Deadline: noon.AddDate(0, 0, 30),
		}},
	}
	for i := range others {
		p.Sessions.Rows = append(p.Sessions.Rows, SessionRow{
			ID: string(rune('A' + i)), Phone: true, Browser: "Safari on iPhone", StartedAt: noon.AddDate(0, 0, -i-1), LastSeen: noon.Add(-time.Duration(i+1) * time.Hour),
		})
	}
	return p
}

var noon = time.Date(2026, time.March, 12, 12, 0, 0, 0, time.UTC)

func page(p *Person, n *Notice) Page {
	return Page{Site: site, Person: p, Notice: n}
}

var site = NewSite(Site{
	Home: "/", Brand: DefaultBrand, SessionURL: "/api/auth/session", SignedInURL: "/api/auth/signed-in", SignOutURL: "/api/auth/signout", EventsURL: "/api/auth/events",
	Assets: Assets{Style: "/api/auth/assets/app.css", Script: "/api/auth/assets/app.js", Icon: "/api/auth/assets/favicon.svg"},
})

func with(change func(*Person)) *Person {
	p := ada
	change(&p)
	return &p
}

func failure(s *SignIn) Failure {
	return Failure{
		Page:      page(nil, nil),
		Heading:   "This sign-in can no longer be finished",
		What:      "It started more than ten minutes ago, or in another browser.",
		Next:      "Nothing is wrong with your account. Start again from here.",
		Reference: "8f3kq2md7x",
		SignIn:    s,
	}
}

func fullProfile(p Page) Profile {
	return Profile{
		Sessions: Sessions{Page: page(nil, nil)},
		Page:     p,
		About: []ClaimRow{
			{Label: "Username", Values: []string{"ada"}},
			{Label: "Groups", Values: []string{"analysts", "engine-room", "Internal/everyone", "poets <&> mathematicians"}},
		},
		Claims: []ClaimRow{
			{Label: "Name", Claim: "name", Values: []string{"Ada Lovelace"}},
			{Label: "Subject", Claim: "sub", Values: []string{"7f9c2ba4-e88f-4a6c-9d1e-0b7a3c5d2e10"}},
			{Label: "Organization", Claim: "org_name", Values: []string{"latchkey"}},
			{Label: "Updated", Claim: "updated_at", Time: noon},
			{Label: "Profile page", Claim: "profile", Values: []string{"https://people.example.org/a/very/long/path/that/goes/on/and/on/without-a-single-space/until-it-must-wrap?and=then&some=more"}},
		},
		NameAtProvider: "Augusta Ada King",
		Steps: []Step{
			{Text: "This app sent you to Asgardeo to find out who you are", Name: "authorization request", At: noon, Details: []Detail{{"client_id", "latchkey"}, {"state", ""}}},
			{Text: "Your session started", Name: "session", At: noon.Add(time.Second), After: "1.0 s"},
		},
	}
}
