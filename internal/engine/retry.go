package engine

import (
	"context"
	"iter"
	"strconv"

	"github.com/securitytrax/adcimport/ledger"
)

// retryFailed takes the failed records of the run to retry, or those that were
// named, instead of a listing. Its cursor is the place of the next one among that
// run's outcomes, or those.
func (w *phases[S, R]) retryFailed(ctx context.Context) error {
	place := 0
	if c := w.run.state.Cursor; c != "" {
		var err error
		if place, err = strconv.Atoi(string(c)); err != nil || place < 0 {
			return &ledger.StateError{RunID: w.runID, What: "the cursor of a retry is not a place", Err: err}
		}
	}
	var ids []string
	for id, err := range w.toRetry(ctx, place) {
		if err != nil {
			return w.wrap("list the failed", err)
		}
		place++
		if id != "" {
			ids = append(ids, id)
		}
		if len(ids) < w.cfg.BatchSize {
			continue
		}
		if err := w.retry(ctx, ids, place, false); err != nil {
			return err
		}
		ids = nil
	}
	return w.retry(ctx, ids, place, true)
}

// toRetry yields, from a place on, the records that are to be tried again, with an
// empty id for what is not.
func (w *phases[S, R]) toRetry(ctx context.Context, from int) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, id := range w.plan.Records[min(from, len(w.plan.Records)):] {
			if !yield(id, nil) {
				return
			}
		}
		if len(w.plan.Records) > 0 {
			return
		}
		for o, err := range w.cfg.Store.Outcomes(ctx, w.plan.RetryOf, from) {
			id := o.SourceID
			if o.Action != ledger.ActionFailed {
				id = ""
			}
			if !yield(id, err) {
				return
			}
		}
	}
}

// retry tries records again, up to a place of the list.
func (w *phases[S, R]) retry(ctx context.Context, ids []string, place int, last bool) error {
	b := &batch[S, R]{moves: true, cursor: ledger.Cursor(strconv.Itoa(place)), listed: last}
	if len(ids) > 0 {
		var err error
		if b.items, err = w.reader.byIDs(ctx, ids, w.reader.judgeDetails); err != nil {
			return err
		}
		if err = w.lookForKnown(ctx, b.items); err != nil {
			return err
		}
	}
	if err := w.writer.write(ctx, b); err != nil {
		return err
	}
	return w.writer.flush(false)
}
