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

// maxLinks is how many symbolic links are followed, as in Linux.
const maxLinks = 40

// followLinks returns the file that a path leads to, even if it does not exist yet.
// SQLite follows links too, but would create a missing file with the mode of the
// umask.
func followLinks(path string) (string, error) {
	for range maxLinks {
		target, err := os.Readlink(path)
		if err != nil {
			return path, nil // not a link; creating the file reports other errors
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(path), target)
		}
		path = target
	}
	return path, errors.New("too many symbolic links")
}

// createOwnerOnly creates the file before SQLite does, regardless of the umask.
// SQLite gives -wal and -shm the mode of the file.
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
