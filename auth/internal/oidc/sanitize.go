package oidc

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// This file has the one way in which text from outside becomes fit for a log
// line or a page. Whether it may be there at all is for an allowlist to say.

const maxSanitized = 200 // bytes

// jwt is anything that could be a token, whole or cut.
var jwt = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*)*`)

// sanitize makes text printable and short, and replaces the secrets that it may
// repeat.
func Sanitize(text string, secrets ...string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "[secret]")
			text = strings.ReplaceAll(text, url.QueryEscape(secret), "[secret]")
		}
	}
	text = jwt.ReplaceAllString(text, "[token]")
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	return Cut(text, maxSanitized)
}

// sanitize is for the answer to a request that held our credentials, which
// careless providers repeat.
func (p *Provider) sanitize(text string, secrets ...string) string {
	credentials := url.QueryEscape(p.ClientID) + ":" + url.QueryEscape(p.ClientSecret) // RFC 6749 section 2.3.1
	return Sanitize(text, append(secrets, p.ClientSecret, base64.StdEncoding.EncodeToString([]byte(credentials)))...)
}

// cut shortens text to a number of bytes, at the end of a letter.
func Cut(text string, length int) string {
	if len(text) <= length {
		return text
	}
	return strings.ToValidUTF8(text[:length], "") + "…"
}

// parameterNames lists the parameters of OAuth and OpenID Connect whose names
// are shown. Any other name may itself be a secret.
var ParameterNames = []string{
	"code", "state", "nonce", "code_challenge", "iss", "sub", "exp", "iat", "at_hash", "scope", "session_state", "access_token", "id_token",
	"refresh_token", "token_type", "expires_in", "error", "error_description", "error_uri", "response", "request", "request_uri", "claims",
	"id_token_hint", "resource",
}

// parameterName names a parameter that came from outside.
func ParameterName(name string) string {
	if slices.Contains(ParameterNames, name) {
		return name
	}
	return "an unknown parameter"
}

// describeError returns the error in an authorization response (Core 3.1.2.6).
// Its text may repeat what the other parameters hold.
func DescribeError(response url.Values) string {
	return Sanitize(response.Get("error")+" "+response.Get("error_description"), OtherValues(response)...)
}

// otherValues returns the values of an authorization response that must not be
// in its error texts. Short ones are words, such as "error" or "1".
func OtherValues(response url.Values) []string {
	var others []string
	for name, values := range response {
		if name != "error" && name != "error_description" {
			others = append(others, values...)
		}
	}
	return slices.DeleteFunc(others, func(value string) bool { return len(value) < 6 })
}
