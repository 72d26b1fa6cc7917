package engine

import "errors"

// ErrMalformed is store.ErrMalformed.
var ErrMalformed = errors.New("malformed data in the store")

// ScanPage is how many records a scan reads at once.
const ScanPage = 100

// Scan visits records page by page, so that visit can call the store and a slow
// one holds no lock. next returns the next page, and whether more may follow.
func Scan[R any](next func() (page []R, more bool, err error), visit func(R) error) error {
	var malformed error
	for {
		page, more, err := next()
		switch {
		case errors.Is(err, ErrMalformed):
			malformed = err
		case err != nil:
			return err
		}
		for _, r := range page {
			if err := visit(r); err != nil {
				return err
			}
		}
		if !more {
			return malformed
		}
	}
}
