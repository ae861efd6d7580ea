package adcimport

import (
	"context"
	"fmt"
	"time"
)

// Prune deletes the runs of the link that finished before olderThan, with their
// outcomes, and returns how many. What was imported stays known, and so do
// records in doubt: a pruned history makes no duplicates. Runs that go on by
// themselves (running, interrupted, paused) stay. A run that was pruned can
// neither be reported nor resumed nor retried.
func (imp *Importer) Prune(ctx context.Context, olderThan time.Time) (int, error) {
	n, err := imp.cfg.Store.Prune(ctx, imp.cfg.Link, olderThan)
	if err != nil {
		return n, fmt.Errorf("prune runs of link %s: %w", imp.cfg.Link, err)
	}
	return n, nil
}
