package sqlite

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// suffixes are those of the file and of the files that SQLite keeps beside it,
// which contain records too.
var suffixes = []string{"", "-wal", "-shm"}

// createOwnerOnly creates the file before SQLite does, regardless of the umask, and
// returns its path without links. SQLite gives -wal and -shm the mode of the file, and
// keeps them beside it, not beside a link.
func createOwnerOnly(path string) (string, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return path, err
		}
		file.Close()
	}
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return path, err
	}
	return resolved, nil
}

// makeOwnerOnly corrects the modes of existing files, and returns the files that
// others can read but that this user may not change. It opens none of them: closing
// one would release the POSIX locks that this process holds on it.
func makeOwnerOnly(path string) (open []string) {
	for _, suffix := range suffixes {
		info, err := os.Stat(path + suffix)
		if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o077 == 0 {
			continue // SQLite reports other errors
		}
		if os.Chmod(path+suffix, 0o600) != nil {
			open = append(open, path+suffix)
		}
	}
	return open
}
