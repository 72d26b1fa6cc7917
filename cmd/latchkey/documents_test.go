package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"path"
	"unicode/utf8"
)

// documents are what people read in the repository, by path from its root.
var documents = []string{"README.md", ".github/OPERATIONS.md", ".github/INCIDENTS.md", ".github/SECURITY.md"}

func document(tb testing.TB, name string) string {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// matches returns what a pattern's group matches, sorted and without duplicates.
func matches(pattern, text string) []string {
	found := map[string]bool{}
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found[match[1]] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// codeBlocks returns the fenced blocks of a document, by language.
func codeBlocks(text string) map[string][]string {
	blocks := map[string][]string{}
	for _, match := range regexp.MustCompile("(?ms)^ *```(\\w+)\n(.*?)^ *```$").FindAllStringSubmatch(text, -1) {
		blocks[match[1]] = append(blocks[match[1]], match[2])
	}
	return blocks
}

func TestReadmeIsShort(t *testing.T) {
	t.Parallel()
	const lines, columns = 120, 120
	readme := document(t, "README.md")
	if n := strings.Count(readme, "\n"); n > lines {
		t.Errorf("README.md: got %d lines, want at most %d. Move operations into .github/OPERATIONS.md", n, lines)
	}
	for line := range strings.Lines(readme) {
		if strings.Contains(line, "latchkey") || strings.Contains(line, "Latchkey") {
			continue // the names of a fork may be longer
		}
		if utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) > columns {
			t.Errorf("README.md: want at most %d columns, got the line %q", columns, line)
		}
	}
}

func TestDocumentsLinkToWhatExists(t *testing.T) {
	t.Parallel()
	for _, name := range documents {
		links := matches(`(?:\]\(|src="|srcset=")([^)"\s]+)[)"]`, document(t, name))
		if len(links) == 0 {
			t.Errorf("%s: got no links", name)
		}
		for _, link := range links {
			if strings.HasPrefix(link, "https://") {
				continue
			}
			file, anchor, _ := strings.Cut(link, "#")
			target := name
			if file != "" {
				target = path.Join(path.Dir(name), file)
			}
			if _, err := os.Stat(filepath.Join("../..", target)); err != nil {
				t.Errorf("%s links to %s: %v", name, link, err)
			} else if anchor != "" && !slices.Contains(anchors(document(t, target)), anchor) {
				t.Errorf("%s links to %s, and %s has no heading of that name", name, link, target)
			}
		}
	}
}

// anchors returns the anchors that GitHub makes of a document's headings.
func anchors(text string) []string {
	var all []string
	for _, heading := range matches(`(?m)^#+ (.+)$`, text) {
		heading = regexp.MustCompile(`[^\pL\pN _-]`).ReplaceAllString(strings.ToLower(heading), "")
		all = append(all, strings.ReplaceAll(heading, " ", "-"))
	}
	return all
}

func TestDocumentsNameRealCommands(t *testing.T) {
	t.Parallel()
	tasks := document(t, "Taskfile.yml")
	for _, name := range documents {
		text := document(t, name)
		for _, task := range matches(`go tool task ([a-z]+)`, text) {
			if !strings.Contains(tasks, "\n  "+task+":\n") {
				t.Errorf("%s names the task %s, and Taskfile.yml has none", name, task)
			}
		}
		for _, command := range matches("`latchkey ([a-z]+)`", text) {
			if !strings.Contains(help, "latchkey "+command+" ") {
				t.Errorf("%s names the command latchkey %s, and latchkey help does not", name, command)
			}
		}
	}
}

func TestDocumentsNameRealVariables(t *testing.T) {
	t.Parallel()
	known := matches(`(?m)^#?([A-Z][A-Z0-9_]+)=`, document(t, ".env.example"))
	for _, name := range documents {
		for _, variable := range matches(`\b((?:AUTH|SESSION|LOG|TRUSTED|SHUTDOWN)_[A-Z0-9_]*[A-Z0-9])\b`, document(t, name)) {
			if !slices.Contains(known, strings.TrimSuffix(variable, "_FILE")) && !slices.Contains(known, variable) {
				t.Errorf("%s names the variable %s, and .env.example has none", name, variable)
			}
		}
	}
}

// What OPERATIONS.md says must not change without a reason is where it says.
func TestStoredNamesAreConstants(t *testing.T) {
	t.Parallel()
	operations := document(t, ".github/OPERATIONS.md")
	for name, file := range map[string]string{
		"cookiePrefix": "auth/request.go", "keyLabel": "auth/internal/sealed/seal.go",
		"Prefix": "auth/store/internal/engine/listen.go", "Channel": "auth/store/internal/engine/listen.go",
	} {
		if !strings.Contains(operations, "`"+name+"`") || !strings.Contains(operations, "`"+file) && !strings.Contains(operations, "`"+path.Dir(file)+"`") {
			t.Errorf("OPERATIONS.md does not name %s in %s", name, file)
		}
		if defined := matches(`(?m)^(?:const |\t)`+name+` += "(latchkey[ .:]?)"$`, document(t, file)); len(defined) != 1 {
			t.Errorf("%s: got the values %q of %s, want a constant", file, defined, name)
		}
	}
}

func TestMapNamesWhatExists(t *testing.T) {
	t.Parallel()
	_, text, _ := strings.Cut(document(t, "README.md"), "## Map")
	named := matches("`((?:auth|assets|cmd|handlers|views)(?:/[a-z0-9_./-]+)?)`", text)
	if len(named) < 8 {
		t.Errorf("README.md: got a map of %q, want every package", named)
	}
	for _, file := range named {
		if _, err := os.Stat(filepath.Join("../..", file)); err != nil {
			t.Errorf("the map of README.md names %s: %v", file, err)
		}
	}
	for _, imported := range packages(t, "latchkey/...") {
		name := strings.TrimPrefix(imported, "latchkey/")
		covered := func(file string) bool { return name == file || strings.HasPrefix(name, file+"/") }
		if !slices.ContainsFunc(named, covered) {
			t.Errorf("the map of README.md lacks %s", name)
		}
	}
}

// Each block of code has a test that runs it. A new one needs a test, and a line here.
func TestBlocksOfCodeAreTested(t *testing.T) {
	t.Parallel()
	tested := map[string][]string{
		"go":    {"package main", "p := authtest"},                                                                                                                                                                                                                        // in auth/readme_test.go
		"sh":    {"go tool task dev", "   AUTH_ASGARDEO_ID", "go mod init", "sqlite3 latchkey.db \".backup", "sqlite3 latchkey.db \".restore", "go -C ../latchkey run ./cmd/dev provider", "latchkey sessions ", "install -m", "podman build", "set -a; .", "journalctl"}, // tasks by name, cmd/dev, auth/readme_test.go, sessions_test.go, incidents_test.go, e2e and below
		"nginx": {"upstream latchkey", "location /tool/"},                                                                                                                                                                                                                 // in cmd/latchkey/e2e
		"conf":  {"appendonly yes"},                                                                                                                                                                                                                                       // below
	}
	for _, name := range documents {
		for language, blocks := range codeBlocks(document(t, name)) {
			for _, block := range blocks {
				if !slices.ContainsFunc(tested[language], func(start string) bool { return strings.HasPrefix(block, start) }) {
					t.Errorf("%s: no test runs this block of %s:\n%s", name, language, block)
				}
			}
		}
	}
}

// findBlock returns the block of a document that starts with a text.
func findBlock(tb testing.TB, name, language, start string) string {
	tb.Helper()
	for _, block := range codeBlocks(document(tb, name))[language] {
		if strings.HasPrefix(block, start) {
			return block
		}
	}
	tb.Fatalf("%s: got no block of %s that starts with %q", name, language, start)
	return ""
}
