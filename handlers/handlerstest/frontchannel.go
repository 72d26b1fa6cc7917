package handlerstest

import (
	"net/url"

	"latchkey/auth"
	"latchkey/handlers"
)

// FrontChannelLogout switches front-channel logout on, for all providers.
func FrontChannelLogout(c *auth.Config, _ *handlers.Config) {
	for i := range c.Providers {
		c.Providers[i].FrontChannelLogout = true
	}
}

// FrontChannelLogoutURL is the URL that a frame on the provider's page loads.
func (a *App) FrontChannelLogoutURL(provider string, query url.Values) string {
	return a.URL + "/api/auth/frontchannel-logout/" + provider + "?" + query.Encode()
}
