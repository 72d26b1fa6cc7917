package engine

// ScanPage is how many records a scan reads at once.
const ScanPage = 100

// Scan visits records page by page, so that visit can call the store and a slow
// one holds no lock. read returns the records after a key, and the last key that
// it read, which is nil at the end.
func Scan[R any](read func(after []byte) (page []R, last []byte, err error), visit func(R) error) error {
	for after := []byte{}; after != nil; {
		page, last, err := read(after)
		if err != nil {
			return err
		}
		for _, r := range page {
			if err := visit(r); err != nil {
				return err
			}
		}
		after = last
	}
	return nil
}
