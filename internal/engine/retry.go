package engine

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/securitytrax/adcimport/ledger"
)

// retryFailed takes the failed records of the run to retry instead of a listing.
// Its cursor is the number of them that are done.
func (w *phases[S, R]) retryFailed(ctx context.Context) error {
	done := 0
	if c := w.run.state.Cursor; c != "" {
		var err error
		if done, err = strconv.Atoi(string(c)); err != nil || done < 0 {
			return &ledger.StateError{RunID: w.runID, What: "the cursor of a retry is not a count", Err: err}
		}
	}
	var ids []string
	flush := func() error {
		done += len(ids)
		err := w.retry(ctx, ids, done)
		ids = nil
		return err
	}
	skip := done
	for o, err := range w.cfg.Store.Outcomes(ctx, w.plan.RetryOf) {
		if err != nil {
			return w.wrap("list the failed", err)
		}
		if o.Action != ledger.ActionFailed || o.SourceID == "" {
			continue
		}
		if skip--; skip >= 0 {
			continue
		}
		if ids = append(ids, o.SourceID); len(ids) < w.cfg.BatchSize {
			continue
		}
		if err := flush(); err != nil {
			return err
		}
	}
	if len(ids) > 0 {
		if err := flush(); err != nil {
			return err
		}
	}
	return flush() // nothing is left: the listing is finished
}

// retry tries records again; without ids it says that there are no more.
func (w *phases[S, R]) retry(ctx context.Context, ids []string, done int) error {
	b := &batch[S, R]{moves: true, cursor: ledger.Cursor(strconv.Itoa(done)), listed: len(ids) == 0}
	gone := w.done.resolved
	if (w.reader.overlaps || w.done.relisted) && len(ids) > 0 {
		w.reader.overlaps = false
		had, err := w.ledgerOf(ctx, ids)
		if err != nil {
			return err
		}
		maps.Copy(had, w.done.resolved)
		gone = had
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return gone[id] })
	if len(ids) > 0 {
		var err error
		if b.items, err = w.reader.byIDs(ctx, ids); err != nil {
			return err
		}
	}
	return w.writer.write(ctx, b)
}
