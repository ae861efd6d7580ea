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
// A call that ended doubtfully left records in doubt, or unsent. Unsent ones are sent
// one at a time, in turn, until the sink takes one. One that it does not take alone,
// while it takes others, comes after all others; when it takes none, the run waits.
// After three calls that each left a record in doubt nothing more is sent: it pauses.
func (w *writer[S, R]) sendAll(ctx context.Context, todo []*item[S, R], op operation, some send[S, R]) (unsent []*item[S, R], err error) {
	o := outage{op: op}
	var later []*item[S, R]
	size := len(todo) // of a call
	for stalled := 0; len(todo) > 0; {
		unsent, err := w.sendSome(todo, some) //nolint:contextcheck // a stop does not cut it short
		cause := context.Cause(ctx)
		if answered(todo) {
			o = outage{op: op}
		}
		doubts := w.doubts(todo, &o, err)
		if doubts != nil && cause == nil {
			w.noteRefused(todo, w.taken[op])
			unsent, later, err = w.sendOn(ctx, todo, append(later, unsent...), &o, doubts)
			size = 1
		}
		if err == nil && cause != nil && len(unsent) > 0 {
			err = cause
		}
		if err != nil {
			return append(unsent, later...), err
		}
		if stalled++; len(unsent) < len(todo) || doubts != nil {
			stalled = 0
		}
		if todo = unsent; len(todo) == 0 {
			size = min(2*size, len(later))
			todo, later = later[:size], later[size:]
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
		reason := ledger.ReasonNotSent
		if it.unsure {
			reason = ledger.ReasonUnconfirmed
		}
		o := w.outcome(it.id)
		if it.updates {
			o.SinkID = it.had.SinkID
		}
		it.decide(o, ledger.ActionFailed, reason)
	}
}

// answered reports whether the sink had a clear word about one of the records.
func answered[S, R any](items []*item[S, R]) bool {
	return slices.ContainsFunc(items, func(it *item[S, R]) bool { return it.stage == decided })
}

// doubts is what a call failed with doubtfully; nil: it did not. One that went for
// all after such a failure, and left its record in doubt, failed as those before it.
func (w *writer[S, R]) doubts(todo []*item[S, R], o *outage, err error) error {
	lost := slices.ContainsFunc(todo, func(it *item[S, R]) bool { return it.stage == intended })
	switch {
	case err == nil && (o.err == nil || !lost), err != nil && !w.cfg.Doubtful(err):
		return nil
	case err == nil:
		err = o.err
	}
	if o.err = err; lost {
		o.lost++
	}
	return err
}

// refusal is when a record was not taken for the first time in this run, and how
// many had been taken by then.
type refusal struct {
	at    time.Time
	taken int
}

// noteRefused notes which records a call did not take. Those that come last and were
// not tried in this run have failed before it: all that was taken came after that.
func (w *writer[S, R]) noteRefused(tried []*item[S, R], taken int) {
	if w.last {
		taken = 0
	}
	for _, it := range tried {
		if _, before := w.refusals[it.id]; it.unsettled() && !before {
			w.refusals[it.id] = refusal{time.Now(), taken}
		}
	}
}

// sendOn says how to go on after a call that ended doubtfully: what is sent next,
// and what after that. Those that were tried last come last.
func (w *writer[S, R]) sendOn(
	ctx context.Context, tried, unsent []*item[S, R], o *outage, err error,
) (next, later []*item[S, R], _ error) {
	alone := len(tried) == 1 && tried[0].unsettled()
	if alone && w.setAside(o.op, tried[0], len(unsent) <= singles, err) {
		left := unsent[:len(unsent)-1]
		return left[:min(1, len(left))], left[min(1, len(left)):], nil
	}
	if len(unsent) == 0 {
		return nil, nil, nil
	}
	if o.lost > witnesses && w.cfg.MayPass(err) {
		w.begin(o, err)
		return unsent, nil, w.pause(o, err)
	}
	var werr error
	waits := w.cfg.Busy(err) || o.lost > 0 || w.takenSince(o.op, unsent[len(unsent)-1]) == 0 // else it is not the operation
	waits = waits && (w.cfg.MayPass(err) || len(tried) == 1)                                 // alone they may fare better
	if waits && !w.gaveUp {
		werr = w.wait(ctx, o, err)
	}
	if _, paused := w.cfg.PausedUntil(werr); waits && w.last && (w.gaveUp || paused || !w.cfg.MayPass(err)) {
		w.gaveUp = true // nobody else can tell whose failure it is
		for _, it := range unsent {
			w.giveUp(it, err)
		}
		return nil, nil, nil
	}
	if werr != nil {
		return unsent, nil, werr
	}
	return unsent[:1], unsent[1:], nil
}

// takenSince is of how many records the sink took such an operation since it did not
// take that of one.
func (w *writer[S, R]) takenSince(op operation, it *item[S, R]) int {
	return w.taken[op] - w.refusals[it.id].taken
}

// setAside takes a record out that the sink does not take alone, while it takes
// others, or where there are few others: it comes after all others, and fails then.
func (w *writer[S, R]) setAside(op operation, it *item[S, R], few bool, err error) bool {
	was, taken := w.refusals[it.id], w.takenSince(op, it)
	switch {
	case !w.last && (taken > 0 || few):
		w.postpone(it)
		if it.sent {
			w.next.commit.Withdrawn = append(w.next.commit.Withdrawn, it.id)
		}
		return true
	case !w.last || taken == 0:
		return false
	case w.cfg.Busy(err) && !w.heldOff(&outage{began: was.at}, taken, err):
		return false
	}
	if w.giveUp(it, err); !w.cfg.Busy(err) {
		it.blame, it.unproved = w.blame(false), false
	}
	return true
}

// giveUp fails a record that the sink did not take. Nothing is held against it.
func (w *writer[S, R]) giveUp(it *item[S, R], err error) {
	reason := ledger.ReasonSinkFailed
	switch {
	case w.cfg.Busy(err):
		reason = ledger.ReasonBusy
	case it.unsure:
		reason = ledger.ReasonUnconfirmed
	}
	o := w.outcome(it.id)
	if it.updates {
		o.SinkID = it.had.SinkID
	}
	it.decide(o, ledger.ActionFailed, reason)
	it.unproved = true
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
	return w.brought(todo, results, faults, w.created, "create", err)
}

// brought takes what a call that creates or links said of its records, each by take.
func (w *writer[S, R]) brought(
	todo []*item[S, R], results []Result, faults map[string]*Fault, take func(*item[S, R], Result) (unsent bool), what string, err error,
) (unsent []*item[S, R], _ error) {
	for i, it := range todo {
		if take(it, result(results, i, faults[it.id])) {
			unsent = append(unsent, it)
		}
	}
	if w.suspect != nil {
		return unsent, w.suspect
	}
	if err != nil {
		return unsent, w.wrap(what, err)
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
	w.answers(creating, res)
	switch res.Status {
	case Written:
		it.decide(o, ledger.ActionCreated, "")
		it.out.Candidates = it.noted
	case Exists:
		it.decide(o, ledger.ActionLinked, "")
		it.hash = "" // the sink may have other values: Upsert compares anew
	case Rejected:
		w.unclaim(it)
		w.rejected(creating, it, res.Fault)
	case NotSent:
		return true
	case Unknown:
		w.lose(it)
	default:
		w.lose(it)
	}
	return false
}

// answers notes that the sink had a clear word about a record.
func (w *writer[S, R]) answers(op operation, res Result) {
	if res.Status == Unknown || res.Status == NotSent {
		return
	}
	w.works(op)
	if res.Status != Rejected {
		w.taken[op]++
		w.refusing.takes(op)
	}
}

// rejected fails a record that the sink refuses, and notes when it refuses everybody.
func (w *writer[S, R]) rejected(op operation, it *item[S, R], f *Fault) {
	err := w.refuse(w.run.writes, op, it, cmp.Or(f, &Fault{Reason: ledger.ReasonRejectedBySink}))
	w.suspect = cmp.Or(w.suspect, err)
}

// updateAll updates known records. An update may be repeated, so one whose
// reply is lost is sent again.
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
	todo, err := w.owned(ctx, todo)
	if err != nil {
		return err
	}
	_, err = w.sendAll(ctx, todo, updating, w.update)
	return err
}

func (w *writer[S, R]) update(ctx context.Context, todo []*item[S, R]) (unsent []*item[S, R], err error) {
	ids, recs := split(todo)
	sinkIDs := make([]string, len(todo))
	for i, it := range todo {
		sinkIDs[i] = it.had.SinkID
	}
	results, faults, err := w.flow.Update(ctx, ids, sinkIDs, recs)
	silent := true // all were sent before, too, and none has ever got a word
	taken := w.taken[updating]
	for i, it := range todo {
		res := result(results, i, faults[it.id])
		if w.updated(it, res) {
			silent = false
			continue
		}
		silent = silent && it.unsure && res.Status != NotSent
		if res.Status != NotSent {
			it.unsure = true
			w.noteRefused([]*item[S, R]{it}, taken)
		}
		unsent = append(unsent, it)
	}
	if err == nil && silent {
		err = w.cfg.NoReply
	}
	if w.suspect != nil {
		return unsent, w.suspect
	}
	if err != nil {
		return unsent, w.wrap("update", err)
	}
	return unsent, nil
}

// updated takes the answer to one update; false: there was none.
func (w *writer[S, R]) updated(it *item[S, R], res Result) bool {
	o := w.outcome(it.id)
	o.SinkID = it.had.SinkID
	w.answers(updating, res)
	switch res.Status {
	case Written:
		it.decide(o, ledger.ActionUpdated, "")
		w.kept(it, res.Kept)
	case Exists:
		it.decide(o, ledger.ActionUnchanged, "")
		w.kept(it, res.Kept)
	case Rejected:
		w.rejected(updating, it, res.Fault)
		it.out.SinkID = o.SinkID
	case Unknown, NotSent:
		return false
	default:
		return false
	}
	return true
}
