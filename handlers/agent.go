package handlers

import "github.com/mileusna/useragent"

// browserInWords tells a person which of their browsers a User-Agent is, as
// "Firefox on Linux". It is the browser's own word, and proves nothing.
func browserInWords(agent string) string {
	ua := useragent.Parse(agent)
	system := ua.OS
	if ua.IsIOS() && ua.Device != "" {
		system = ua.Device
	}
	switch {
	case ua.Name == "" || ua.OS == "" && !ua.Bot:
		return "Unknown browser"
	case ua.Name == "Safari" && ua.OS == useragent.Linux:
		return "WebKit on Linux" // there is no Safari for it
	case system == "":
		return ua.Name
	}
	return ua.Name + " on " + system
}
