// Package assets holds the style sheet, the script and the icon, at URLs that change
// with their content.
package assets

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"path"
	"slices"
	"strings"
	"sync"
)

//go:generate go tool esbuild app.js app.css public.css dialog.css --bundle --minify --log-level=warning --outdir=served

// The directory htmx is embedded, not its files, so that a clone without Node compiles:
// there it has only a README.
//
//go:embed served favicon.svg htmx
var embedded embed.FS

// Options are what an app chooses about its assets.
type Options struct {
	Prefix string            // where they are served, as "/api/auth/assets/"
	CSS    string            // after our own style sheet; optional
	Words  map[string]string // the texts of the script, by their names in it
	Icon   []byte            // an SVG; nil means ours
	HTMX   []byte            // the script of htmx; nil means the embedded one, if any
}

// Assets are the files of one app.
type Assets struct {
	prefix string
	files  map[string]*file // by name
	byURL  map[string]*file
	htmx   bool
}

// New returns the files of an app. It fails if HTMX is not the release that our script
// is written for, if the icon is not an SVG, or if the CSS could not be inside of a page.
func New(o Options) (*Assets, error) {
	htmx, err := o.htmx()
	if err != nil {
		return nil, err
	}
	icon := o.Icon
	if icon == nil {
		icon = read("favicon.svg")
	}
	if !bytes.Contains(icon, []byte("<svg")) {
		return nil, errors.New("the icon is not an SVG")
	}
	if strings.Contains(strings.ToLower(o.CSS), "</style") {
		return nil, errors.New("the style sheet contains </style: write the < as \\3c followed by a space")
	}
	a := &Assets{prefix: o.Prefix, files: map[string]*file{}, byURL: map[string]*file{}, htmx: htmx != nil}
	a.add("app.css", slices.Concat(read("served/app.css"), []byte(o.CSS)))
	a.add("public.css", slices.Concat(read("served/public.css"), []byte(o.CSS)))
	a.add("dialog.css", slices.Concat(ownDialogStyle(), scoped([]byte(o.CSS))))
	a.add("app.js", script(htmx, o.Words))
	a.add("favicon.svg", icon)
	return a, nil
}

// URL returns the address of the file called name, with a hash of its content in it.
func (a *Assets) URL(name string) string { return a.files[name].url }

// Integrity returns the hash of the file called name, for the attribute integrity and
// for a Content-Security-Policy (Subresource Integrity section 3.5).
func (a *Assets) Integrity(name string) string {
	sum := a.files[name].sum
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// HTMX reports whether the script contains htmx. Without it the pages work as plain
// forms.
func (a *Assets) HTMX() bool { return a.htmx }

// read returns an embedded file.
func read(name string) []byte {
	content, err := embedded.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return content
}

func (a *Assets) add(name string, content []byte) {
	f := newFile(a.prefix, name, content)
	a.files[name], a.byURL[f.url] = f, f
}

// compressed has the compressed content of every file, by its SHA-256, so that the
// apps of one process share it.
var compressed sync.Map

// contentTypes are those of our files. (Package mime would read the list of the whole
// system first, and keep it.)
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

func newFile(prefix, name string, content []byte) *file {
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	base := strings.TrimSuffix(name, ext)
	shared, _ := compressed.LoadOrStore(sum, pack(content))
	return &file{
		url:         prefix + base + "." + hex.EncodeToString(sum[:6]) + ext,
		contentType: contentTypes[ext],
		plain:       content,
		sum:         sum,
		packed:      shared.(*packed),
	}
}
