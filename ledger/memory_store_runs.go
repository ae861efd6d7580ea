package ledger

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"
)

// memoryRun is a run with its outcomes, in chunks that are never moved.
type memoryRun struct {
	state  RunState
	scope  *memoryScope // of its last lease
	claims map[string]time.Time

	chunks    [][]memoryOutcome
	index     map[string]int32 // places by record id
	forgotten map[string]bool  // ids that a person made unknown since their outcome
}

// seen is the run's state as a reader gets it.
func (r *memoryRun) seen(now time.Time) RunState {
	st := r.state
	st.ByReason = maps.Clone(st.ByReason)
	st.Warnings = slices.Clone(st.Warnings)
	st.Filter, st.Options = slices.Clone(st.Filter), slices.Clone(st.Options)
	st.Labels = maps.Clone(st.Labels)
	st.Passing = st.Passing.Clone()
	st.Notices = slices.Clone(st.Notices)
	if st.Failure != nil {
		f := *st.Failure
		st.Failure = &f
	}
	var expires time.Time
	if l := &r.scope.lease; l.run == r && !l.released {
		expires = l.ends
	}
	st.Seen(expires, now)
	return st
}

// Run implements [StateStore].
func (s *MemoryStore) Run(ctx context.Context, id string) (RunState, error) {
	if err := memoryCheck(ctx, "read run "+id); err != nil {
		return RunState{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.runs[id]
	if r == nil {
		return RunState{}, noRun("read", id)
	}
	return r.seen(memoryNow()), nil
}

// Runs implements [StateStore]. The runs are those that there were when the
// iteration began; one that is pruned meanwhile is left out.
func (s *MemoryStore) Runs(ctx context.Context, q RunQuery) iter.Seq2[RunState, error] {
	return func(yield func(RunState, error) bool) {
		for _, r := range s.selectedRuns(q) {
			if err := memoryCheck(ctx, "list runs"); err != nil {
				yield(RunState{}, err)
				return
			}
			st, ok := s.stillThere(r)
			if ok && !yield(st, nil) {
				return
			}
		}
		if err := memoryCheck(ctx, "list runs"); err != nil {
			yield(RunState{}, err)
		}
	}
}

// selectedRuns are the runs of a query, newest first.
func (s *MemoryStore) selectedRuns(q RunQuery) []*memoryRun {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*memoryRun
	for _, r := range slices.Backward(s.opened) {
		st := &r.state
		if q.Link != "" && st.Link != q.Link || q.Kind != "" && st.Kind != q.Kind || q.Unended && st.Status.Ended() {
			continue
		}
		if list = append(list, r); len(list) == q.Limit {
			break
		}
	}
	return list
}

func (s *MemoryStore) stillThere(r *memoryRun) (RunState, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runs[r.state.RunID] != r {
		return RunState{}, false
	}
	return r.seen(memoryNow()), true
}

// Outcomes implements [StateStore].
func (s *MemoryStore) Outcomes(ctx context.Context, runID string, from int) iter.Seq2[Outcome, error] {
	return func(yield func(Outcome, error) bool) {
		var run *memoryRun
		for at := max(from, 0); ; {
			chunk, err := s.outcomeChunk(ctx, runID, &run, at)
			if err != nil {
				yield(Outcome{}, err)
				return
			}
			for _, o := range chunk {
				if err := memoryCheck(ctx, "list outcomes of run "+runID); err != nil {
					yield(Outcome{}, err)
					return
				}
				if !yield(o, nil) {
					return
				}
			}
			if at += len(chunk); len(chunk) == 0 {
				return
			}
		}
	}
}

// outcomeChunk copies outcomes of the run, which is found the first time; none
// are left when it returns none.
func (s *MemoryStore) outcomeChunk(ctx context.Context, runID string, run **memoryRun, from int) ([]Outcome, error) {
	if err := memoryCheck(ctx, "list outcomes of run "+runID); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.runs[runID]
	if *run == nil {
		*run = r
	}
	if r == nil || r != *run { // another run may have its id by now
		return nil, noRun("list outcomes of", runID)
	}
	return r.from(from), nil
}

func noRun(doing, id string) error { return fmt.Errorf("%s run %s: %w", doing, id, ErrNotFound) }
