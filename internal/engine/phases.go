package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// job is a run of one kind as its reader and its writer see it. While both are at
// work nothing of it changes.
type job[S, R any] struct {
	cfg     *Config
	plan    *Plan
	flow    Flow[S, R]
	books   books
	runID   string
	granted time.Time // when the lease was, by the store's clock
	began   time.Time // and by this process's
	kind    ledger.Kind
	pass    int             // of the listing; more than 0: it began anew
	named   map[string]bool // ids that the filter names
}

// phases are what a run does, one after the other.
type phases[S, R any] struct {
	*job[S, R]
	run    *Run
	reader *reader[S, R]
	writer *writer[S, R]
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
			granted: r.granted, began: r.began,
			runID: r.state.RunID, kind: r.state.Kind, pass: r.state.Pass, named: make(map[string]bool, len(f.Named)),
		}
		for _, id := range f.Named {
			j.named[id] = true
		}
		w := &phases[S, R]{
			job: j, run: r,
			reader: &reader[S, R]{job: j, seen: make(map[string]bool), left: make(map[string]bool)},
			writer: &writer[S, R]{job: j, run: r, next: checkpoint{written: time.Now()}, losses: make(map[string]int)},
		}
		return w.end(w.all(ctx))
	}
}

// all goes through the phases of a run: what an earlier run or stretch left open
// comes to its end, then come the records of the listing, or those to be tried
// again, and then what this run lost track of itself. It completes only when no
// intent is open.
func (w *phases[S, R]) all(ctx context.Context) error {
	for _, phase := range []func(context.Context) error{w.resolveLeft, w.main, w.deferred, w.resolveOwn} {
		if err := phase(ctx); err != nil {
			return err
		}
		if err := w.writer.flush(true); err != nil { // the next phase asks the store
			return err
		}
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

// main takes the records that the run is for.
func (w *phases[S, R]) main(ctx context.Context) error {
	tried, by := w.run.tally.all.Counts, w.run.tally.all.ByReason
	w.reader.allowed = w.plan.Options.Limit - (tried.Created + tried.Linked + tried.Failed +
		by[ledger.ReasonFilteredOut] + by[ledger.ReasonNotInSink])
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
	batches := make(chan *batch[S, R]) // the reader is one batch ahead, and no more: see writer.claimed
	ended := make(chan struct{})
	from := w.run.state.Cursor
	go func() {
		defer close(ended)
		defer close(batches)
		w.reader.list(ctx, from, func(b *batch[S, R]) bool {
			select {
			case batches <- b:
				return true
			case <-ctx.Done():
				return false
			}
		})
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

// knownAgain decides a record that is done already.
func (j *job[S, R]) knownAgain(it *item[S, R]) {
	it.decide(j.outcome(it.id), ledger.ActionSkipped, ledger.ReasonAlreadyImported)
	it.out.SinkID = it.had.SinkID
}

// updatesKnown reports whether known records are read again.
func (j *job[S, R]) updatesKnown() bool { return j.plan.Options.Mode == Upsert }

func (j *job[S, R]) wrap(what string, err error) error {
	return fmt.Errorf("run %s: %s %ss: %w", j.runID, what, j.kind, err)
}
