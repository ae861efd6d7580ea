package ledger

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Records implements [StateStore].
func (s *MemoryStore) Records(ctx context.Context, scope Scope, runID string, ids []string) (map[string]Record, error) {
	if err := memoryCheck(ctx, fmt.Sprintf("look up %d records", len(ids))); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := make(map[string]Record)
	sc := s.scopes[scope]
	if sc == nil {
		return found, nil
	}
	run := s.runs[runID]
	for _, id := range ids {
		if r, ok := sc.record(id, run); ok {
			found[id] = r
		}
	}
	return found, nil
}

// Commit implements [StateStore].
func (s *MemoryStore) Commit(ctx context.Context, l Lease, c Commit) ([]IntentState, error) {
	if err := memoryCheck(ctx, "commit outcomes of run "+l.RunID); err != nil {
		return nil, err
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sc, err := s.held(l, "commit outcomes")
	switch {
	case err != nil:
		return nil, err
	case c.Seq == sc.lease.seq:
		return slices.Clone(sc.lease.states), nil
	case c.Seq != sc.lease.seq+1:
		return nil, &InvalidRequestError{Field: "Commit.Seq", Rule: fmt.Sprintf("is %d after %d", c.Seq, sc.lease.seq)}
	}
	run := sc.lease.run
	before := Before{RunID: l.RunID, Now: memoryNow(), Open: sc.open, Records: sc.before(&c, run)}
	after := Apply(before, c)
	for i := range after.Records {
		sc.put(after.Records[i])
	}
	sc.setOpen(after.Open)
	sc.confirm(run, &c, before)
	for _, rule := range c.Matched {
		sc.matched[rule] = struct{}{}
	}
	run.state.Checkpoint(c, before.Now)
	sc.lease.seq, sc.lease.states = c.Seq, after.States
	return slices.Clone(after.States), nil
}

// before is what Apply looks at.
func (sc *memoryScope) before(c *Commit, run *memoryRun) map[string]Record {
	found := make(map[string]Record)
	add := func(id string) {
		if r, ok := sc.stored(id, run); ok {
			found[id] = r
		}
	}
	for _, id := range c.IDs() {
		add(id)
	}
	for i := range sc.open {
		if id := sc.open[i].ID; i >= len(c.Records) || c.Records[i].ID != id { // mostly the same
			add(id)
		}
	}
	return found
}

// confirm stores a commit's outcomes, and which of them confirm their records.
func (sc *memoryScope) confirm(run *memoryRun, c *Commit, b Before) {
	var places []int32
	for i := range c.Outcomes {
		o := &c.Outcomes[i]
		place := run.store(o)
		if o.Action.Done() {
			places = append(places, place)
		}
	}
	if len(places) > 0 {
		sc.confirmed = append(sc.confirmed, memoryConfirmed{run: run, at: b.Now, places: places})
	}
}

// Amend implements [StateStore].
func (s *MemoryStore) Amend(ctx context.Context, scope Scope, list []Amendment) error {
	if err := memoryCheck(ctx, fmt.Sprintf("amend %d records", len(list))); err != nil {
		return err
	}
	decisions := true
	for i := range list {
		if err := list[i].Validate(); err != nil {
			return err
		}
		decisions = decisions && list[i].Op == AmendDecide
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sc := s.scopes[scope]
	if sc == nil {
		return nil
	}
	now := memoryNow()
	if !decisions && sc.lease.held(now) {
		return sc.inProgress(now)
	}
	for _, a := range list {
		s.amend(sc, a, now)
	}
	return nil
}

func (s *MemoryStore) amend(sc *memoryScope, a Amendment, now time.Time) {
	r, ok := sc.stored(a.ID, nil)
	o, isOpen := sc.intent(a.ID)
	switch {
	case isOpen && a.Op == AmendRetry: // an open record is not retried
	case isOpen && a.Op == AmendForget:
		sc.setOpen(slices.DeleteFunc(slices.Clone(sc.open), func(open OpenIntent) bool { return open.ID == o.ID }))
		fallthrough
	case ok || isOpen:
		sc.put(Amended(r, a, now))
	}
	if a.Op == AmendForget {
		for _, run := range s.opened {
			run.forget(sc, a.ID)
		}
	}
}
