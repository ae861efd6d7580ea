package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// The sink is asked for the records of the listing by the reader, while the batch
// before is being written. That answer holds, because it is about ids, and no
// other batch decides these: of one that came before in this run the reader has
// seen it, or the store has it (see decidedHere).
// Three things make the writer ask, or ask again:
//
//   - a sink that finds records by anything but their id may find what the batch
//     before created (Flow.Proves): it is not asked ahead;
//   - a name that only one record may have may have been taken by the batch before
//     (Flow.Claim): the record is asked for again;
//   - an answer that is older than the settle time is old.
//
// Records in doubt, and those that are tried again, come by their ids, after all
// that must be waited for, and are asked for when they are written.

// ahead reports whether the sink may be asked before the batch before is written.
func (j *job[S, R]) ahead() bool { return j.flow.Proves }

// lookUp asks the sink for the undecided items of a batch. Where that fails, they
// leave it.
func (r *reader[S, R]) lookUp(ctx context.Context, b *batch[S, R]) {
	if !r.ahead() {
		return
	}
	b.asked = time.Now()
	var fresh, changed []*item[S, R]
	for i := range b.items {
		switch it := &b.items[i]; {
		case !it.unsettled():
		case !it.updates:
			fresh = append(fresh, it)
		case r.differs(it):
			changed = append(changed, it)
		}
	}
	err := r.fillIn(ctx, fresh, changed)
	if err == nil {
		err = r.ask(ctx, fresh)
	}
	if err != nil {
		b.items = slices.DeleteFunc(b.items, func(it item[S, R]) bool {
			return it.unsettled() && (!it.updates || r.differs(&it))
		})
		b.err = errors.Join(b.err, err)
	}
}

// differs reports whether a known record is to be updated.
func (j *job[S, R]) differs(it *item[S, R]) bool {
	return it.had.Fingerprint != it.hash && j.flow.Update != nil
}

// askAgain asks the sink for what the reader did not, and for what the batch
// before may have changed.
func (w *writer[S, R]) askAgain(ctx context.Context, asked time.Time, claimed map[string]bool, todo, changed []*item[S, R]) error {
	old := time.Since(asked) > w.cfg.SettleTime
	var again []*item[S, R]
	for _, it := range todo {
		if old || !it.asked || claimed[w.claimOf(it)] {
			again = append(again, it)
		}
	}
	if len(again) > 0 { // as in updateAll
		if err := w.flush(false); err != nil {
			return err
		}
	}
	if err := w.fillIn(ctx, again, changed); err != nil {
		return err
	}
	return w.ask(ctx, again)
}

func (w *writer[S, R]) claimOf(it *item[S, R]) string {
	if w.flow.Claim == nil || !it.mapped() {
		return ""
	}
	return w.flow.Claim(&it.rec)
}

// claim remembers what the creates of this batch claim.
func (w *writer[S, R]) claim(creates []*item[S, R]) {
	for _, it := range creates {
		if c := w.claimOf(it); c != "" {
			if w.claimed == nil {
				w.claimed = make(map[string]bool, len(creates))
			}
			w.claimed[c] = true
		}
	}
}

// fillIn lets the sink resolve references, once for all records.
func (j *job[S, R]) fillIn(ctx context.Context, groups ...[]*item[S, R]) error {
	if j.flow.References == nil {
		return nil
	}
	var items []*item[S, R]
	for _, g := range groups {
		for _, it := range g {
			if it.mapped() && !it.filled {
				items = append(items, it)
			}
		}
	}
	if len(items) == 0 {
		return nil
	}
	ctx, cancel, err := j.books.call(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	_, recs := split(items)
	if err := j.flow.References(ctx, recs); err != nil {
		return j.wrap("look up references of", outOfTime(ctx, err))
	}
	for _, it := range items {
		it.filled = true
	}
	return nil
}

// ask asks the sink which of the records it has. A look-up for many that fails
// doubtfully is split, if a witness says that the sink can be asked at all, until
// the records that break it are alone: these fail, and nobody else.
func (j *job[S, R]) ask(ctx context.Context, items []*item[S, R]) error {
	var o outage
	for {
		err := j.askOnce(ctx, items)
		if err == nil || !j.mayBeOfOne(ctx, err) {
			return err
		}
		said, werr := j.witnessFind(ctx, items)
		switch {
		case werr != nil:
			return werr
		case said.works || said.none:
			return (&splitting[S, R]{job: j, proved: said.works}).all(ctx, items, err)
		}
		if err := j.wait(ctx, &o, err); err != nil {
			return err
		}
	}
}

// askOnce is one look-up.
func (j *job[S, R]) askOnce(ctx context.Context, items []*item[S, R]) error {
	if len(items) == 0 {
		return nil
	}
	ctx, cancel, err := j.books.call(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	ids, recs := split(items)
	hits, faults, err := j.flow.Find(ctx, ids, recs)
	if err != nil {
		return j.wrap("find", outOfTime(ctx, err))
	}
	for _, it := range items {
		it.asked, it.hits, it.fault = true, hits[it.id], faults[it.id]
	}
	return nil
}

// outOfTime marks what failed because a call's own deadline came: the run can go
// on by itself, with a new lease.
func outOfTime(call context.Context, err error) error {
	if errors.Is(call.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", errOutOfTime, err)
	}
	return err
}
