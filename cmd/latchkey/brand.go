package main

import "latchkey/handlers"

// withBrand adds all that a fork changes about the pages. The icon of browser tabs is
// assets/favicon.svg, and Config.Words changes single texts.
func withBrand(c handlers.Config) handlers.Config {
	c.Name = "Latchkey"
	c.Logo = ""   // an image or an inline SVG, 32 pixels high; empty means the keyhole
	c.Footer = "" // below every page
	c.CSS = ""    // colors and more, such as ":root { --accent: purple }"
	return c
}
