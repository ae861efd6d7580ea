package engine

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// job is a run of one kind as its reader and its writer see it. While both are at
// work nothing of it changes.
type job[S, R any] struct {
	*patience

	refusing *refusing
	cfg      *Config
	plan     *Plan
	flow     Flow[S, R]
	books    books
	runID    string
	kind     ledger.Kind
	last     bool            // all others came before: what fails now is not put off any more
	gaveUp   bool            // on one of them, of which nobody can tell whose failure it is: others do not wait for that again
	charged  atomic.Int64    // records that were put off, and counted against the limit
	pass     int             // of the listing; more than 0: it began anew
	named    map[string]bool // ids that the filter names
	owners   owners
}

// phases are what a run does, one after the other.
type phases[S, R any] struct {
	*job[S, R]
	run        *Run
	reader     *reader[S, R]
	writer     *writer[S, R]
	incomplete error // what a listing ended with that did not bring everybody
}

// Work is what a run does with records of one kind.
func Work[S, R any](flow func() (Flow[S, R], error)) func(context.Context, *Run) error {
	return func(ctx context.Context, r *Run) error {
		f, err := flow()
		if err != nil {
			return err
		}
		if r.plan.Options.Preview {
			f = f.pretending()
		}
		j := &job[S, R]{
			cfg: r.cfg, plan: r.plan, flow: f, books: r.books,
			patience: r.patience, refusing: newRefusing(r.tally.all.Counts),
			runID: r.state.RunID, kind: r.state.Kind, pass: r.state.Pass, named: make(map[string]bool, len(f.Named)),
		}
		for _, id := range f.Named {
			j.named[id] = true
		}
		w := &phases[S, R]{
			job: j, run: r,
			reader: &reader[S, R]{
				job: j, total: r.total, seen: make(map[string]bool), unheard: make(map[string]bool), left: make(map[string]bool),
				recent: newRecent(recentBatches + j.batchesAhead()), slots: make(chan struct{}, r.cfg.Concurrency),
				limit: newLimit(recentBatches + j.batchesAhead()),
				rooms: newRooms[S, R](),
			},
			writer: &writer[S, R]{
				job: j, run: r, next: checkpoint{written: time.Now()},
				losses: make(map[string]*loss), claimed: make(map[string]string), refusals: make(map[string]refusal),
				putOff: make(map[string]bool), certain: make(map[string]*certain[R]),
			},
		}
		return w.end(w.all(ctx))
	}
}

// all goes through the phases of a run: what an earlier run or stretch left open
// comes to its end, then come the records of the listing, or those to be tried
// again, and then what this run lost track of itself. It completes only when no
// intent is open. A listing may end with an error that is nobody's on it, such as a
// part of the account that is closed: what it brought is brought to its end all the
// same.
func (w *phases[S, R]) all(ctx context.Context) error {
	for _, phase := range []func(context.Context) error{w.promised, w.resolveLeft, w.main, w.deferred, w.settle, w.resolveOwn} {
		err := phase(ctx)
		if _, listing := errors.AsType[*listError](err); listing && ctx.Err() == nil && w.cfg.Doubtful(err) && !w.cfg.MayPass(err) {
			w.incomplete, err = err, nil
		}
		if err != nil {
			return err
		}
		if err := w.writer.flush(true); err != nil { // the next phase asks the store
			return err
		}
	}
	w.run.tally.warn(w.refusing.warnings()...)
	if w.incomplete != nil {
		return w.incomplete
	}
	w.run.tally.warn(w.flow.Mapping.Warnings(w.run.matched)...)
	if fresh := w.flow.Mapping.Matched(w.run.matched); len(fresh) > 0 {
		w.writer.next.commit.Matched = fresh
	}
	if w.matchedNothing() {
		w.run.tally.warn("no record matched the filter")
	}
	return nil
}

// listError is what a listing ended with.
type listError struct{ error }

func (e *listError) Unwrap() error { return e.error }

// main takes the records that the run is for.
func (w *phases[S, R]) main(ctx context.Context) error {
	tried, by := w.run.tally.all.Counts, w.run.tally.all.ByReason
	filtered := by[ledger.ReasonFilteredOut]
	if len(w.flow.Named) > 0 { // those that are not named were left out by their ids alone
		filtered -= w.run.tally.passing.ByReason[ledger.ReasonFilteredOut]
	}
	w.reader.limit.allowed = w.plan.Options.Limit - (tried.Created + tried.Linked + tried.Failed + filtered + by[ledger.ReasonNotInSink])
	switch {
	case w.run.state.Listed:
		return nil
	case w.retries():
		return w.retryFailed(ctx)
	}
	return w.list(ctx)
}

// matchedNothing: what a filter's ids mean at the source is partly an assumption,
// so an empty selection is worth a word.
func (w *phases[S, R]) matchedNothing() bool {
	read, by := w.run.tally.all.Counts.Read, w.run.tally.all.ByReason
	return (len(w.flow.Named) > 0 || w.flow.Criteria) && read == by[ledger.ReasonFilteredOut]+by[ledger.ReasonSourceNotFound]
}

// list runs reader and writer side by side.
func (w *phases[S, R]) list(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	batches := make(chan *batch[S, R]) // the sink is asked one batch ahead, and no more
	ended := make(chan struct{})
	from := w.run.state.Cursor
	go func() {
		defer close(ended)
		defer close(batches)
		w.reader.read(ctx, from, sendTo(ctx, batches))
	}()
	defer func() { <-ended }()
	defer cancel()
	for {
		var b *batch[S, R]
		var more bool
		select {
		case b, more = <-batches:
		default: // the next batch is not ready: what is decided does not wait for it
			if err := w.writer.flush(false); err != nil {
				return err
			}
			b, more = <-batches
		}
		if !more {
			return context.Cause(ctx)
		}
		if err := w.writer.write(ctx, b); err != nil {
			return err
		}
		w.reader.rooms.give(b.items)
	}
}

// retries reports whether the records are failed ones that a person wants tried
// again.
func (j *job[S, R]) retries() bool { return j.plan.RetryOf != "" }

func (j *job[S, R]) outcome(id string) ledger.Outcome {
	return ledger.Outcome{RunID: j.runID, Kind: j.kind, SourceID: id}
}

// fail decides an item by a fault of its own.
func (j *job[S, R]) fail(it *item[S, R], f *Fault) {
	o := j.outcome(it.id)
	o.Fields = f.Fields
	action := ledger.ActionFailed
	if f.Reason == ledger.ReasonFilteredOut {
		action = ledger.ActionSkipped
	}
	it.decide(o, action, f.Reason)
}

// stored is what the store has of the ids.
func (j *job[S, R]) stored(ctx context.Context, ids []string) (map[string]ledger.Record, error) {
	records, err := j.books.records(ctx, ids)
	if err != nil {
		return nil, j.wrap("look up known", err)
	}
	return records, nil
}

// knownAgain decides a record that is done already. Where it was to be tried again,
// an import in between has brought it in: that has a row, so that it leaves the list
// of those that failed.
func (j *job[S, R]) knownAgain(it *item[S, R]) {
	if j.retries() {
		it.decide(j.outcome(it.id), ledger.ActionUnchanged, "")
		it.hash = it.had.Fingerprint
	} else {
		it.decide(j.outcome(it.id), ledger.ActionSkipped, ledger.ReasonAlreadyImported)
	}
	it.out.SinkID = it.had.SinkID
}

// updatesKnown reports whether known records are read again.
func (j *job[S, R]) updatesKnown() bool { return j.plan.Options.Mode == Upsert }

func (j *job[S, R]) wrap(what string, err error) error {
	return fmt.Errorf("run %s: %s %ss: %w", j.runID, what, j.kind, err)
}
