package handlers

import (
	"slices"

	"github.com/mileusna/useragent"
)

// browserNames and systemNames are those that a page shows. A User-Agent can
// say anything.
var (
	browserNames = []string{
		useragent.Opera, useragent.OperaMini, useragent.OperaTouch, useragent.Chrome, useragent.HeadlessChrome, useragent.Firefox,
		useragent.InternetExplorer, useragent.Safari, useragent.Edge, useragent.Vivaldi, useragent.SamsungBrowser, useragent.GoogleAdsBot,
		useragent.Googlebot, useragent.Twitterbot, useragent.FacebookExternalHit, useragent.Applebot, useragent.Bingbot,
		useragent.FacebookApp, useragent.InstagramApp, useragent.TiktokApp, "Android browser", "Miui Browser", "Huawei Browser",
	}
	systemNames = []string{
		useragent.Windows, useragent.WindowsPhone, useragent.Android, useragent.MacOS, useragent.IOS, useragent.Linux, useragent.FreeBSD,
		useragent.ChromeOS, useragent.BlackBerry, useragent.Harmony, "iPhone", "iPad", "iPod",
	}
)

// browserName tells a person which of their browsers a User-Agent is, as
// "Firefox on Linux". It is the browser's own word, and proves nothing.
func browserName(agent string) string {
	ua := useragent.Parse(agent)
	system := ua.OS
	if ua.IsIOS() && ua.Device != "" {
		system = ua.Device
	}
	if !slices.Contains(systemNames, system) {
		system = ""
	}
	switch {
	case !slices.Contains(browserNames, ua.Name) || system == "" && !ua.Bot:
		return "Unknown browser"
	case ua.Name == useragent.Safari && system == useragent.Linux:
		return "WebKit on Linux" // there is no Safari for it
	case system == "":
		return ua.Name
	}
	return ua.Name + " on " + system
}

// isPhone reports whether a User-Agent is that of a phone or a tablet.
func isPhone(agent string) bool {
	ua := useragent.Parse(agent)
	return ua.Mobile || ua.Tablet
}
