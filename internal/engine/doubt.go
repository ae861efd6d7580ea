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
		if err := w.rest(ctx, time.Until(w.run.settled), nil); err != nil {
			return err
		}
	}
	return w.resolveOpen(ctx, attempt{ahead: !w.run.state.Listed})
}

// resolveOwn brings the lost creates of this run to an end.
func (w *phases[S, R]) resolveOwn(ctx context.Context) error {
	for nth := range doubtRounds {
		open, err := w.anyOpen(ctx)
		if err != nil || !open {
			return err
		}
		if !w.plan.Options.Preview {
			if err := w.rest(ctx, w.cfg.SettleTime-time.Since(w.writer.lost), nil); err != nil {
				return err
			}
		}
		if err := w.resolveOpen(ctx, attempt{nth: nth, last: w.plan.Options.Preview || nth == doubtRounds-1}); err != nil {
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

// attempt is one of the looks at what is open.
type attempt struct {
	nth   int  // of this run's own, from 0: each goes by another control
	ahead bool // the listing is still to come
	last  bool
}

// resolveOpen takes every open intent once.
func (w *phases[S, R]) resolveOpen(ctx context.Context, a attempt) error {
	open, err := w.idsIn(ctx, ledger.StateOpen, 0)
	if err != nil {
		return err
	}
	for ids := range slices.Chunk(open, w.cfg.BatchSize) {
		for _, id := range ids {
			w.reader.seen[id] = true
			if a.ahead {
				w.reader.left[id] = true
			}
		}
		items, err := w.reader.byIDs(ctx, ids, w.reader.failTrouble)
		if err != nil {
			return err
		}
		control, err := w.controlAt(ctx, a.nth)
		if err != nil {
			return err
		}
		foretold := w.plan.Options.Preview && a.last && w.confirmed() > 0
		for i := range items {
			items[i].ahead = a.ahead || w.reader.left[items[i].id]
			items[i].doubt(control, foretold, a.last)
		}
		if err := w.writer.write(ctx, &batch[S, R]{items: items}); err != nil {
			return err
		}
		w.warnUnseen(items)
	}
	return w.writer.flush(true)
}

// confirmed is how many records the sink confirmed in this run.
func (w *phases[S, R]) confirmed() int {
	c := w.run.tally.all.Counts
	return c.Created + c.Linked + c.Updated
}

// warnUnseen tells of a control that was not found.
func (w *phases[S, R]) warnUnseen(items []item[S, R]) {
	for i := range items {
		if items[i].unseen {
			w.run.tally.warn(fmt.Sprintf(warnUnseen, w.kind))
			return
		}
	}
}
