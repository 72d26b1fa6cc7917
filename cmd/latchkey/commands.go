package main

import (
	"crypto/rand"
	"encoding/base64"
)

// newSecret returns 32 random bytes for AUTH_SECRET.
func newSecret() string {
	secret := make([]byte, 32)
	rand.Read(secret)
	return base64.RawURLEncoding.EncodeToString(secret)
}

const help = `Latchkey signs people in and out with OpenID Connect.

  latchkey            serves the app
  latchkey secret     prints a new AUTH_SECRET
  latchkey version    prints the version
  latchkey help       prints this

Environment variables configure it. These are required:

  AUTH_SECRET             at least 32 random bytes, from latchkey secret
  AUTH_ASGARDEO_ID        the client ID of this app at the provider
  AUTH_ASGARDEO_SECRET    the client secret
  AUTH_ASGARDEO_ISSUER    the provider's issuer
  AUTH_URL                the app's public URL, in production

Any other name can replace ASGARDEO. .github/OPERATIONS.md lists all variables.
`
