package engine

import (
	"context"
	"errors"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// writer decides what the reader left undecided: it intends, creates, updates
// and commits, batch by batch, in order.
type writer[S, R any] struct {
	*job[S, R]
	run     *Run
	next    checkpoint      // of the batches that are written and not stored yet
	stores  int             // how often something was stored
	lost    time.Time       // when the last reply was lost
	losses  map[string]int  // how often, in this run, by the record
	worked  bool            // the sink has created a record in this run
	claimed map[string]bool // by creates of the last batch
}

// write brings a batch to its end, as far as it goes. What it decides is stored
// with the intents of the next one, or by flush.
func (w *writer[S, R]) write(ctx context.Context, b *batch[S, R]) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if b.firstPage {
		w.run.total = max(w.run.total, b.total)
		p := Progress{Counts: w.run.tally.all.Counts, Total: w.run.total}
		if err := w.plan.Hooks.PageRead(w.run.tells, p); err != nil { //nolint:contextcheck // hooks get the caller's values, and no end
			return w.wrap("tell of a page of", err)
		}
	}
	stores := w.stores
	err := w.place(ctx, b)
	if w.run.stale || w.run.deaf { // what the batch had before is read again
		return err
	}
	if w.stores == stores && w.next.urgent() { // the batch before still waits: one may, and no more (see recentBatches)
		if ferr := w.flush(true); ferr != nil {
			return errors.Join(err, ferr)
		}
	}
	return errors.Join(err, b.err, w.add(b, err == nil && b.err == nil))
}

// place decides what is undecided: it creates or updates records, by what the
// sink says of them. What an error leaves undecided stays so.
func (w *writer[S, R]) place(ctx context.Context, b *batch[S, R]) error {
	before := w.claimed
	w.claimed = nil
	todo := unsettled(b.items)
	if len(todo) == 0 {
		return nil
	}
	todo, changed := w.compare(todo)
	if err := w.askAgain(ctx, b.asked, before, todo, changed); err != nil {
		return err
	}
	absent, found := w.sort(todo)
	absent, err := w.intend(ctx, w.mayCreate(absent))
	if err != nil {
		return err
	}
	if err := w.updateAll(ctx, append(changed, found...)); err != nil {
		w.withdraw(absent)
		return err
	}
	w.claim(absent)
	unsent, err := w.sendAll(ctx, absent, w.create)
	w.withdraw(unsent)
	return err
}

func unsettled[S, R any](items []item[S, R]) []*item[S, R] {
	var todo []*item[S, R]
	for i := range items {
		if it := &items[i]; it.unsettled() {
			todo = append(todo, it)
		}
	}
	return todo
}

// compare takes known records out: unchanged ones are decided, changed ones are
// to be updated.
func (w *writer[S, R]) compare(todo []*item[S, R]) (fresh, changed []*item[S, R]) {
	for _, it := range todo {
		switch {
		case !it.updates:
			fresh = append(fresh, it)
		case !w.differs(it):
			it.decide(w.outcome(it.id), ledger.ActionUnchanged, "")
			it.out.SinkID = it.had.SinkID
			it.hash = it.had.Fingerprint // what the sink has, also when it cannot be updated
		default:
			changed = append(changed, it)
		}
	}
	return fresh, changed
}

// sort takes what the sink says of records. Found ones are decided, or to be
// updated; absent ones may be created.
func (w *writer[S, R]) sort(todo []*item[S, R]) (absent, found []*item[S, R]) {
	for _, it := range todo {
		if it.fault != nil {
			w.refused(it)
			continue
		}
		switch w.judge(it); {
		case it.stage != decided:
			absent = append(absent, it)
		case w.updatesFound(it):
			it.updates, it.had.SinkID = true, it.out.SinkID
			it.undecide()
			found = append(found, it)
		}
	}
	return absent, found
}

// refused decides a record that the sink has something to say against. Of one that
// may have been created, where the sink does not keep its id, that proves nothing:
// its login name may be taken by itself.
func (w *writer[S, R]) refused(it *item[S, R]) {
	if !w.flow.Proves && (it.inDoubt || it.had.State == ledger.StateParked) {
		it.decide(w.outcome(it.id), ledger.ActionFailed, ledger.ReasonInDoubt)
		return
	}
	w.fail(it, it.fault)
}

// updatesFound reports whether a record that the sink was found to have is to be
// updated there.
func (w *writer[S, R]) updatesFound(it *item[S, R]) bool {
	return it.out.Action == ledger.ActionLinked && w.plan.Options.Mode == Upsert && w.flow.Update != nil && !it.inDoubt && it.mapped()
}

// judge decides a record by what the sink has of it; undecided means that it may
// be created.
func (w *writer[S, R]) judge(it *item[S, R]) {
	o := w.outcome(it.id)
	switch hits := it.hits; {
	case len(hits) == 1 && it.inDoubt:
		o.SinkID = hits[0]
		it.decide(o, ledger.ActionLinked, ledger.ReasonInDoubtResolved)
		it.hash = it.had.Fingerprint // what was sent is what the sink has: what is mapped now may be another thing
	case len(hits) == 1:
		o.SinkID = hits[0]
		it.decide(o, ledger.ActionLinked, "")
		it.hash = "" // what the sink has is not what was mapped: Upsert compares anew
	case it.inDoubt && (len(hits) > 1 || !w.flow.Proves):
		it.decide(o, ledger.ActionFailed, ledger.ReasonInDoubt)
	case len(hits) > 1:
		it.decide(o, ledger.ActionFailed, ledger.ReasonAmbiguousMatch)
	case it.ifAbsent != nil:
		it.settle(*it.ifAbsent)
	case it.inDoubt && w.sentEnough(it):
		it.decide(o, ledger.ActionFailed, ledger.ReasonSinkFailed)
		if rests := it.had.Sent >= maxSends; rests || w.worked {
			it.blame = w.blame(rests)
		}
	}
}

// sentEnough reports whether a create is not sent again that is provably not in
// the sink. Each run may send it, and once more as long as that was not done often.
func (w *writer[S, R]) sentEnough(it *item[S, R]) bool {
	here := w.losses[it.id]
	return here > 1 || here == 1 && it.had.Sent >= maxSends
}

// mayCreate decides the records that the sink does not have and that this run
// must not create; it returns the others.
func (w *writer[S, R]) mayCreate(absent []*item[S, R]) []*item[S, R] {
	create := absent[:0:0]
	for _, it := range absent {
		switch {
		case it.had.State == ledger.StateParked && !it.inDoubt && !w.retries():
			it.decide(w.outcome(it.id), ledger.ActionFailed, ledger.ReasonInDoubt)
		case w.plan.Options.Mode == LinkExisting:
			it.decide(w.outcome(it.id), ledger.ActionSkipped, ledger.ReasonNotInSink)
		default:
			create = append(create, it)
		}
	}
	return create
}

// intend makes the creates durable before they are sent. It returns those that
// may be.
func (w *writer[S, R]) intend(ctx context.Context, todo []*item[S, R]) ([]*item[S, R], error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if len(todo) == 0 {
		return nil, nil
	}
	intents := make([]ledger.Intent, len(todo))
	for i, it := range todo {
		intents[i] = ledger.Intent{ID: it.id, Fingerprint: it.hash, Again: it.inDoubt || w.retries()}
	}
	states, err := w.store(intents)
	if err != nil {
		return nil, err
	}
	send := todo[:0:0]
	for i, it := range todo {
		switch states[i] {
		case ledger.IntentFresh:
			it.sent = true
			send = append(send, it)
		case ledger.IntentParked:
			it.decide(w.outcome(it.id), ledger.ActionFailed, ledger.ReasonInDoubt)
		case ledger.IntentOpen:
			w.lose(it) // looked up at the run's end, after the settle time
		case ledger.IntentDuplicate:
			it.decide(w.outcome(it.id), ledger.ActionSkipped, ledger.ReasonDuplicateInSource)
		}
	}
	return send, nil
}

// withdraw notes creates that were certainly not sent.
func (w *writer[S, R]) withdraw(unsent []*item[S, R]) {
	for _, it := range unsent {
		w.next.commit.Withdrawn = append(w.next.commit.Withdrawn, it.id)
	}
}

// lose notes that what became of a create is not known.
func (w *writer[S, R]) lose(it *item[S, R]) {
	it.stage = intended
	w.lost = time.Now()
	w.losses[it.id]++
}
