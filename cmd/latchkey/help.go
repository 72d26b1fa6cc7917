package main

// help is what latchkey --help prints.
const help = `Latchkey signs people in and out by OpenID Connect.

  latchkey            serves the app
  latchkey secret     prints a new AUTH_SECRET
  latchkey version    prints the version
  latchkey help       prints this

Environment variables configure it. These are required:

  AUTH_SECRET             at least 32 random bytes, from latchkey secret
  AUTH_ASGARDEO_ID        the client ID that the provider shows for this app
  AUTH_ASGARDEO_SECRET    the client secret that it shows
  AUTH_ASGARDEO_ISSUER    the provider's issuer
  AUTH_URL                the app's public URL, in production

Any other name can replace ASGARDEO. .github/OPERATIONS.md lists all variables.
`
