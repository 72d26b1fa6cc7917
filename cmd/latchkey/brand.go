package main

import "latchkey/handlers"

// withBrand adds all that a fork changes about the pages. Config.Words changes single
// texts.
func withBrand(c handlers.Config) handlers.Config {
	c.Name = "Latchkey"
	c.Logo = ""   // an image or an inline SVG, 32 pixels high; empty means the keyhole
	c.Icon = nil  // the SVG file for browser tabs; nil means assets/favicon.svg
	c.Footer = "" // below every page
	c.CSS = ""    // colors and more, such as ":root { --accent: purple }"
	return c
}
