package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// send is one call of the sink with records; unsent is what it certainly did not
// send.
type send[S, R any] func(ctx context.Context, todo []*item[S, R]) (unsent []*item[S, R], err error)

// sendAll calls some until every record has an answer. A sink may leave records
// unsent when its time is up, and is called again with a fresh deadline. Two calls
// in a row that send nothing are a failure of those records: a run always ends.
//
// A call that ended doubtfully left records in doubt; the others are sent when the
// sink took one after that. As long as it takes none, they wait, and one goes for
// all; when that fails twice, creating is out of order, and the run pauses.
func (w *writer[S, R]) sendAll(ctx context.Context, todo []*item[S, R], some send[S, R]) (unsent []*item[S, R], err error) {
	var o outage
	var later []*item[S, R]
	for stalled := 0; len(todo) > 0; {
		unsent, err := w.sendSome(todo, some) //nolint:contextcheck // a stop does not cut it short
		cause := context.Cause(ctx)
		if err = o.after(answered(todo), len(unsent), err); err != nil && cause == nil && w.cfg.Doubtful(err) {
			unsent, later, err = w.sendOn(ctx, append(unsent, later...), &o, err)
		}
		if err == nil && cause != nil && len(unsent) > 0 {
			err = cause
		}
		if err != nil {
			return append(unsent, later...), err
		}
		if stalled++; len(unsent) < len(todo) {
			stalled = 0
		}
		if todo = unsent; len(todo) == 0 {
			todo, later = later, nil
		}
		if stalled > 1 {
			w.notSent(append(todo, later...))
			return nil, nil
		}
	}
	return nil, nil
}

func (w *writer[S, R]) notSent(items []*item[S, R]) {
	for _, it := range items {
		it.decide(w.outcome(it.id), ledger.ActionFailed, ledger.ReasonNotSent)
	}
}

// after is what a call failed with: the sink had a clear word about one of its
// records, or so many were not sent. One that went for all, and is in doubt as
// well, failed as those before it.
func (o *outage) after(answered bool, unsent int, err error) error {
	switch {
	case answered:
		*o = outage{}
	case err == nil && o.tries > 0 && unsent == 0:
		return o.err
	}
	return err
}

// answered reports whether the sink had a clear word about one of the records.
func answered[S, R any](items []*item[S, R]) bool {
	return slices.ContainsFunc(items, func(it *item[S, R]) bool { return it.stage == decided })
}

// sendOn says how to go on after a call that ended doubtfully: what is sent next,
// and what after that.
func (w *writer[S, R]) sendOn(ctx context.Context, unsent []*item[S, R], o *outage, err error) (next, later []*item[S, R], _ error) {
	if len(unsent) == 0 {
		return nil, nil, nil
	}
	if o.tries == witnesses && w.cfg.MayPass(err) {
		return unsent, nil, w.cfg.Pause(time.Now().Add(w.cfg.MaxPause), err)
	}
	if err := w.wait(ctx, o, err); err != nil {
		return unsent, nil, err
	}
	return unsent[:1], unsent[1:], nil
}

// sendSome is one call of the sink, with a deadline of its own: that it was
// reached is no failure.
func (w *writer[S, R]) sendSome(todo []*item[S, R], some send[S, R]) ([]*item[S, R], error) {
	ctx, cancel, err := w.books.call(w.run.writes)
	if err != nil {
		return todo, err
	}
	defer cancel()
	unsent, err := some(ctx, todo)
	if errors.Is(err, context.DeadlineExceeded) && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = nil
	}
	return unsent, err
}

func (w *writer[S, R]) create(ctx context.Context, todo []*item[S, R]) (unsent []*item[S, R], err error) {
	ids, recs := split(todo)
	results, faults, err := w.flow.Create(ctx, ids, recs)
	for i, it := range todo {
		if w.created(it, result(results, i, faults[it.id])) {
			unsent = append(unsent, it)
		}
	}
	if err != nil {
		return unsent, w.wrap("create", err)
	}
	return unsent, nil
}

// result is that of the ith record: one that is missing is not known, except
// that a fault of the record tells.
func result(results []Result, i int, f *Fault) Result {
	var res Result
	if i < len(results) {
		res = results[i]
	}
	if f != nil && res.Status == Unknown {
		res = Result{Status: Rejected, Fault: f}
	}
	return res
}

// created takes the answer to one create; true: it was not sent.
func (w *writer[S, R]) created(it *item[S, R], res Result) (unsent bool) {
	o := w.outcome(it.id)
	o.SinkID = res.ID
	switch res.Status {
	case Written:
		w.worked = true
		it.decide(o, ledger.ActionCreated, "")
	case Exists:
		it.decide(o, ledger.ActionLinked, "")
		it.hash = "" // the sink may have other values: Upsert compares anew
	case Rejected:
		w.fail(it, cmp.Or(res.Fault, &Fault{Reason: ledger.ReasonRejectedBySink}))
	case NotSent:
		return true
	case Unknown:
		w.lose(it)
	default:
		w.lose(it)
	}
	return false
}

// updateAll updates known records. An update may be repeated, so a lost reply is
// a failure like any other.
func (w *writer[S, R]) updateAll(ctx context.Context, todo []*item[S, R]) error {
	if len(todo) == 0 {
		return nil
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if err := w.flush(false); err != nil { // what the batch before decided does not wait for the network
		return err
	}
	_, err := w.sendAll(ctx, todo, w.update)
	return err
}

func (w *writer[S, R]) update(ctx context.Context, todo []*item[S, R]) (unsent []*item[S, R], err error) {
	ids, recs := split(todo)
	sinkIDs := make([]string, len(todo))
	for i, it := range todo {
		sinkIDs[i] = it.had.SinkID
	}
	results, faults, err := w.flow.Update(ctx, ids, sinkIDs, recs)
	for i, it := range todo {
		res := result(results, i, faults[it.id])
		if res.Status == NotSent {
			unsent = append(unsent, it)
			continue
		}
		w.updated(it, res)
	}
	if err != nil {
		return unsent, w.wrap("update", err)
	}
	return unsent, nil
}

func (w *writer[S, R]) updated(it *item[S, R], res Result) {
	o := w.outcome(it.id)
	o.SinkID = it.had.SinkID
	switch res.Status {
	case Written:
		it.decide(o, ledger.ActionUpdated, "")
	case Exists:
		it.decide(o, ledger.ActionUnchanged, "")
	case Rejected:
		w.fail(it, cmp.Or(res.Fault, &Fault{Reason: ledger.ReasonRejectedBySink}))
		it.out.SinkID = o.SinkID
	case Unknown, NotSent:
		it.decide(o, ledger.ActionFailed, ledger.ReasonNotSent)
	default:
		it.decide(o, ledger.ActionFailed, ledger.ReasonNotSent)
	}
}
