package sqlite

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// sqliteFiles is what SQLite appends to the name of a database for the files
// beside it, which hold records too.
var sqliteFiles = []string{"", "-wal", "-shm"}

// maxLinks is how many links in a row are followed, as systems do it.
const maxLinks = 40

// followLinks returns the file that a path leads to, also where that does not
// exist yet. SQLite follows links itself, and would then create the file that is
// missing as the umask has it.
func followLinks(path string) (string, error) {
	for range maxLinks {
		target, err := os.Readlink(path)
		if err != nil {
			return path, nil // not a link; what else is wrong, creating it will say
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(path), target)
		}
		path = target
	}
	return path, errors.New("too many symbolic links")
}

// createOwnerOnly creates the file before SQLite does, whatever the umask. SQLite
// gives -wal and -shm the mode that the file has.
func createOwnerOnly(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		makeOwnerOnly(path)
		return nil
	}
	if err != nil {
		return err
	}
	return file.Close()
}

// makeOwnerOnly corrects the modes of files that are there, and returns those
// that others may read and that are not ours to change. It never opens one: to
// close it again would release the locks that this process holds on it (POSIX
// has it so).
func makeOwnerOnly(path string) (open []string) {
	for _, suffix := range sqliteFiles {
		info, err := os.Stat(path + suffix)
		if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o077 == 0 {
			continue // what else is wrong, SQLite will say
		}
		if os.Chmod(path+suffix, 0o600) != nil {
			open = append(open, path+suffix)
		}
	}
	return open
}
