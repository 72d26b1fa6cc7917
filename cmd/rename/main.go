// Command rename gives a fork its own name: `go tool task rename -- MODULE NAME`. It
// changes the module, the imports, the program, what people read, and the names of
// cookies, keys and tables. It needs a clean clone, and commits nothing.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(".", os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "rename:", err)
		os.Exit(1)
	}
}

// run renames the project in a folder, which is the root of a clone.
func run(folder string, args []string, stdout io.Writer) error {
	if len(args) != 2 {
		return errors.New(`give the module path and the name, as in: go tool task rename -- example.com/acme/app "Acme"`)
	}
	n, err := newNames(args[0], args[1])
	if err != nil {
		return err
	}
	files, err := trackedFiles(folder, n)
	if err != nil {
		return err
	}
	changed := 0
	for _, file := range files {
		ok, err := rename(folder, file, n)
		if err != nil {
			return err
		}
		if ok {
			changed++
		}
	}
	fmt.Fprintf(stdout, done, changed, len(files), n.module, n.program, n.name, n.program, n.program, n.word, "cmd/"+n.program+"/brand.go")
	return nil
}

const done = `%d of %d files changed:

  module, imports   %s
  program           cmd/%s
  pages, documents  %s
  stored names      cookies %s.*, Redis keys %s:*, Postgres tables %s_*

The stored names changed too, so that two apps on one host, Redis or Postgres do not
share them. Sessions of the old names are not found: everyone signs in again. That is
harmless before the first deployment, and the reason not to change them later.

Next:
  go tool task test                    # everything still passes
  git add --all && git commit -m "Rename the project"
  %-36s # logo, colors, footer
  go tool task photos                  # new screenshots for the README
`
