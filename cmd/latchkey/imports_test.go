package main

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// packages returns the words that go list prints of packages.
func packages(tb testing.TB, args ...string) []string {
	tb.Helper()
	out, err := exec.CommandContext(tb.Context(), "go", append([]string{"list"}, args...)...).Output()
	if err != nil {
		tb.Fatalf("go list %q: %v", args, err)
	}
	return strings.Fields(string(out))
}

// The binary contains neither test code nor the development provider.
func TestBinaryHasNoDevelopmentProvider(t *testing.T) {
	t.Parallel()
	deps := packages(t, "-deps", "latchkey/cmd/latchkey")
	if !slices.Contains(deps, "latchkey/auth") {
		t.Fatalf("go list -deps: got %d packages without latchkey/auth, want the program's", len(deps))
	}
	for _, unwanted := range []string{
		"latchkey/auth/authtest", "latchkey/auth/store/storetest", "latchkey/handlers/handlerstest", "testing", "net/http/httptest",
		"github.com/zitadel/oidc/v3/pkg/op", "github.com/zitadel/oidc/v3/example/server/storage",
	} {
		if slices.Contains(deps, unwanted) {
			t.Errorf("the binary contains %s", unwanted)
		}
	}
}

// The build of `go tool task dev` compiles, without the drivers that take long to compile.
func TestSQLiteOnlyBuildHasNoOtherDriver(t *testing.T) {
	t.Parallel()
	deps := packages(t, "-deps", "-tags=sqlite_only", "latchkey/cmd/latchkey")
	if !slices.Contains(deps, "latchkey/auth/store/sqlite") {
		t.Fatalf("go list -deps: got %d packages without latchkey/auth/store/sqlite, want the program's", len(deps))
	}
	for _, unwanted := range []string{"github.com/redis/go-redis/v9", "github.com/jackc/pgx/v5"} {
		if slices.Contains(deps, unwanted) {
			t.Errorf("the build contains %s", unwanted)
		}
	}
	if out, err := exec.CommandContext(t.Context(), "go", "vet", "-tags=sqlite_only", "latchkey/cmd/latchkey").CombinedOutput(); err != nil {
		t.Errorf("go vet: %v\n%s", err, out)
	}
}

// These register handlers on http.DefaultServeMux, which many apps serve: everyone could
// read the app's command line and memory.
func TestNoDebugHandlers(t *testing.T) {
	t.Parallel()
	deps := packages(t, "-deps", "latchkey/auth", "latchkey/handlers")
	if !slices.Contains(deps, "latchkey/handlers") {
		t.Fatalf("go list -deps: got %d packages without latchkey/handlers, want those of auth and handlers", len(deps))
	}
	for _, unwanted := range []string{"net/http/pprof", "expvar"} {
		if slices.Contains(deps, unwanted) {
			t.Errorf("auth and handlers depend on %s", unwanted)
		}
	}
}

// An app that imports auth and handlers chooses its engine, and gets no other
// engine's driver.
func TestAuthAndHandlersHaveNoDriver(t *testing.T) {
	t.Parallel()
	deps := packages(t, "-deps", "latchkey/auth", "latchkey/handlers")
	if !slices.Contains(deps, "latchkey/auth/store") {
		t.Fatalf("go list -deps: got %d packages without latchkey/auth/store, want those of auth and handlers", len(deps))
	}
	for _, driver := range []string{
		"latchkey/auth/store/sqlite", "latchkey/auth/store/redis", "latchkey/auth/store/postgres",
		"modernc.org/sqlite/...", "github.com/redis/...", "github.com/jackc/...", "database/sql",
	} {
		for _, dep := range deps {
			if within(driver, dep) {
				t.Errorf("auth and handlers depend on %s", dep)
			}
		}
	}
}

// The rules name the packages that may import another, tests excluded.
func TestImportsPointOneWay(t *testing.T) {
	t.Parallel()
	rules := []struct {
		imported string // a package, or a tree with /...
		by       []string
	}{
		{"latchkey/cmd/...", nil},
		{"latchkey/handlers/handlerstest", nil},
		{"latchkey/handlers", []string{"latchkey/cmd/latchkey", "latchkey/handlers/handlerstest"}},
		{"latchkey/handlers/internal/...", []string{"latchkey/handlers"}},
		{"latchkey/views", []string{"latchkey/handlers"}},
		{"latchkey/assets", []string{"latchkey/views", "latchkey/handlers", "latchkey/cmd/latchkey"}},
		{"latchkey/auth", []string{"latchkey/handlers", "latchkey/auth/doctor", "latchkey/cmd/latchkey", "latchkey/cmd/dev", "latchkey/handlers/handlerstest"}},
		{"latchkey/auth/doctor", []string{"latchkey/cmd/latchkey"}},
		{"latchkey/auth/env", []string{"latchkey/auth", "latchkey/cmd/latchkey", "latchkey/cmd/dev"}},
		{"latchkey/auth/store", []string{
			"latchkey/auth", "latchkey/auth/internal/sealed", "latchkey/auth/internal/watch", "latchkey/auth/store/sqlite", "latchkey/auth/store/redis", "latchkey/auth/store/postgres",
			"latchkey/auth/store/storetest", "latchkey/auth/doctor", "latchkey/cmd/latchkey", "latchkey/handlers/handlerstest",
		}},
		{"latchkey/auth/authtest", []string{"latchkey/cmd/dev", "latchkey/handlers/handlerstest"}},
		{"github.com/go-chi/...", []string{"latchkey/handlers"}},
		{"github.com/a-h/templ/...", []string{"latchkey/views", "latchkey/handlers", "latchkey/cmd/dev"}},
		{"github.com/alexedwards/scs/...", []string{"latchkey/auth/internal/sessiontoken"}},
		{"latchkey/auth/internal/sealed", []string{"latchkey/auth", "latchkey/auth/internal/record", "latchkey/auth/internal/cookies"}},
		{"latchkey/auth/internal/cookies", []string{"latchkey/auth"}},
		{"latchkey/auth/internal/sessiontoken", []string{"latchkey/auth"}},
		{"latchkey/auth/internal/record", []string{"latchkey/auth", "latchkey/auth/internal/timeline"}},
		{"latchkey/auth/internal/timeline", []string{"latchkey/auth"}},
		{"latchkey/auth/internal/watch", []string{"latchkey/auth"}},
		{"latchkey/auth/internal/oidc", []string{"latchkey/auth", "latchkey/auth/doctor", "latchkey/auth/internal/publicurl", "latchkey/auth/internal/record", "latchkey/auth/internal/timeline"}},
		{"latchkey/auth/internal/publicurl", []string{"latchkey/auth", "latchkey/auth/internal/cookies"}},
		{"latchkey/auth/internal/testonly", []string{"latchkey/auth", "latchkey/auth/authtest"}},
		{"latchkey/auth/internal/flight", []string{"latchkey/auth", "latchkey/auth/internal/oidc"}},
		{"github.com/zitadel/oidc/v3/pkg/client/...", []string{"latchkey/auth/internal/oidc"}},
		{"github.com/zitadel/oidc/v3/pkg/op", []string{"latchkey/auth/authtest"}},
		{"latchkey/auth/store/sqlite", []string{"latchkey/cmd/latchkey", "latchkey/handlers/handlerstest"}},
		{"latchkey/auth/store/redis", []string{"latchkey/cmd/latchkey", "latchkey/handlers/handlerstest"}},
		{"latchkey/auth/store/postgres", []string{"latchkey/cmd/latchkey", "latchkey/handlers/handlerstest"}},
		{"modernc.org/sqlite/...", []string{"latchkey/auth/store/sqlite"}},
		{"github.com/jackc/...", []string{"latchkey/auth/store/postgres"}},
		{"github.com/redis/...", []string{"latchkey/auth/store/redis"}},
		{"github.com/prometheus/...", []string{"latchkey/cmd/latchkey"}},
		{"database/sql", []string{"latchkey/auth/store/sqlite"}},
		{"testing", []string{"latchkey/auth/authtest", "latchkey/auth/store/storetest", "latchkey/handlers/handlerstest"}},
	}
	imports := packages(t, "-f", `{{$importer := .ImportPath}}{{range .Imports}}{{$importer}}={{.}} {{end}}`, "latchkey/...")
	for _, rule := range rules {
		var seen int
		for _, line := range imports {
			importer, imported, _ := strings.Cut(line, "=")
			if !within(rule.imported, imported) || within(rule.imported, importer) {
				continue
			}
			if seen++; !slices.Contains(rule.by, importer) {
				t.Errorf("%s imports %s, want only %q to import it", importer, imported, rule.by)
			}
		}
		if seen == 0 && rule.by != nil {
			t.Errorf("no package imports %s: is the rule out of date?", rule.imported)
		}
	}
}

// within reports whether a package is the pattern's package or in its tree.
func within(pattern, importPath string) bool {
	tree, ok := strings.CutSuffix(pattern, "/...")
	return importPath == pattern || ok && (importPath == tree || strings.HasPrefix(importPath, tree+"/"))
}

// Packages below cmd neither read the environment nor exit, except those for
// tests.
func TestOnlyCmdReadsTheEnvironment(t *testing.T) {
	t.Parallel()
	files := packages(t, "-f", `{{if ne .Name "main"}}{{$dir := .Dir}}{{range .GoFiles}}{{$dir}}/{{.}} {{end}}{{end}}`, "latchkey/...")
	if len(files) < 20 {
		t.Fatalf("go list: got %d files, want those of every package", len(files))
	}
	forbidden := regexp.MustCompile(`(?m)^[^/\n]*\b(os\.(Getenv|LookupEnv|Environ|Exit)|log\.Fatal\w*)\(`) // not in a comment
	for _, file := range files {
		if strings.Contains(file, "/storetest/") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if found := forbidden.Find(text); found != nil {
			t.Errorf("%s contains %s", file, found)
		}
	}
}
