package adcimport

import (
	"context"
	"maps"
	"sync"

	"github.com/securitytrax/adcimport/ledger"
)

// foresight is what a dry run would have stored: the records that would be
// known, so that one that comes twice is seen as in a real run. It holds ids and
// nothing else of a record.
type foresight struct {
	mu    sync.Mutex
	known map[string]ledger.Known
}

func (f *foresight) commit(c ledger.Commit) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known == nil {
		f.known = make(map[string]ledger.Known)
	}
	for id, k := range c.Known {
		f.known[id] = ledger.Known{SinkID: k.SinkID, RunID: k.RunID}
	}
}

// over lays what would be known over what is.
func (f *foresight) over(known map[string]ledger.Known, ids []string) map[string]ledger.Known {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.known) == 0 {
		return known
	}
	known = maps.Clone(known)
	if known == nil {
		known = make(map[string]ledger.Known)
	}
	for _, id := range ids {
		if k, ok := f.known[id]; ok {
			known[id] = k
		}
	}
	return known
}

// knownOf asks the store which of the ids are done; to a dry run also what it
// would have done counts.
func (p *pipeline[S, R]) knownOf(ctx context.Context, ids []string) (map[string]ledger.Known, error) {
	known, err := p.imp.cfg.Store.Known(ctx, p.state.Link, p.kind, ids)
	if err != nil {
		return nil, p.wrap("look up known", err)
	}
	if p.keeper == nil {
		known = p.foreseen.over(known, ids)
	}
	return known, nil
}

// loadParked is for runs that do not ask the store by Intend: it finds the
// parked records in the ledgers of the runs that parked some. Those of runs that
// were pruned are not found.
func (p *pipeline[S, R]) loadParked(ctx context.Context) error {
	if p.keeper != nil && p.plan.opts.Mode != LinkExisting {
		return nil
	}
	store := p.imp.cfg.Store
	for st, err := range store.Runs(ctx, p.state.Link) {
		if err != nil {
			return p.wrap("list runs of", err)
		}
		if st.Kind != p.kind || st.ByReason[ReasonInDoubt] == 0 {
			continue
		}
		for o, err := range store.Outcomes(ctx, st.RunID) {
			if err != nil {
				return p.wrap("read ledgers of", err)
			}
			if o.Action == ActionFailed && o.Reason == ReasonInDoubt {
				p.parked[o.SourceID] = true
			}
		}
	}
	return nil
}

// keepFromCreate decides the records that the sink does not have and that this
// run must not create; it returns the others.
func (p *pipeline[S, R]) keepFromCreate(missing []*item[S, R]) []*item[S, R] {
	create := missing[:0:0]
	for _, it := range missing {
		switch {
		case p.parked[it.id] && !it.doubt && !p.retry:
			it.decide(p.outcome(it.id), ActionFailed, ReasonInDoubt)
		case p.plan.opts.Mode == LinkExisting:
			it.decide(p.outcome(it.id), ActionSkipped, ReasonNotInSink)
		case p.keeper == nil:
			it.decide(p.outcome(it.id), ActionCreated, "")
		default:
			create = append(create, it)
		}
	}
	return create
}
