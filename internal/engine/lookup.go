package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/securitytrax/adcimport/internal/fingerprint"
	"github.com/securitytrax/adcimport/ledger"
)

// The sink is asked for the records of the listing by the reader, while the batch
// before is being written. That answer holds, because it is about ids, and no
// other batch decides these: of one that came before in this run the reader has
// seen it, or the store has it (see decidedHere).
// A sink that finds records by anything but their id may find what the batch before
// created (Flow.Proves): it is not asked ahead. An answer that is older than the
// settle time is old: the writer asks again. A name that only one record may have
// (Flow.Claim) goes to the first one of the run that claims it.
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
		err = r.ask(ctx, stillUnsettled(fresh))
	}
	if err == nil {
		r.weighAhead(ctx, fresh)
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
	return fingerprint.Differs(it.had.Fingerprint, it.hash) && j.flow.Update != nil
}

// askAgain asks the sink for what the reader did not.
func (w *writer[S, R]) askAgain(ctx context.Context, asked time.Time, todo, changed []*item[S, R]) error {
	old := time.Since(asked) > w.cfg.SettleTime
	var again []*item[S, R]
	for _, it := range todo {
		if old || !it.asked {
			it.likely = nil
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
	return w.ask(ctx, stillUnsettled(again))
}

// claim reports whether no other create of this run claims what only one record of
// the sink may have. That one may not be found yet, or be in doubt.
func (w *writer[S, R]) claim(it *item[S, R]) bool {
	name := w.claimOf(it)
	if name == "" {
		return true
	}
	if by, claimed := w.claimed[name]; claimed {
		return by == it.id
	}
	w.claimed[name] = it.id
	return true
}

// unclaim is for a create that did not happen.
func (w *writer[S, R]) unclaim(it *item[S, R]) { delete(w.claimed, w.claimOf(it)) }

func (w *writer[S, R]) claimOf(it *item[S, R]) string {
	if w.flow.Claim == nil || !it.mapped() {
		return ""
	}
	return w.flow.Claim(&it.rec)
}

// Referring looks up in the sink what records refer to, as the rep of a customer.
type Referring[R any] interface {
	// Asks reports whether the sink must be asked for that, and was not so far.
	Asks(rec *R) bool
	// Fill fills it in, and says which records refer to what the sink does not have.
	Fill(ctx context.Context, recs []*R) (unfound []bool, err error)
	// Witness asks for what no record refers to. It makes a call each time.
	Witness(ctx context.Context) error
}

// fillIn lets the sink resolve references, once for all records.
func (j *job[S, R]) fillIn(ctx context.Context, groups ...[]*item[S, R]) error {
	if j.flow.Refer == nil {
		return nil
	}
	var ask, told []*item[S, R]
	for _, g := range groups {
		for _, it := range g {
			switch {
			case !it.mapped() || it.filled:
			case j.flow.Refer.Asks(&it.rec):
				ask = append(ask, it)
			default:
				told = append(told, it)
			}
		}
	}
	if len(told) > 0 && j.fill(ctx, told) != nil { // the writer has forgotten an answer meanwhile
		ask = append(ask, told...)
	}
	if len(ask) == 0 {
		return nil
	}
	return (&splitting[S, R]{
		job: j, op: referring, once: j.referOnce, witness: j.referWitness,
		fail: func(it *item[S, R], reason ledger.Reason) {
			o := j.outcome(it.id)
			o.Fields = []ledger.FieldError{{Field: j.flow.ReferBy, Rule: notLookedUp}}
			it.decide(o, ledger.ActionFailed, reason)
			if it.inDoubt { // the sink may have it all the same
				it.doubt(it.control, it.foretold, it.last)
			}
		},
	}).look(ctx, ask)
}

// notLookedUp is the rule that a field breaks by which the sink cannot be asked.
const notLookedUp = "cannot be looked up in the destination"

// referOnce is one look-up of references.
func (j *job[S, R]) referOnce(ctx context.Context, items []*item[S, R]) error {
	ctx, cancel, err := j.books.call(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	if err := j.fill(ctx, items); err != nil {
		return j.wrap("look up references of", outOfTime(ctx, err))
	}
	j.works(referring)
	return nil
}

// referWitness reports whether references can be looked up.
func (j *job[S, R]) referWitness(ctx context.Context, _ []*item[S, R]) (testimony, error) {
	call, cancel, err := j.books.call(ctx)
	if err != nil {
		return testimony{}, err
	}
	defer cancel()
	doubt, err := j.doubtOf(call, outOfTime(call, j.flow.Refer.Witness(call)))
	if err != nil {
		return testimony{}, j.wrap("look up references of", err)
	}
	return testimony{works: doubt == nil, err: doubt}, nil
}

// fill fills in references.
func (j *job[S, R]) fill(ctx context.Context, items []*item[S, R]) error {
	_, recs := split(items)
	unfound, err := j.flow.Refer.Fill(ctx, recs)
	if err != nil {
		return err
	}
	for i, it := range items {
		if it.filled = true; unfound[i] {
			it.hash = fingerprint.Unfind(it.hash)
		}
	}
	return nil
}

// ask asks the sink which of the records it has. Those that it cannot be asked for
// fail, and nobody else.
func (j *job[S, R]) ask(ctx context.Context, items []*item[S, R]) error {
	return (&splitting[S, R]{
		job: j, op: finding, once: j.askOnce, witness: j.witnessOf(j.askOnce),
		fail: func(it *item[S, R], reason ledger.Reason) {
			it.asked, it.fault = true, &Fault{Reason: reason}
			if j.flow.FindBy != "" {
				it.fault.Fields = []ledger.FieldError{{Field: j.flow.FindBy, Rule: notLookedUp}}
			}
		},
	}).look(ctx, items)
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
	control := controlOf(items)
	if control != "" {
		ids, recs = append(ids, control), append(recs, new(R))
	}
	hits, faults, err := j.flow.Find(ctx, ids, recs)
	if err != nil {
		return j.wrap("find", outOfTime(ctx, err))
	}
	j.works(finding)
	for _, it := range items {
		it.asked, it.hits, it.fault = true, hits[it.id], faults[it.id]
		it.unseen = control != "" && len(hits[control]) == 0
		it.proved = !it.unseen && (control != "" || it.foretold)
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
