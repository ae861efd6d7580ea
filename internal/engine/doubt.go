package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// maxSends is how often a create is sent before its record rests.
const maxSends = 3

// doubtRounds is how often a run looks up its own lost creates before it leaves
// them to the next one. The first sends what is provably absent once more.
const doubtRounds = 3

// resolveLeft brings the open intents of earlier epochs to an end. Their creates
// may still arrive until the settle time after the former lease ended; before
// that, an empty find would prove nothing. A preview does not wait: it says what
// the sink says now.
func (w *phases[S, R]) resolveLeft(ctx context.Context) error {
	open, err := w.anyOpen(ctx)
	if err != nil || !open {
		return err
	}
	if !w.plan.Options.Preview {
		if err := w.rest(ctx, time.Until(w.run.settled)); err != nil {
			return err
		}
	}
	return w.resolveOpen(ctx, !w.run.state.Listed)
}

// resolveOwn brings the lost creates of this run to an end.
func (w *phases[S, R]) resolveOwn(ctx context.Context) error {
	if w.plan.Options.Preview {
		return nil
	}
	for range doubtRounds {
		open, err := w.anyOpen(ctx)
		if err != nil || !open {
			return err
		}
		if err := w.rest(ctx, w.cfg.SettleTime-time.Since(w.writer.lost)); err != nil {
			return err
		}
		if err := w.resolveOpen(ctx, false); err != nil {
			return err
		}
	}
	open, err := w.anyOpen(ctx)
	if err == nil && open {
		err = fmt.Errorf("run %s: no clear answer to creates in %d rounds: %w", w.runID, doubtRounds, ErrInDoubt)
	}
	return err
}

// anyOpen reports whether a record may have been sent.
func (w *phases[S, R]) anyOpen(ctx context.Context) (bool, error) {
	ids, err := w.idsIn(ctx, ledger.StateOpen, 1)
	return len(ids) > 0, err
}

// idsIn are the ids of the records in a state, at most so many; 0: all.
func (w *phases[S, R]) idsIn(ctx context.Context, state ledger.RecordState, limit int) ([]string, error) {
	var ids []string
	for r, err := range w.books.list(ctx, state, limit) {
		if err != nil {
			return nil, w.wrap("list "+string(state), err)
		}
		ids = append(ids, r.ID)
	}
	return ids, nil
}

// resolveOpen takes every open intent once. ahead says that the listing is still
// to come.
func (w *phases[S, R]) resolveOpen(ctx context.Context, ahead bool) error {
	open, err := w.idsIn(ctx, ledger.StateOpen, 0)
	if err != nil {
		return err
	}
	for ids := range slices.Chunk(open, w.cfg.BatchSize) {
		for _, id := range ids {
			w.reader.seen[id] = true
			if ahead {
				w.reader.left[id] = true
			}
		}
		items, err := w.reader.byIDs(ctx, ids, w.reader.failTrouble)
		if err != nil {
			return err
		}
		for i := range items {
			items[i].ahead = ahead || w.reader.left[items[i].id]
			items[i].doubt()
		}
		if err := w.writer.write(ctx, &batch[S, R]{items: items}); err != nil {
			return err
		}
	}
	return w.writer.flush(true)
}
