package engine

import (
	"context"

	"github.com/securitytrax/adcimport/ledger"
)

// Not everything that a mapping makes of a known record is written over what the sink
// has: people correct records there. Whose a field is, the kind of record says.

// Owned is a known record that is to be updated.
type Owned[R any] struct {
	Had string // print of what was last written; empty: nothing is known of that
	Now string // print of Rec; afterwards of what is stored once that is written
	Rec *R     // what the mapping makes of it; afterwards, what is to be written of it
	// There is what the sink has; nil: it was not read.
	There *R
	// Nothing says that there is nothing to be written.
	Nothing bool
}

// Owning says what an update writes.
type Owning[R any] interface {
	// Reads reports whether the sink must be read to know that.
	Reads(o *Owned[R]) bool
	// Read has records of the sink, by its own ids. One that is missing is not there.
	Read(ctx context.Context, sinkIDs []string) (map[string]R, error)
	// Decide takes out of the record what is not to be written.
	Decide(o *Owned[R])
}

// owned takes out of records what is not theirs to be written, and decides those of
// which nothing is left, or that are gone.
func (w *writer[S, R]) owned(ctx context.Context, todo []*item[S, R]) ([]*item[S, R], error) {
	if w.flow.Own == nil {
		return todo, nil
	}
	of := func(it *item[S, R]) *Owned[R] {
		return &Owned[R]{Had: it.had.Fingerprint, Now: it.hash, Rec: &it.rec, There: it.there}
	}
	var unread []*item[S, R]
	for _, it := range todo {
		if w.flow.Own.Reads(of(it)) {
			unread = append(unread, it)
		}
	}
	if err := w.readAll(ctx, unread); err != nil {
		return nil, err
	}
	left := stillUnsettled(todo)
	for _, it := range left {
		o := of(it)
		w.flow.Own.Decide(o)
		if it.hash = o.Now; o.Nothing {
			out := w.outcome(it.id)
			out.SinkID = it.had.SinkID
			it.decide(out, ledger.ActionUnchanged, "")
		}
	}
	return stillUnsettled(left), nil
}

// readAtOnce is how many records are read in one call: the sink may need a request
// for each, and the lease bounds the call.
const readAtOnce = 25

// readAll reads what the sink has of records. Those that it cannot be asked for fail,
// and nobody else.
func (w *writer[S, R]) readAll(ctx context.Context, items []*item[S, R]) error {
	if len(items) == 0 {
		return nil
	}
	for len(items) > readAtOnce {
		if err := w.readAll(ctx, items[:readAtOnce]); err != nil {
			return err
		}
		items = items[readAtOnce:]
	}
	return (&splitting[S, R]{
		job: w.job, op: reading, once: w.readOnce, witness: w.witnessOf(w.readOnce),
		fail: func(it *item[S, R], reason ledger.Reason) {
			o := w.outcome(it.id)
			o.SinkID = it.had.SinkID
			it.decide(o, ledger.ActionFailed, reason)
		},
	}).look(ctx, items)
}

// readOnce is one such look-up.
func (w *writer[S, R]) readOnce(ctx context.Context, items []*item[S, R]) error {
	ctx, cancel, err := w.books.call(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	sinkIDs := make([]string, len(items))
	for i, it := range items {
		sinkIDs[i] = it.had.SinkID
	}
	there, err := w.flow.Own.Read(ctx, sinkIDs)
	if err != nil {
		return w.wrap("read what the sink has of", outOfTime(ctx, err))
	}
	w.works(reading)
	for i, it := range items {
		rec, ok := there[sinkIDs[i]]
		if !ok {
			o := w.outcome(it.id)
			o.SinkID = sinkIDs[i]
			it.decide(o, ledger.ActionFailed, ledger.ReasonGoneInSink)
			continue
		}
		it.there = &rec
	}
	return nil
}

// kept is for an update that could not empty fields: what they had is there still.
func (w *writer[S, R]) kept(it *item[S, R], fields []string) {
	if len(fields) == 0 {
		return
	}
	o := it.out
	for _, f := range fields {
		o.Fields = append(o.Fields, ledger.FieldError{Field: f, Rule: "cannot be cleared in the destination"})
		w.run.tally.warn(f + " was emptied at the source, and the destination cannot clear it: what it had stays there")
	}
	it.decide(o, ledger.ActionUnchanged, ledger.ReasonNotCleared)
}
