package main

import (
	"encoding/json"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// goPackage is a part of what go list -json prints.
type goPackage struct {
	ImportPath, Dir string
	GoFiles         []string
	ImportMap       map[string]string // for the variants of packages that tests compile
	Module          *struct{ Main bool }
	Error           *struct{ Err string } // with EmbedFiles, of a go:embed without files too
}

// checkTypes checks that every package of a module compiles, with its tests. It takes a tenth
// of the time of go vet, which compiles each variant of each package for that.
func checkTypes(t *testing.T, folder string) {
	t.Helper()
	list := json.NewDecoder(strings.NewReader(command(t, folder, "go", "list", "-e", "-deps", "-test", "-json=ImportPath,Dir,GoFiles,EmbedFiles,ImportMap,Module,Error", "./...")))
	var own []goPackage // after those that they import
	dependencies := map[string]string{}
	for list.More() {
		var p goPackage
		if err := list.Decode(&p); err != nil {
			t.Fatal(err)
		}
		switch {
		case p.Module != nil && p.Module.Main:
			own = append(own, p)
		case !strings.HasSuffix(p.ImportPath, ".test"):
			dependencies[p.ImportPath] = ""
		}
	}
	delete(dependencies, "unsafe")
	paths := slices.Collect(maps.Keys(dependencies))
	for line := range strings.Lines(command(t, folder, "go", append([]string{"list", "-trimpath", "-export", "-f={{.ImportPath}} {{.Export}}"}, paths...)...)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		dependencies[path] = file
	}
	files := token.NewFileSet()
	compiled := importer.ForCompiler(files, "gc", func(path string) (io.ReadCloser, error) { return os.Open(dependencies[path]) })
	checked := map[string]*types.Package{}
	for _, p := range own {
		if p.Error != nil {
			t.Errorf("%s: %s", p.ImportPath, p.Error.Err)
		}
		config := types.Config{Error: func(err error) { t.Error(err) }, Importer: importerFunc(func(path string) (*types.Package, error) {
			if variant, ok := p.ImportMap[path]; ok {
				path = variant
			}
			if known, ok := checked[path]; ok {
				return known, nil
			}
			return compiled.Import(path)
		})}
		checked[p.ImportPath], _ = config.Check(p.ImportPath, files, p.parse(t, files), nil) // Error has the errors
	}
}

type importerFunc func(path string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) { return f(path) }

func (p goPackage) parse(t *testing.T, files *token.FileSet) []*ast.File {
	t.Helper()
	var all []*ast.File
	for _, name := range p.GoFiles {
		if filepath.IsAbs(name) {
			continue // the generated main function of tests
		}
		file, err := parser.ParseFile(files, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Error(err)
		}
		all = append(all, file)
	}
	return all
}
