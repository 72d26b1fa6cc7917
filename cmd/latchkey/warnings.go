package main

import "strings"

// warnings returns what does not keep the program from starting, and is
// probably not meant: one line each, with its variable and the remedy.
func (c config) warnings() []string {
	var all []string
	for _, slip := range c.misspelt {
		all = append(all, slip.String())
	}
	if strings.HasPrefix(strings.ToLower(c.auth.URL), "https:") && len(c.trustedProxies) == 0 && c.rateLimit > 0 {
		all = append(all, "TRUSTED_PROXIES: is not set, so everyone behind the proxy that ends TLS seems to have its address, and sign-ins are limited by browser instead. Set it to the proxy's network, as 10.0.0.0/8")
	}
	return all
}
