package views

import (
	"reflect"
	"strings"
)

// Words are the texts of the pages and dialogs for people who sign in, of notices that the
// script shows, and the language of all of them. {app}, {provider}, {time} and {address}
// stand for what the page knows. The profile has its own texts.
type Words struct {
	Lang     string `key:"lang" text:"en"` // BCP 47, for screen readers
	SkipLink string `key:"label.skip_link" text:"Skip to the content"`
	GoHome   string `key:"label.go_home" text:"Go to home"`
	Close    string `key:"label.close" text:"Close"`
	NotNow   string `key:"label.not_now" text:"Not now"`
	Cancel   string `key:"label.cancel" text:"Cancel"`

	SignIn            string `key:"label.sign_in" text:"Sign in"`
	SignInToApp       string `key:"label.sign_in_to_app" text:"Sign in to {app}"`
	SignInToContinue  string `key:"label.sign_in_to_continue" text:"Sign in to continue"`
	SignInAsAnother   string `key:"label.sign_in_as_another" text:"Sign in as someone else"`
	ContinueWith      string `key:"label.continue_with" text:"Continue with {provider}"`
	ContinueAsAnother string `key:"label.continue_as_another" text:"Continue with {provider} as someone else"`
	UseAnother        string `key:"label.use_another" text:"Use another account"`
	SignUp            string `key:"label.sign_up" text:"Create an account with {provider}"`
	LastUsed          string `key:"label.last_used" text:"Last used"`
	OneProvider       string `key:"label.one_provider" text:"Use your {provider} account."`
	SeveralProviders  string `key:"label.several_providers" text:"Choose how to sign in."`
	SignInAt          string `key:"label.sign_in_at" text:"You'll sign in at {provider}. We never see your password."`
	SignInThere       string `key:"label.sign_in_there" text:"You'll sign in there. We never see your password."`
	OpensWindow       string `key:"label.opens_window" text:"Opens in a small window."`
	ProviderDown      string `key:"label.provider_down" text:"{provider} isn't responding. You can still try."`
	ProviderBroken    string `key:"label.provider_broken" text:"Signing in with {provider} isn't working right now."`
	ProviderUnknown   string `key:"label.provider_unknown" text:"The provider"` // {provider} in an error without one
	WrongAddress      string `key:"label.wrong_address" text:"You can't sign in at this address."`
	OpenAddress       string `key:"label.open_address" text:"Open {address}"`
	Organization      string `key:"label.organization" text:"Organization"`
	Account           string `key:"label.account" text:"Account"`
	AnotherWay        string `key:"label.another_way" text:"Sign in another way"`

	SignedIn     string `key:"label.signed_in" text:"You are now signed in!"`
	YourProfile  string `key:"label.your_profile" text:"Your profile"`
	SignOut      string `key:"label.sign_out" text:"Sign Out"`
	PopupDone    string `key:"label.popup_done" text:"You're signed in"`
	ClosePopup   string `key:"label.close_popup" text:"Close this window and continue where you left off."`
	StillThere   string `key:"label.still_there" text:"Are you still there?"`
	EndsAt       string `key:"label.ends_at" text:"You'll be signed out at {time}."`
	StaySignedIn string `key:"label.stay_signed_in" text:"Stay signed in"`
	EndsSoon     string `key:"label.ends_soon" text:"You'll be signed out soon"`
	EndsForSure  string `key:"label.ends_for_sure" text:"For security, you'll be signed out at {time}. Sign in again to continue from here."`
	SignedOut    string `key:"label.signed_out" text:"You've been signed out"`
	NothingLost  string `key:"label.nothing_lost" text:"Nothing you typed is lost. Sign in and we'll finish what you started."`

	NothingSaved     string `key:"label.nothing_saved" text:"Nothing has been saved yet. Here is what you sent."`
	SendAfterSignIn  string `key:"label.send_after_sign_in" text:"Sign in, come back to this page, and send it again."`
	Confirm          string `key:"label.confirm" text:"Confirm it's you"`
	SendAfterConfirm string `key:"label.send_after_confirm" text:"Nothing has been done yet. Come back to this page after you have signed in, and send this again."`
	EnterAgain       string `key:"label.enter_again" text:"Choose files and enter passwords again."`
	SendAgain        string `key:"label.send_again" text:"Send again"`
	OneMoreStep      string `key:"label.one_more_step" text:"One more step"`
	PressButton      string `key:"label.press_button" text:"If nothing happens in a moment, press the button."`
	Continue         string `key:"label.continue" text:"Continue"`
	Reference        string `key:"label.reference" text:"Reference"`
	QuoteReference   string `key:"label.quote_reference" text:"Quote it if you contact support."`

	ScriptUnreachable   string `key:"script.unreachable" text:"We couldn't reach {app}. Check your connection or any Wi-Fi sign-in page."`
	ScriptOffline       string `key:"script.offline" text:"You're offline. Try again when you're connected."`
	ScriptNoConnection  string `key:"script.no_connection" text:"We couldn't connect. Check your connection, then try again."`
	ScriptSignedOut     string `key:"script.signed_out" text:"You've been signed out."`
	ScriptDraftsKept    string `key:"script.drafts_kept" text:"Sign in again and what you typed will still be here."`
	ScriptAnotherNow    string `key:"script.another_now" text:"Someone else is signed in now, so nothing was changed."`
	ScriptAnotherSigned string `key:"script.another_signed_in" text:"Someone else signed in, so nothing was sent."`
	ScriptPressAgain    string `key:"script.press_again" text:"You're signed in again. Nothing was sent: press the button again."`
	ScriptFormIsMissing string `key:"script.form_is_missing" text:"You're signed in again. Nothing was sent, because this page no longer has that form."`
}

// NewWords returns our own texts.
func NewWords() *Words {
	w := new(Words)
	fields := reflect.ValueOf(w).Elem()
	for i := range fields.NumField() {
		fields.Field(i).SetString(fields.Type().Field(i).Tag.Get("text"))
	}
	return w
}

// Texts returns each text by its key, to read or to replace it.
func (w *Words) Texts() map[string]*string {
	texts := map[string]*string{}
	fields := reflect.ValueOf(w).Elem()
	for i := range fields.NumField() {
		texts[fields.Type().Field(i).Tag.Get("key")] = fields.Field(i).Addr().Interface().(*string)
	}
	return texts
}

// SetApp puts the app's name into the texts.
func (w *Words) SetApp(name string) {
	for _, text := range w.Texts() {
		*text = strings.ReplaceAll(*text, "{app}", name)
	}
}

// Script returns the texts of the script by their names in it.
func (w *Words) Script() map[string]string {
	script := map[string]string{}
	for key, text := range w.Texts() {
		if name, ok := strings.CutPrefix(key, "script."); ok {
			script[name] = *text
		}
	}
	return script
}

// WithProvider puts a provider's name into a text.
func WithProvider(text, provider string) string {
	return strings.ReplaceAll(text, "{provider}", provider)
}
