package engine

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// done is what this run did already, in this stretch of it and in those before.
// It is known in several ways, because the store cannot be asked by ids whether a
// run has an outcome: what is known, the store says; what failed or was skipped
// is counted here; what was in doubt is in resolved; and the ledger of the run is
// read through for pages that may hold what it has.
type done struct {
	counted  map[string]verdict // failed and skipped by this run; the writer's
	resolved map[string]bool    // records in doubt that this run resolved, or will at its end: not the listing's
	relisted bool               // the listing is read once more: see relist
}

// count keeps what was failed or skipped: another run may leave such a record in
// doubt, and then this one decides it anew.
func (d *done) count(outcomes []ledger.Outcome) {
	for i := range outcomes {
		switch o := &outcomes[i]; {
		case !o.Stored(false) || o.SourceID == "":
		case o.Action.Done():
			delete(d.counted, o.SourceID)
		default:
			d.counted[o.SourceID] = verdict{o.Action, o.Reason}
		}
	}
}

// recall reads what this run decided before, if it is resumed. Done records are
// not among it: the store knows them.
func (j *job[S, R]) recall(ctx context.Context) error {
	if !j.plan.Resumed {
		return nil
	}
	for o, err := range j.cfg.Store.Outcomes(ctx, j.runID) {
		switch {
		case err != nil:
			return j.wrap("read the ledger of", err)
		case o.Reason == ledger.ReasonInDoubtResolved:
			j.done.resolved[o.SourceID] = true
		case !o.Action.Done():
			j.done.counted[o.SourceID] = verdict{o.Action, o.Reason}
		}
	}
	return nil
}

// clockSlack is by how much hosts' clocks may differ.
const clockSlack = time.Hour

// relist goes back to the beginning of the listing when another run of the kind
// was at work since this one began. That run brought the open intents to an end
// which this one's cursor had passed, by its own filter: what it left out may be
// this run's. Nothing that is known, or in this run's ledger, is looked at again.
func (w *phases[S, R]) relist(ctx context.Context) error {
	st := &w.run.state
	if !w.plan.Resumed || st.Cursor == "" && !st.Listed {
		return nil
	}
	for other, err := range w.cfg.Store.Runs(ctx, st.Link) {
		if err != nil {
			return w.wrap("look for later runs of", err)
		}
		if other.Kind != st.Kind || other.RunID == st.RunID {
			continue
		}
		if other.Finished.IsZero() || other.Finished.Add(clockSlack).After(st.Started) {
			w.done.relisted = true
			st.Cursor, st.Listed = "", false
			w.run.tally.forget()
			for id := range w.done.counted {
				w.done.resolved[id] = true
			}
			return nil
		}
	}
	return nil
}

// fresh leaves out what this run has counted already: of the page that it was at
// when it was interrupted, and records in doubt that it resolved.
func (r *reader[S, R]) fresh(ctx context.Context, items []S, firstPage bool) ([]S, error) {
	if len(r.flow.Named) > 0 {
		for _, id := range r.ids(items) {
			r.seen[id] = true
		}
	}
	gone := r.done.resolved
	if r.overlaps {
		had, err := r.ledgerOf(ctx, r.ids(items))
		if err != nil {
			return nil, err
		}
		r.overlaps = firstPage || len(had) > 0
		maps.Copy(had, r.done.resolved)
		gone = had
	}
	if len(gone) == 0 {
		return items, nil
	}
	return slices.DeleteFunc(slices.Clone(items), func(s S) bool { return gone[r.flow.ID(&s)] }), nil
}

// ledgerOf returns which of the ids have an outcome in this run.
func (j *job[S, R]) ledgerOf(ctx context.Context, ids []string) (map[string]bool, error) {
	asked := make(map[string]bool, len(ids))
	for _, id := range ids {
		asked[id] = true
	}
	hits := make(map[string]bool)
	for o, err := range j.cfg.Store.Outcomes(ctx, j.runID) {
		if err != nil {
			return nil, j.wrap("read the ledger of", err)
		}
		if asked[o.SourceID] {
			hits[o.SourceID] = true
		}
	}
	return hits, nil
}

// loadParked is for runs that do not ask the store by Intend: it finds the
// parked records in the ledgers of the runs that parked some. Those of runs that
// were pruned are not found.
func (j *job[S, R]) loadParked(ctx context.Context) error {
	if !j.plan.Options.Preview && j.plan.Options.Mode != LinkExisting {
		return nil
	}
	for st, err := range j.cfg.Store.Runs(ctx, j.link) {
		if err != nil {
			return j.wrap("list runs of", err)
		}
		if st.Kind != j.kind || st.ByReason[ledger.ReasonInDoubt] == 0 {
			continue
		}
		for o, err := range j.cfg.Store.Outcomes(ctx, st.RunID) {
			if err != nil {
				return j.wrap("read ledgers of", err)
			}
			if o.Action == ledger.ActionFailed && o.Reason == ledger.ReasonInDoubt {
				j.parked[o.SourceID] = true
			}
		}
	}
	return nil
}
