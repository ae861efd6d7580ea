package engine

import (
	"context"
	"sync"

	"github.com/securitytrax/adcimport/ledger"
)

// Owner is the id of the source that somebody of the sink has in this run: whom a person
// chose, or whom it was linked to. The sink itself may not say so yet, and in a preview
// never does. Empty: as the sink says.
type Owner func(sinkID string) string

// owners are asked by who weighs a batch ahead of its turn, too.
type owners struct {
	mu sync.Mutex
	by map[string]string
}

func (o *owners) of(sinkID string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.by[sinkID]
}

func (o *owners) set(sinkID, id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.by == nil {
		o.by = make(map[string]string)
	}
	o.by[sinkID] = id
}

// promised notes whom of the sink people have chosen, before anything is weighed: they are
// another's from then on, wherever in the listing that one comes.
func (w *phases[S, R]) promised(ctx context.Context) error {
	if w.flow.Likeness == nil {
		return nil
	}
	promise := func(id, to string) {
		if to != "" && to != ledger.DecisionCreate {
			w.owners.set(to, id)
		}
	}
	if err := w.waiting(ctx, func(r *ledger.Record) { promise(r.ID, DecisionOf(r)) }); err != nil {
		return err
	}
	for id, to := range w.plan.Decided {
		promise(id, to)
	}
	return nil
}
