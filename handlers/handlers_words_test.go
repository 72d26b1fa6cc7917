package handlers_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
	"latchkey/views"
)

var placeholder = regexp.MustCompile(`\{\w+\}`)

// pseudoWords replaces each text by its key in brackets, with its placeholders.
func pseudoWords(tb testing.TB) map[string]string {
	tb.Helper()
	err := startWith(tb, func(c *handlers.Config) { c.Words = map[string]string{"unknown": ""} })
	if err == nil {
		tb.Fatal("an unknown word: got no error")
	}
	_, keys, _ := strings.Cut(err.Error(), "The texts are: ")
	words := map[string]string{}
	ours := views.NewWords().Texts()
	for key := range strings.SplitSeq(keys, ", ") {
		words[key] = "⟦" + key + "⟧{provider}"
		if text, ok := ours[key]; ok {
			words[key] = "⟦" + key + "⟧" + strings.Join(placeholder.FindAllString(*text, -1), " ")
		}
	}
	return words
}

// wordsApp is an app whose texts are all replaced. It is named Notes.
func wordsApp(tb testing.TB, options ...func(*auth.Config, *handlers.Config)) *handlerstest.App {
	tb.Helper()
	words := pseudoWords(tb)
	return handlerstest.Start(tb, append(options, func(_ *auth.Config, c *handlers.Config) { c.Words, c.Name = words, "Notes" })...)
}

// wordsOwnPages is wordsApp with pages of its own.
func wordsOwnPages(tb testing.TB) *handlerstest.App {
	tb.Helper()
	a := wordsApp(tb, func(_ *auth.Config, c *handlers.Config) { c.Pages = false })
	a.SetHandler(onServeMux(a.NewHandlers(tb)))
	return a
}

// inDialog makes a browser ask as our script does on a page of an app.
func inDialog(b *authtest.Browser) *authtest.Browser {
	b.Header = http.Header{"Hx-Request": {"true"}, "Hx-Request-Type": {"partial"}, "Latchkey-Page": {"app"}}
	return b
}

// pagesWithWords are our pages for someone who signs in, and the labels that each shows.
var pagesWithWords = map[string]struct {
	want string
	open func(t *testing.T) *authtest.Page
}{
	"the home page": {"lang skip_link sign_in_to_app one_provider sign_in sign_in_at", func(t *testing.T) *authtest.Page {
		return authtest.NewBrowser(t).Get(wordsApp(t).URL)
	}},
	"several providers": {"several_providers continue_with sign_in_there last_used sign_up use_another", func(t *testing.T) *authtest.Page {
		a, b := wordsApp(t), authtest.NewBrowser(t)
		a.AddProvider(t).EditDiscovery(func(doc map[string]any) { doc["prompt_values_supported"] = []string{"create"} })
		a.SignIn(t, b, authtest.Ada)
		handlerstest.Eventually(t, "the second provider is known", func() bool {
			return strings.Contains(authtest.NewBrowser(t).Get(a.URL).Text, `name="signup"`)
		})
		return a.FollowSignOut(b, b.Post(a.URL+"/api/auth/signout", nil))
	}},
	"a protected page": {"sign_in_to_continue organization account another_way", func(t *testing.T) *authtest.Page {
		return authtest.NewBrowser(t).Get(wordsApp(t).URL + "/profile?login_hint=ada&organization=acme")
	}},
	"another address": {"wrong_address open_address", func(t *testing.T) *authtest.Page {
		a := wordsApp(t, func(c *auth.Config, _ *handlers.Config) { c.URL = "http://localhost:3000" })
		return authtest.NewBrowser(t).Get(a.URL)
	}},
	"a provider that is down": {"provider_down go_home reference quote_reference", func(t *testing.T) *authtest.Page {
		a, b := wordsApp(t), authtest.NewBrowser(t)
		a.Provider.Handle(authtest.DiscoveryEndpoint, authtest.Cut)
		failure := b.Post(a.URL+"/api/auth/signin/asgardeo", nil)
		return &authtest.Page{Text: failure.Text + b.Get(a.URL).Text}
	}},
	"a provider that is wrong": {"provider_broken", func(t *testing.T) *authtest.Page {
		a, b := wordsApp(t), authtest.NewBrowser(t)
		a.Provider.EditDiscovery(func(doc map[string]any) { doc["issuer"] = "https://attacker.example" })
		b.Post(a.URL+"/api/auth/signin/asgardeo", nil)
		return b.Get(a.URL)
	}},
	"no provider in an error": {"provider_unknown", func(t *testing.T) *authtest.Page {
		return authtest.NewBrowser(t).Get(wordsApp(t).URL + "/nothing")
	}},
	"a person who is refused": {"sign_in_as_another", func(t *testing.T) *authtest.Page { return refusedPage(t, wordsApp(t, refuseAll)) }},
	"a person who is refused, with several providers": {"continue_as_another", func(t *testing.T) *authtest.Page {
		a := wordsApp(t, refuseAll)
		a.AddProvider(t)
		return refusedPage(t, a)
	}},
	"signed in": {"signed_in your_profile sign_out", func(t *testing.T) *authtest.Page {
		a, b := wordsApp(t), authtest.NewBrowser(t)
		a.SignIn(t, b, authtest.Ada)
		return b.Get(a.URL)
	}},
	"a popup": {"popup_done close_popup", func(t *testing.T) *authtest.Page {
		a, b := wordsApp(t), authtest.NewBrowser(t)
		a.SignIn(t, b, authtest.Ada)
		return b.Get(a.URL + "/api/auth/signed-in")
	}},
	"the warning before the idle end": {"still_there ends_at stay_signed_in sign_out", func(t *testing.T) *authtest.Page {
		a, b := wordsApp(t), authtest.NewBrowser(t)
		a.SignIn(t, b, authtest.Ada)
		return inDialog(b).Get(a.URL + "/api/auth/session")
	}},
	"the warning before the absolute end": {"ends_soon ends_for_sure opens_window not_now", func(t *testing.T) *authtest.Page {
		a, b := wordsApp(t, func(c *auth.Config, _ *handlers.Config) { c.MaxAge = time.Hour }), authtest.NewBrowser(t)
		a.SignIn(t, b, authtest.Ada)
		return inDialog(b).Get(a.URL + "/api/auth/session")
	}},
	"a request of a session that has ended": {"signed_out nothing_lost not_now", func(t *testing.T) *authtest.Page {
		return inDialog(authtest.NewBrowser(t)).Post(wordsApp(t).URL+"/api/auth/sessions/device", nil)
	}},
	"a failed request": {"close reference", func(t *testing.T) *authtest.Page {
		return inDialog(authtest.NewBrowser(t)).Post(wordsApp(t).URL+"/api/auth/signin/nobody", nil)
	}},
	"a form of a session that has ended": {"signed_out nothing_saved send_after_sign_in enter_again send_again", func(t *testing.T) *authtest.Page {
		return authtest.NewBrowser(t).Post(wordsOwnPages(t).URL+"/notes", url.Values{"password": {"hunter2"}})
	}},
	"a page that needs a confirmation": {"confirm continue_with cancel", func(t *testing.T) *authtest.Page {
		a, b := wordsOwnPages(t), authtest.NewBrowser(t)
		a.SignIn(t, b, authtest.Ada)
		return b.Get(a.URL + "/vault")
	}},
	"a form that needs a confirmation": {"confirm send_after_confirm opens_window send_again", func(t *testing.T) *authtest.Page {
		a, b := wordsOwnPages(t), authtest.NewBrowser(t)
		a.SignIn(t, b, authtest.Ada)
		return b.Post(a.URL+"/erase", nil)
	}},
	"a page that leads on": {"one_more_step press_button continue", func(t *testing.T) *authtest.Page {
		a, b := wordsApp(t), authtest.NewBrowser(t)
		a.Provider.EditIDToken(func(_, claims map[string]any) { claims["address"] = strings.Repeat("x", 4<<10) })
		a.SignIn(t, b, authtest.Ada)
		return b.Post(a.URL+"/api/auth/signout", nil)
	}},
}

// An app in another language has no text of ours left. (The profile has its own texts.)
func TestWordsReplaceEveryText(t *testing.T) {
	t.Parallel()
	missing := views.NewWords().Texts()
	for name, c := range pagesWithWords {
		for word := range strings.FieldsSeq(c.want) {
			delete(missing, strings.Replace("label."+word, "label.lang", "lang", 1))
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := c.open(t).Text
			for word := range strings.FieldsSeq(strings.ReplaceAll(c.want, "lang ", "")) {
				if !strings.Contains(page, "⟦label."+word+"⟧") {
					t.Errorf("got no label.%s in\n%s", word, page)
				}
			}
			if texts := notReplaced(t, page); len(texts) > 0 {
				t.Errorf("got our own texts %q in\n%s", texts, page)
			}
		})
	}
	for key := range missing {
		if !strings.HasPrefix(key, "script.") {
			t.Errorf("no page of this test shows %s", key)
		}
	}
}

// notReplaced returns the texts of a page that are ours, and attributes that are read
// aloud. What people and apps have chosen is in elements of its own.
func notReplaced(tb testing.TB, page string) (texts []string) {
	tb.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		tb.Fatal(err)
	}
	others := []string{"bdi", "code", "label", "style", "time"}
	for n := range root.Descendants() {
		text := strings.TrimSpace(n.Data)
		if n.Type == html.TextNode && text != "" && !slices.Contains(others, n.Parent.Data) && !strings.Contains(text, "⟦") && !slices.Contains(theirs, text) {
			texts = append(texts, text)
		}
		for _, a := range n.Attr {
			if slices.Contains([]string{"alt", "aria-label", "placeholder", "title"}, a.Key) && a.Val != "" && !strings.Contains(a.Val, "⟦") || a.Key == "lang" && !strings.Contains(a.Val, "⟦lang⟧") {
				texts = append(texts, a.Key+"="+a.Val)
			}
		}
	}
	return texts
}

// theirs are texts of the app and of the provider.
var theirs = []string{"Notes", "AL", "Sign in again to erase all.", "Sign in again to open the vault."}

// The script has all of its texts from the same table.
func TestWordsReplaceTextsOfScript(t *testing.T) {
	t.Parallel()
	a := wordsApp(t)
	home := authtest.NewBrowser(t).Get(a.URL).Text
	script := authtest.NewBrowser(t).Get(a.URL + regexp.MustCompile(`/api/auth/assets/app\.\w+\.js`).FindString(home)).Text
	argument := script[strings.LastIndex(script, "})(")+len("})("):]
	got := map[string]string{}
	if err := json.NewDecoder(strings.NewReader(argument)).Decode(&got); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, file := range []string{"app.js", "page.js", "drafts.js"} {
		source, err := os.ReadFile("../assets/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`\bwords\.(\w+)`).FindAllStringSubmatch(string(source), -1) {
			used[name[1]] = true
			if !strings.HasPrefix(got[name[1]], "⟦script."+name[1]+"⟧") {
				t.Errorf("%s shows words.%s: got %q for it", file, name[1], got[name[1]])
			}
		}
	}
	for name := range maps.Keys(got) {
		if !used[name] {
			t.Errorf("no script uses words.%s", name)
		}
	}
	if want := "⟦script.unreachable⟧Notes"; got["unreachable"] != want {
		t.Errorf("got %q, want %q", got["unreachable"], want)
	}
}

func refuseAll(c *auth.Config, _ *handlers.Config) {
	c.Admit = func(_ context.Context, _ *auth.Session) error { return auth.Refuse("") }
}

func refusedPage(t *testing.T, a *handlerstest.App) *authtest.Page {
	t.Helper()
	b := authtest.NewBrowser(t)
	return b.Walk(b.SignIn(b.Post(a.URL+"/api/auth/signin/asgardeo", nil).Redirect, authtest.Ada))
}
