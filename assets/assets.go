// Package assets holds the style sheet, the script and the icon, at URLs that change
// with their content.
package assets

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"mime"
	"path"
	"strings"
)

// The directory htmx is embedded, not its files, so that a clone without Node compiles:
// there it has only a README.
//
//go:embed app.css page.js drafts.js app.js favicon.svg htmx
var embedded embed.FS

// prefix is where Handler expects to be mounted.
const prefix = "/assets/"

var files = load()

// URL returns the address of the file called name ("app.css", "app.js" or
// "favicon.svg"), with a hash of its content in it.
func URL(name string) string {
	if f, ok := files[name]; ok {
		return f.url
	}
	return prefix + name // responds 404, which a developer notices
}

func load() map[string]*file {
	return map[string]*file{
		"app.css":     newFile("app.css", read("app.css")),
		"app.js":      newFile("app.js", script(embedded)),
		"favicon.svg": newFile("favicon.svg", read("favicon.svg")),
	}
}

// read returns an embedded file.
func read(name string) []byte {
	content, err := embedded.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return content
}

func newFile(name string, content []byte) *file {
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	base := strings.TrimSuffix(name, ext)
	return &file{
		url:         prefix + base + "." + hex.EncodeToString(sum[:6]) + ext,
		contentType: mime.TypeByExtension(ext),
		plain:       content,
	}
}
