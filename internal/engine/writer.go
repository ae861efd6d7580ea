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
	lost    time.Time       // when the last reply was lost
	claimed map[string]bool // by creates of the last batch
}

// write brings a batch to its end and commits it, as far as it goes.
func (w *writer[S, R]) write(ctx context.Context, b *batch[S, R]) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if b.firstPage {
		w.run.total = max(w.run.total, b.total)
		p := Progress{Counts: w.run.tally.counts, Total: w.run.total}
		if err := w.plan.Hooks.PageRead(w.run.tells, p); err != nil { //nolint:contextcheck // hooks get the caller's values, and no end
			return w.wrap("tell of a page of", err)
		}
	}
	withdrawn, err := w.place(ctx, b)
	if cerr := w.commit(b, withdrawn, err == nil && b.err == nil); cerr != nil {
		return errors.Join(cerr, err)
	}
	if err != nil {
		return err
	}
	return b.err
}

func (w *writer[S, R]) commit(b *batch[S, R], withdrawn []string, whole bool) error {
	c := ledger.Commit{Withdrawn: withdrawn, Outcomes: make([]ledger.Outcome, 0, len(b.items))}
	for i := range b.items {
		it := &b.items[i]
		if it.stage != decided {
			continue
		}
		c.Outcomes = append(c.Outcomes, it.out)
		if it.out.Action.Done() {
			if c.Known == nil {
				c.Known = make(map[string]ledger.Known, len(b.items))
			}
			c.Known[it.id] = ledger.Known{SinkID: it.out.SinkID, Fingerprint: it.hash, RunID: w.runID}
		}
	}
	moves := whole && b.moves
	if moves {
		c.Cursor, c.Listed = b.cursor, b.listed
	}
	if len(c.Outcomes) == 0 && len(withdrawn) == 0 && !moves {
		return nil
	}
	return w.run.commit(c, moves, w.done)
}

// place decides what is undecided: it creates or updates records, by what the
// sink says of them. What an error leaves undecided stays so. It returns the
// intents whose create was certainly not sent.
func (w *writer[S, R]) place(ctx context.Context, b *batch[S, R]) (withdrawn []string, err error) {
	before := w.claimed
	w.claimed = nil
	todo, err := w.recheck(ctx, b.items)
	if err != nil || len(todo) == 0 {
		return nil, err
	}
	todo, changed := w.compare(todo)
	if err := w.askAgain(ctx, b.asked, before, todo, changed); err != nil {
		return nil, err
	}
	absent, found := w.sort(todo)
	if err := w.updateAll(ctx, append(changed, found...)); err != nil {
		return nil, err
	}
	if absent, err = w.intend(ctx, w.mayCreate(absent)); err != nil {
		return nil, err
	}
	w.claim(absent)
	return w.createAll(ctx, absent)
}

// recheck finds what came before in this run, whatever became of it then, and
// what became known while it was read. What is done, the store alone says.
func (w *writer[S, R]) recheck(ctx context.Context, items []item[S, R]) ([]*item[S, R], error) {
	var todo, ask []*item[S, R]
	for i := range items {
		switch it := &items[i]; {
		case it.inDoubt:
			todo = append(todo, it)
		case it.stage == decided && !it.out.Stored(false) || it.id == "":
		case w.done.counted[it.id] != verdict{}:
			it.decide(w.outcome(it.id), ledger.ActionSkipped, ledger.ReasonDuplicateInSource)
		default:
			ask = append(ask, it)
		}
	}
	if len(ask) == 0 {
		return todo, nil
	}
	ids, _ := split(ask)
	known, err := w.known(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, it := range ask {
		switch k, ok := known[it.id]; {
		case ok && k.RunID == w.runID:
			w.knownAgain(it, k)
		case it.stage == decided:
		case ok && it.known == nil && w.retries() && w.updates(&k):
			it.known = &k // a failed update
			todo = append(todo, it)
		case ok && it.known == nil:
			w.knownAgain(it, k)
		default:
			todo = append(todo, it)
		}
	}
	return todo, nil
}

// compare takes known records out: unchanged ones are decided, changed ones are
// to be updated.
func (w *writer[S, R]) compare(todo []*item[S, R]) (fresh, changed []*item[S, R]) {
	for _, it := range todo {
		switch {
		case it.known == nil:
			fresh = append(fresh, it)
		case !w.differs(it):
			it.decide(w.outcome(it.id), ledger.ActionUnchanged, "")
			it.out.SinkID = it.known.SinkID
			it.hash = it.known.Fingerprint // what the sink has, also when it cannot be updated
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
			w.fail(it, it.fault)
			continue
		}
		switch w.judge(it); {
		case it.stage != decided:
			absent = append(absent, it)
		case w.updatesFound(it):
			it.known = &ledger.Known{SinkID: it.out.SinkID}
			it.undecide()
			found = append(found, it)
		}
	}
	return absent, found
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
	}
}

// mayCreate decides the records that the sink does not have and that this run
// must not create; it returns the others.
func (w *writer[S, R]) mayCreate(absent []*item[S, R]) []*item[S, R] {
	create := absent[:0:0]
	for _, it := range absent {
		switch {
		case w.parked[it.id] && !it.inDoubt && !w.retries():
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
	if len(todo) == 0 {
		return nil, nil
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	intents := make([]ledger.Intent, len(todo))
	for i, it := range todo {
		intents[i] = ledger.Intent{ID: it.id, Fingerprint: it.hash, Unpark: w.retries()}
	}
	states, err := w.books.intend(w.run.writes, intents) //nolint:contextcheck // a stop does not cut it short
	if err != nil {
		return nil, err
	}
	send := todo[:0:0]
	for i, it := range todo {
		switch st := states[i]; {
		case st == ledger.IntentFresh, st == ledger.IntentEarlier && w.retries(), st != ledger.IntentParked && it.inDoubt:
			send = append(send, it)
		case st == ledger.IntentParked:
			it.decide(w.outcome(it.id), ledger.ActionFailed, ledger.ReasonInDoubt)
		case st == ledger.IntentEarlier:
			w.lose(it) // looked up at the run's end, after the settle time
		default:
			it.decide(w.outcome(it.id), ledger.ActionSkipped, ledger.ReasonDuplicateInSource)
		}
	}
	return send, nil
}

// lose notes that what became of a create is not known.
func (w *writer[S, R]) lose(it *item[S, R]) {
	it.stage = intended
	w.lost = time.Now()
}
