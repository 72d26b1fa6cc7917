// Package assets holds what the browser fetches beside the pages: one style
// sheet, one script and the icon, under URLs that change with their content.
package assets

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"mime"
	"path"
	"strings"
)

// Naming the directory htmx, not its files, lets a clone without Node compile:
// there the directory holds nothing but a note.
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
	return prefix + name // answered 404, which a developer sees at once
}

func load() map[string]*file {
	return map[string]*file{
		"app.css":     newFile("app.css", read("app.css")),
		"app.js":      newFile("app.js", script(embedded)),
		"favicon.svg": newFile("favicon.svg", read("favicon.svg")),
	}
}

// read returns a file that the compiler has promised to embed.
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
