package ledger

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"
)

// memoryIntent is an open intent and the epoch it belongs to.
type memoryIntent struct {
	fingerprint string
	since       time.Time
	epoch       int64
}

// Known implements [StateStore].
func (s *MemoryStore) Known(ctx context.Context, link string, k Kind, ids []string) (map[string]Known, error) {
	if err := memoryCheck(ctx, fmt.Sprintf("look up %d records", len(ids))); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := make(map[string]Known)
	sc := s.scopes[memoryKey{link, k}]
	if sc == nil {
		return found, nil
	}
	for _, id := range ids {
		if known, ok := sc.known[id]; ok {
			found[id] = known
		}
	}
	return found, nil
}

// Intend implements [StateStore].
func (s *MemoryStore) Intend(ctx context.Context, l Lease, in []Intent) ([]IntentState, error) {
	if err := memoryCheck(ctx, "intend records of run "+l.RunID); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sc, r, err := s.held(l, "intend records")
	if err != nil {
		return nil, err
	}
	now := memoryNow()
	states := make([]IntentState, len(in))
	for i, it := range in {
		states[i] = sc.intentState(r, l.Epoch, it)
		if states[i] == IntentFresh || states[i] == IntentEarlier {
			sc.open[it.ID] = memoryIntent{fingerprint: it.Fingerprint, since: now, epoch: l.Epoch}
		}
	}
	return states, nil
}

// intentState is the table of [StateStore.Intend]. An open intent is asked
// first: a record in doubt may have an outcome of this run from before.
func (sc *memoryScope) intentState(r *memoryRun, epoch int64, it Intent) IntentState {
	if open, ok := sc.open[it.ID]; ok {
		if open.epoch == epoch {
			return IntentDuplicate
		}
		return IntentEarlier
	}
	if _, ok := sc.known[it.ID]; ok {
		return IntentDuplicate
	}
	if _, ok := sc.parked[it.ID]; ok {
		if it.Unpark {
			return IntentEarlier
		}
		return IntentParked
	}
	if _, ok := r.index[it.ID]; ok && !it.Unpark {
		return IntentDuplicate
	}
	return IntentFresh
}

// Commit implements [StateStore].
func (s *MemoryStore) Commit(ctx context.Context, l Lease, c Commit) error {
	if err := memoryCheck(ctx, "commit outcomes of run "+l.RunID); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sc, r, err := s.held(l, "commit outcomes")
	if err != nil {
		return err
	}
	for _, id := range c.Withdrawn {
		delete(sc.open, id)
	}
	for i := range c.Outcomes {
		o := &c.Outcomes[i]
		if !o.Stored(false) { // whether it was named has no effect yet
			continue
		}
		r.store(l, o)
		sc.settle(l.RunID, o, c.Known)
	}
	r.state.Cursor, r.state.Listed = c.Cursor, c.Listed
	r.state.Counts, r.state.ByReason = c.Counts, maps.Clone(c.ByReason)
	return nil
}

// settle clears the intent of an outcome and says what the record is now.
func (sc *memoryScope) settle(runID string, o *Outcome, known map[string]Known) {
	delete(sc.open, o.SourceID)
	switch {
	case o.Action.Done():
		k, ok := known[o.SourceID]
		if !ok {
			k.SinkID = o.SinkID
		}
		k.RunID = runID
		sc.known[o.SourceID] = k
		delete(sc.parked, o.SourceID)
	case o.Action == ActionFailed && o.Reason == ReasonInDoubt:
		sc.parked[o.SourceID] = struct{}{}
	}
}

// store keeps an outcome in the place of an earlier one of the same record.
func (r *memoryRun) store(l Lease, o *Outcome) {
	kept := *o
	kept.RunID, kept.Kind = l.RunID, l.Kind
	kept.Fields = slices.Clone(o.Fields)
	if at, ok := r.index[o.SourceID]; ok {
		r.chunks[at/memoryChunk][at%memoryChunk] = kept
		return
	}
	at := len(r.index)
	r.index[o.SourceID] = at
	if at%memoryChunk == 0 {
		r.chunks = append(r.chunks, make([]Outcome, 0, memoryChunk))
	}
	last := &r.chunks[at/memoryChunk]
	*last = append(*last, kept)
}

// InDoubt implements [StateStore]. The intents come by id, as they were when
// the iteration began.
func (s *MemoryStore) InDoubt(ctx context.Context, link string, k Kind) iter.Seq2[Intent, error] {
	return func(yield func(Intent, error) bool) {
		for _, it := range s.openIntents(memoryKey{link, k}) {
			if err := memoryCheck(ctx, "list intents"); err != nil {
				yield(Intent{}, err)
				return
			}
			if !yield(it, nil) {
				return
			}
		}
		if err := memoryCheck(ctx, "list intents"); err != nil {
			yield(Intent{}, err)
		}
	}
}

func (s *MemoryStore) openIntents(k memoryKey) []Intent {
	s.mu.Lock()
	defer s.mu.Unlock()
	sc := s.scopes[k]
	if sc == nil {
		return nil
	}
	list := make([]Intent, 0, len(sc.open))
	for _, id := range slices.Sorted(maps.Keys(sc.open)) {
		open := sc.open[id]
		list = append(list, Intent{ID: id, Fingerprint: open.fingerprint, Since: open.since})
	}
	return list
}
