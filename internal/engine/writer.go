package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// writer decides what the reader left undecided: it intends, creates, updates
// and commits, batch by batch, in order.
type writer[S, R any] struct {
	*job[S, R]
	run      *Run
	next     checkpoint        // of the batches that are written and not stored yet
	stores   int               // how often something was stored
	lost     time.Time         // when the last reply was lost
	losses   map[string]*loss  // of creates, by the record
	claimed  map[string]string // what the creates of this run claim, and their ids
	suspect  error             // the sink refuses everybody
	taken    [operations]int   // records that the sink took in this stretch
	refusals map[string]refusal
	putOff   map[string]bool // ids that this stretch put off
	certain  map[string]*certain[R]
	rivals   rivals
}

// write brings a batch to its end, as far as it goes. What it decides is stored
// with the intents of the next one, or by flush.
func (w *writer[S, R]) write(ctx context.Context, b *batch[S, R]) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if b.firstPage {
		if b.total > w.run.total {
			w.run.total, w.next.passed = b.total, true // for those who look at the store
		}
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
	todo := unsettled(b.items)
	if len(todo) == 0 {
		return nil
	}
	todo, changed := w.compare(todo)
	if err := w.askAgain(ctx, b.asked, todo, changed); err != nil {
		return err
	}
	if err := w.traceAll(ctx, todo); err != nil {
		return err
	}
	absent, found := w.sort(stillUnsettled(todo))
	absent, err := w.recognise(ctx, absent)
	if err != nil {
		return err
	}
	absent, err = w.intend(ctx, w.mayCreate(absent))
	if err != nil {
		return err
	}
	if err := w.updateAll(ctx, append(stillUnsettled(changed), found...)); err != nil {
		w.withdraw(absent)
		return err
	}
	return w.bring(ctx, absent)
}

// bring links and creates what was intended.
func (w *writer[S, R]) bring(ctx context.Context, intended []*item[S, R]) error {
	var links, creates []*item[S, R]
	for _, it := range intended {
		if it.linkTo != "" {
			links = append(links, it)
		} else {
			creates = append(creates, it)
		}
	}
	unsent, err := w.sendAll(ctx, links, linking, w.link)
	w.withdraw(unsent)
	if err != nil {
		w.withdraw(creates)
		return err
	}
	unsent, err = w.sendAll(ctx, creates, creating, w.create)
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

// stillUnsettled are those that nothing was decided of meanwhile.
func stillUnsettled[S, R any](items []*item[S, R]) []*item[S, R] {
	return slices.DeleteFunc(slices.Clone(items), func(it *item[S, R]) bool { return !it.unsettled() })
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
			if w.mayBeTheOne(it) {
				absent = append(absent, it)
			} else {
				w.refused(it)
			}
			continue
		}
		mapped := it.hash
		switch w.judge(it); {
		case it.stage == intended:
		case it.stage != decided:
			absent = append(absent, it)
		case w.updatesFound(it):
			it.updates, it.had.SinkID, it.hash = true, it.out.SinkID, mapped
			it.had.Fingerprint = "" // of a create that came to nothing: who made this one, and with what, nobody knows
			it.undecide()
			found = append(found, it)
		}
	}
	return absent, found
}

// mayBeTheOne reports whether a record, whose name another one of the sink has, may be
// that one.
func (j *job[S, R]) mayBeTheOne(it *item[S, R]) bool {
	return j.flow.Likeness != nil && j.flow.Taken != nil && it.fault.Reason == j.flow.Taken.Reason &&
		!it.inDoubt && it.had.State != ledger.StateParked && it.mapped()
}

// refused decides a record that the sink has something to say against. Of one that
// may have been created, without its id perhaps, that proves nothing: its login
// name may be taken by itself.
func (w *writer[S, R]) refused(it *item[S, R]) {
	if it.inDoubt || it.had.State == ledger.StateParked {
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
	case it.inDoubt:
		w.absent(it)
	}
}

// mayCreate decides the records that the sink does not have and that this run
// must not create; it returns the others.
func (w *writer[S, R]) mayCreate(absent []*item[S, R]) []*item[S, R] {
	create := absent[:0:0]
	for _, it := range absent {
		switch {
		case it.linkTo != "":
			create = append(create, it)
		case w.parked(it):
			it.decide(w.outcome(it.id), ledger.ActionFailed, ledger.ReasonInDoubt)
		case w.plan.Options.Mode == LinkExisting:
			it.decide(w.outcome(it.id), ledger.ActionSkipped, ledger.ReasonNotInSink)
		case !w.claim(it):
			w.fail(it, w.flow.Taken)
		default:
			create = append(create, it)
		}
	}
	return create
}

// parked reports whether a record waits for a person who looks at the sink, and retries
// it: what may have been created of it is not weighed, nor created once more.
func (j *job[S, R]) parked(it *item[S, R]) bool {
	return it.had.State == ledger.StateParked && !it.inDoubt && !j.retries()
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
		intents[i] = ledger.Intent{ID: it.id, Fingerprint: it.hash, Again: it.inDoubt || w.retries() || it.linkTo != "" || it.settles}
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
		w.unclaim(it)
		w.next.commit.Withdrawn = append(w.next.commit.Withdrawn, it.id)
	}
}

// lose notes that what became of a create is not known.
func (w *writer[S, R]) lose(it *item[S, R]) {
	it.stage = intended
	w.lost = time.Now()
	l := w.losses[it.id]
	if l == nil {
		l = &loss{first: w.taken[creating]}
		w.losses[it.id] = l
	}
	l.times++
	l.last = w.taken[creating]
}
