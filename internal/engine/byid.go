package engine

import (
	"context"

	"github.com/securitytrax/adcimport/ledger"
)

// byIDs reads records by their ids, as far as mapping and matching. What this run
// has decided is left out; with open, what it says of an open record is nothing.
func (r *reader[S, R]) byIDs(ctx context.Context, ids []string, judge judge[S, R]) ([]item[S, R], error) {
	stored, err := r.stored(ctx, ids)
	if err != nil {
		return nil, err
	}
	index := make(map[string]int, len(ids))
	items := make([]item[S, R], 0, len(ids))
	for _, id := range ids {
		it := item[S, R]{id: id, had: stored[id]}
		if it.had.Here != (ledger.Verdict{}) && it.had.State != ledger.StateOpen && (!r.settles || it.had.State != ledger.StateReview) {
			continue
		}
		it.updates = it.had.Known && r.updatesKnown()
		index[id] = len(items)
		items = append(items, it)
	}
	if len(items) == 0 {
		return nil, nil
	}
	has := make([]bool, len(items))
	err = r.deliver(ctx, items, func(s S, partial bool) {
		if at, ok := index[r.flow.ID(&s)]; ok && !has[at] {
			items[at].src, has[at] = s, true
			if !partial {
				items[at].stage = read
			}
		}
	})
	if err != nil {
		return nil, err
	}
	r.screenNamed(items, has)
	if err := r.fetch(ctx, items, judge); err != nil {
		return nil, err
	}
	if err := r.shape(items); err != nil {
		return nil, err
	}
	return items, nil
}

// screenNamed decides what needs no detail of records that were asked for by their
// ids; has says which of them the source has.
func (r *reader[S, R]) screenNamed(items []item[S, R], has []bool) {
	for i := range items {
		switch it := &items[i]; {
		case !r.flow.Wanted(it.id): // left by a run with another filter
			it.blame, it.unproved = nil, false
			it.decide(r.outcome(it.id), ledger.ActionSkipped, ledger.ReasonFilteredOut)
		case it.unsettled() && has[i] && r.flow.Match(&it.src) && r.excludes(it): // where a whole record came, or the listing tells
		case it.had.Known && !it.updates:
			r.knownAgain(it)
		case !has[i] && it.unsettled():
			it.decide(r.outcome(it.id), ledger.ActionFailed, ledger.ReasonSourceNotFound)
		}
	}
}

// deliver asks the source for records by their ids. Those that it cannot be asked
// for fail, and nobody else.
func (r *reader[S, R]) deliver(ctx context.Context, items []item[S, R], take func(s S, partial bool)) error {
	todo := make([]*item[S, R], len(items))
	for i := range items {
		todo[i] = &items[i]
	}
	once := func(ctx context.Context, items []*item[S, R]) error {
		ids, _ := split(items)
		for page, err := range r.flow.ByID(ctx, ids) {
			if err != nil {
				return r.wrap("read again", err)
			}
			for _, s := range page.Items {
				take(s, page.Partial)
			}
		}
		r.works(readingByID)
		return nil
	}
	return (&splitting[S, R]{
		job: r.job, op: readingByID, once: once, witness: r.witnessOf(once),
		fail: func(it *item[S, R], reason ledger.Reason) {
			if reason != ledger.ReasonBusy {
				reason = ledger.ReasonSourceFailed
			}
			it.decide(r.outcome(it.id), ledger.ActionFailed, reason)
		},
	}).look(ctx, todo)
}

// missing are the named ids that the source did not deliver.
func (r *reader[S, R]) missing(ctx context.Context) ([]item[S, R], error) {
	var missing []string
	for _, id := range r.flow.Named {
		if !r.seen[id] {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return nil, nil
	}
	stored, err := r.stored(ctx, missing)
	if err != nil {
		return nil, err
	}
	var items []item[S, R]
	for _, id := range missing {
		it := item[S, R]{id: id, had: stored[id]}
		switch {
		case it.had.Known, it.had.Here != ledger.Verdict{}, it.had.State == ledger.StateOpen:
			continue
		case r.flow.Criteria:
			it.decide(r.outcome(id), ledger.ActionSkipped, ledger.ReasonFilteredOut)
		default:
			it.decide(r.outcome(id), ledger.ActionFailed, ledger.ReasonSourceNotFound)
		}
		items = append(items, it)
	}
	return items, nil
}
