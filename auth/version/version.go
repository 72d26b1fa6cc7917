// Package version knows which version of the program this is.
package version

import (
	"runtime/debug"
	"strings"
)

// UserAgent identifies us in outgoing requests. Operators of providers look for it
// in their logs, and some firewalls refuse Go's own.
var UserAgent = product + "/" + strings.Trim(String(), "()")

const product = "latchkey"

// String returns the version of this module, or the commit that it was built from.
func String() string {
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
