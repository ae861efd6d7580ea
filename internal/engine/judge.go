package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/securitytrax/adcimport/ledger"
)

// Whose failure it is. A call that failed for one record, without a clear word
// about it, may have failed for that record, or because the operation is out of
// order. A witness tells: the same operation for another record, sent after it. A
// record is to blame when it failed, a witness worked, it failed again, and a
// witness worked again; everybody else goes on meanwhile. So a record that failed
// once is deferred: it comes again after all others, and what came in between are
// witnesses. An operation is out of order when two different witnesses fail too:
// then the run waits, and ends as paused when that takes too long.

// judge decides what becomes of the records among todo whose details failed
// doubtfully.
type judge[S, R any] func(ctx context.Context, todo []*item[S, R]) error

// slowError is a detail that took longer than there is for one.
type slowError struct{ err error }

func (e *slowError) Error() string { return e.err.Error() }
func (e *slowError) Unwrap() error { return e.err }

// doubtful reports whether a call may have failed for its record alone.
func (j *job[S, R]) doubtful(err error) bool {
	_, slow := errors.AsType[*slowError](err)
	return slow || j.cfg.Doubtful(err)
}

// trouble is the records of a batch whose details failed doubtfully.
func trouble[S, R any](items []*item[S, R]) []*item[S, R] {
	var failed []*item[S, R]
	for _, it := range items {
		if it.trouble != nil {
			failed = append(failed, it)
		}
	}
	return failed
}

// judgeDetails decides what becomes of records whose details failed doubtfully:
// they are deferred when a witness worked, and asked for again when the operation
// was out of order and is not any more.
func (r *reader[S, R]) judgeDetails(ctx context.Context, todo []*item[S, R]) error {
	o := outage{op: detailing}
	for {
		failed := trouble(todo)
		if len(failed) == 0 {
			return nil
		}
		if r.workedAfter(failed) {
			r.deferAll(failed)
			return nil
		}
		said, err := r.witnessDetails(ctx, failed)
		switch {
		case err != nil:
			return err
		case said.works || said.none: // without a witness nothing speaks against the operation
			for _, it := range failed {
				r.unheard[it.id] = said.none
			}
			r.deferAll(failed)
			return nil
		}
		if err := r.waitAndFetch(ctx, failed, &o, said.err); err != nil {
			return err
		}
	}
}

// fetchAgain asks for one of the details again, another one each time, and for the
// others where that one comes.
func (r *reader[S, R]) fetchAgain(ctx context.Context, failed []*item[S, R], tries int) error {
	one := failed[tries%len(failed)]
	if err := r.fetchAll(ctx, []*item[S, R]{one}); err != nil || one.trouble != nil {
		return err
	}
	return r.fetchAll(ctx, trouble(failed))
}

// workedAfter reports whether a detail was asked for, and came, after one of these
// had failed.
func (r *reader[S, R]) workedAfter(failed []*item[S, R]) bool {
	return slices.ContainsFunc(failed, func(it *item[S, R]) bool { return r.came.Load() > it.failed })
}

func (r *reader[S, R]) deferAll(failed []*item[S, R]) {
	for _, it := range failed {
		if it.had.State == ledger.StateParked { // it waits for a person
			it.decide(r.outcome(it.id), ledger.ActionFailed, ledger.ReasonSourceFailed)
			continue
		}
		r.postpone(it)
	}
}

// blameDetails is for records that failed before, and after which others worked.
// Those that fail again are blamed when a witness works now. Those that are told to
// come back later do, until it lasted.
func (r *reader[S, R]) blameDetails(ctx context.Context, todo []*item[S, R]) error {
	o := outage{op: detailing}
	served := 0
	for failed := trouble(todo); len(failed) > 0; failed = trouble(todo) {
		said, err := r.heard(ctx, failed)
		if err != nil {
			return err
		}
		var again []*item[S, R]
		if said.works {
			again = r.unheardOf(failed)
		}
		switch {
		case len(again) > 0: // so far they failed once with a witness after it
			err = r.fetchAll(ctx, again)
		case said.none && !r.gaveUp && !r.cfg.Busy(failed[0].trouble):
			if err = r.waitFor(ctx, &o, said, failed[0].trouble); err == nil {
				err = r.fetchAgain(ctx, failed, o.tries)
			}
		case said.works || said.none:
			if said.works {
				served++
			}
			if failed = r.blameAll(failed, said, &o, served); len(failed) == 0 {
				return nil
			}
			err = r.waitAndFetch(ctx, failed, &o, failed[0].trouble)
		default:
			err = r.waitAndFetch(ctx, failed, &o, said.err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// heard is what witnesses say of details. Where there is none, and no detail of
// anybody ever came, those that failed speak for each other.
func (r *reader[S, R]) heard(ctx context.Context, failed []*item[S, R]) (testimony, error) {
	said, err := r.witnessDetails(ctx, failed)
	if err == nil && said.none && len(failed) >= singles && r.came.Load() == 0 {
		said = testimony{err: failed[0].trouble}
	}
	return said, err
}

func (r *reader[S, R]) waitAndFetch(ctx context.Context, failed []*item[S, R], o *outage, err error) error {
	if err := r.wait(ctx, o, err); err != nil {
		return err
	}
	return r.fetchAgain(ctx, failed, o.tries)
}

// unheardOf are those that were put off without a witness, once.
func (r *reader[S, R]) unheardOf(failed []*item[S, R]) []*item[S, R] {
	var again []*item[S, R]
	for _, it := range failed {
		if r.unheard[it.id] {
			delete(r.unheard, it.id)
			again = append(again, it)
		}
	}
	return again
}

// blameAll decides records that failed while the operation works, but those that
// are to come back later.
func (r *reader[S, R]) blameAll(failed []*item[S, R], said testimony, o *outage, served int) (later []*item[S, R]) {
	for _, it := range failed {
		reason := ledger.ReasonSourceFailed
		if r.cfg.Busy(it.trouble) {
			if reason = ledger.ReasonBusy; !r.heldOff(o, served, it.trouble) {
				later = append(later, it)
				continue
			}
			it.unproved = true
		} else if it.unproved = said.none; said.works {
			it.blame = r.blame(false)
		}
		it.decide(r.outcome(it.id), ledger.ActionFailed, reason)
		it.trouble = nil
	}
	return later
}

func (j *job[S, R]) blame(atOnce bool) *blame {
	return &blame{setup: j.plan.Setup, restAfter: j.cfg.RestAfter, atOnce: atOnce}
}

// failTrouble fails the records whose details cannot be read, where that does not
// matter: the sink is asked for them by their ids.
func (r *reader[S, R]) failTrouble(_ context.Context, todo []*item[S, R]) error {
	for _, it := range trouble(todo) {
		it.decide(r.outcome(it.id), ledger.ActionFailed, ledger.ReasonSourceFailed)
	}
	return nil
}

// witnessDetails reports whether the detail of another record can be read.
func (r *reader[S, R]) witnessDetails(ctx context.Context, failed []*item[S, R]) (testimony, error) {
	return r.witness(ctx, failed, func(known *ledger.Record) (doubt, err error) {
		_, _, err = r.flow.Detail(ctx, known.ID) // it may take its time: perhaps the pace is slow
		if err == nil || r.cfg.Doubtful(err) {
			return err, nil
		}
		return nil, r.wrap("read details of", err)
	})
}
