package engine

import (
	"context"

	"github.com/securitytrax/adcimport/internal/fingerprint"
	"github.com/securitytrax/adcimport/ledger"
)

// That a sink does not find a record in doubt proves little: its look-up may go by
// a name that the sink does not know, its pages may be cut, its index or its cache
// may be old. So the absence of a record is believed only of a look-up that finds,
// in the same request, a control: a record that the sink confirmed before. Where
// the control is younger than the send in doubt, it shows also that the look-up is
// fresh; where it is older, the settle time that was waited for stands for that.
//
// And a create may have made the record without its id. A wide look-up goes by
// what was sent instead: what it finds is a copy, or somebody of the same name at
// the same address. A person decides which.

const (
	warnUnseen   = "the destination did not find a %s that it has: what may have been created is not taken for absent"
	warnUntraced = "the destination could not be asked for what may have been created without its id"
)

// controlAt is the id of the nth control, from 0: the records that were confirmed
// last, and where nothing tells when that was, any known one; "": there is none.
func (w *phases[S, R]) controlAt(ctx context.Context, n int) (string, error) {
	if !w.flow.Proves {
		return "", nil
	}
	control := ""
	for r, err := range w.books.newest(ctx, n+1) {
		if err != nil {
			return "", w.wrap("look for a control among", err)
		}
		control = r.ID // the last one, where there are not so many
	}
	return control, nil
}

// controlOf is the control of the items in doubt among those of a look-up.
func controlOf[S, R any](items []*item[S, R]) string {
	for _, it := range items {
		if it.inDoubt && it.control != "" {
			return it.control
		}
	}
	return ""
}

// traceAll looks for copies of the records in doubt that the sink does not find by
// their ids. Only what is as it was sent can be looked for.
func (w *writer[S, R]) traceAll(ctx context.Context, todo []*item[S, R]) error {
	if w.flow.Traces == nil {
		return nil
	}
	var lost []*item[S, R]
	for _, it := range todo {
		if it.inDoubt && it.proved && len(it.hits) == 0 && it.fault == nil && it.mapped() && fingerprint.Same(it.hash, it.had.Fingerprint) {
			lost = append(lost, it)
		}
	}
	if len(lost) == 0 {
		return nil
	}
	call, cancel, err := w.books.call(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	ids, recs := split(lost)
	copies, err := w.flow.Traces(call, ids, recs)
	if err != nil && !w.mayBeOfOne(call, err) {
		return w.wrap("look for copies of", outOfTime(call, err))
	}
	if err != nil {
		w.run.tally.warn(warnUntraced)
	}
	for _, it := range lost {
		it.copies, it.proved = copies[it.id], err == nil
	}
	return nil
}

// absent decides a record in doubt that the sink does not find by its id, unless it
// may be sent once more.
func (w *writer[S, R]) absent(it *item[S, R]) {
	o := w.outcome(it.id)
	switch {
	case len(it.copies) > 0:
		o.SinkID = it.copies[0]
		it.decide(o, ledger.ActionFailed, ledger.ReasonInDoubt)
	case !it.proved && !it.last:
		it.stage = intended // it stays open, and is looked up again
	case !it.proved, w.flow.Once:
		it.decide(o, ledger.ActionFailed, ledger.ReasonInDoubt)
	case it.ifAbsent != nil:
		it.settle(*it.ifAbsent)
	case w.sentEnough(it):
		it.decide(o, ledger.ActionFailed, ledger.ReasonSinkFailed)
		if rests := it.had.Sent >= maxSends; rests || w.provedBad(it) {
			it.blame = w.blame(rests)
		} else {
			it.unproved = true
		}
	}
}

// loss is a create of this stretch whose reply was lost.
type loss struct {
	times       int
	first, last int // the creates that the sink had confirmed by then
}

// provedBad reports whether a create failed of itself: the sink confirmed another one
// between two losses of it, and another one after the last.
func (w *writer[S, R]) provedBad(it *item[S, R]) bool {
	l := w.losses[it.id]
	return l != nil && l.last > l.first && w.taken[creating] > l.last
}

// sentEnough reports whether a create is not sent again that is provably not in the
// sink. A run sends it twice, and once more where both were lost in one outage that
// is over; all runs together send it so often before it rests, whatever cut them off.
func (w *writer[S, R]) sentEnough(it *item[S, R]) bool {
	l := w.losses[it.id]
	return it.had.Sent >= maxSends || l != nil && l.times > 1 && (l.last > l.first || w.taken[creating] == l.last)
}
