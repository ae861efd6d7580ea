package engine

import (
	"context"

	"github.com/securitytrax/adcimport/ledger"
)

// What was imported, and is not in the sink any more: a person has deleted it there.
// A run does not look for that; it is told when it updates such a record, and asks
// when a person wants one tried again.

// lookForKnown decides which known records, of those that a person wants tried again,
// the sink does not have any more.
func (w *phases[S, R]) lookForKnown(ctx context.Context, items []item[S, R]) error {
	if !w.flow.Proves {
		return nil
	}
	var known []*item[S, R]
	for i := range items {
		if it := &items[i]; it.had.Known && (it.unsettled() || it.out.Action == ledger.ActionUnchanged) {
			known = append(known, it)
		}
	}
	if len(known) == 0 {
		return nil
	}
	if err := w.ask(ctx, known); err != nil {
		return err
	}
	for _, it := range known {
		if it.fault == nil && len(it.hits) == 0 {
			o := w.outcome(it.id)
			o.SinkID = it.had.SinkID
			it.decide(o, ledger.ActionFailed, ledger.ReasonGoneInSink)
		}
	}
	return nil
}
