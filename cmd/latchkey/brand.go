package main

import "latchkey/handlers"

// brand is all that a fork changes about the pages. Its field Words changes single texts.
var brand = handlers.Config{
	Name:   "Latchkey",
	Logo:   "",  // an image or an inline SVG, 32 pixels high; empty means the keyhole
	Icon:   nil, // the SVG file for browser tabs; nil means assets/favicon.svg
	Footer: "",  // below every page
	CSS:    "",  // colors and more, such as ":root { --accent: purple }"
}
