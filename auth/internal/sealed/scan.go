package sealed

import (
	"context"

	"latchkey/auth/store"
)

// Scan calls visit for each record of a purpose, and returns how many records open
// for neither that purpose nor one of the others. An error of visit ends the scan. The
// scan takes as long as the store is large, so no budget limits it.
func (v *Store) Scan(ctx context.Context, p Purpose, others []Purpose, visit func(Entry) error) (unopened int, err error) {
	var visitErr error
	err = v.store.Scan(ctx, func(r store.Record) error {
		summary, err := v.listedSummary(ctx, p, r)
		switch {
		case err != nil:
			visitErr = err
		case summary != nil:
			visitErr = visit(Entry{r.Key, summary})
		case !v.opensFor(others, r):
			unopened++
		}
		return visitErr
	})
	if visitErr != nil {
		return unopened, visitErr
	}
	return unopened, v.failure(p, err)
}

func (v *Store) opensFor(purposes []Purpose, r store.Record) bool {
	for _, p := range purposes {
		if v.sealer.openSummaryHead(p, KeyName(r.Key), r.Data) != nil {
			return true
		}
	}
	return false
}
