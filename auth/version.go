package auth

import (
	"runtime/debug"
	"strings"
)

// userAgent is who we say we are in every request that we send: operators of
// providers look for it in their logs, and some firewalls refuse Go's own.
var userAgent = "latchkey/" + strings.Trim(Version(), "()")

// Version returns the version of this module, or the commit it was built from.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "unknown"
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" && info.Main.Version == "(devel)" {
			return setting.Value[:12]
		}
	}
	return info.Main.Version
}
