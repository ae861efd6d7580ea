package engine

import (
	"context"
	"fmt"

	"github.com/securitytrax/adcimport/ledger"
)

// job is a run of one kind as its reader and its writer see it. While both are at
// work nothing of it changes, but what done says belongs to the writer.
type job[S, R any] struct {
	cfg    *Config
	plan   *Plan
	flow   Flow[S, R]
	books  books
	runID  string
	link   string
	kind   ledger.Kind
	done   *done
	parked map[string]bool // see loadParked
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
			runID: r.state.RunID, link: r.state.Link, kind: r.state.Kind,
			done:   &done{counted: make(map[string]verdict), resolved: make(map[string]bool)},
			parked: make(map[string]bool),
		}
		w := &phases[S, R]{
			job: j, run: r,
			reader: &reader[S, R]{job: j, seen: make(map[string]bool), overlaps: r.plan.Resumed},
			writer: &writer[S, R]{job: j, run: r},
		}
		return w.all(ctx)
	}
}

// all goes through the phases of a run: what an earlier run or stretch left open
// comes to its end, then come the records of the listing, or those to be tried
// again, and then what this run lost track of itself. It completes only when no
// intent is open.
func (w *phases[S, R]) all(ctx context.Context) error {
	for _, phase := range []func(context.Context) error{
		w.recall, w.loadParked, w.relist,
		w.resolveLeft,
		w.main,
		w.resolveOwn,
	} {
		if err := phase(ctx); err != nil {
			return err
		}
	}
	w.run.tally.warn(w.flow.Mapping.Warnings()...)
	if w.matchedNothing() {
		w.run.tally.warn("no record matched the filter")
	}
	return nil
}

// main takes the records that the run is for.
func (w *phases[S, R]) main(ctx context.Context) error {
	tried, by := w.run.tally.counts, w.run.tally.reasons
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
	read, by := w.run.tally.counts.Read, w.run.tally.reasons
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
	for b := range batches {
		if err := w.writer.write(ctx, b); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
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

// known returns which of the ids are done.
func (j *job[S, R]) known(ctx context.Context, ids []string) (map[string]ledger.Known, error) {
	known, err := j.books.known(ctx, ids)
	if err != nil {
		return nil, j.wrap("look up known", err)
	}
	return known, nil
}

// knownAgain decides a record that is done already.
func (j *job[S, R]) knownAgain(it *item[S, R], k ledger.Known) {
	reason := ledger.ReasonAlreadyImported
	if k.RunID == j.runID {
		reason = ledger.ReasonDuplicateInSource
	}
	it.decide(j.outcome(it.id), ledger.ActionSkipped, reason)
	it.out.SinkID = k.SinkID
}

// updates reports whether a known record is to be read again.
func (j *job[S, R]) updates(k *ledger.Known) bool {
	return j.plan.Options.Mode == Upsert && k.RunID != j.runID
}

func (j *job[S, R]) wrap(what string, err error) error {
	return fmt.Errorf("run %s: %s %ss: %w", j.runID, what, j.kind, err)
}
