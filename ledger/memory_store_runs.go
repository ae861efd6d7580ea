package ledger

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"
)

// memoryChunk outcomes are kept, and copied, at a time: a long ledger is never
// copied whole, neither when it grows nor under the lock of a reader.
const memoryChunk = 256

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
	return cloneRunState(r.state), nil
}

// Runs implements [StateStore].
func (s *MemoryStore) Runs(ctx context.Context, link string) iter.Seq2[RunState, error] {
	return func(yield func(RunState, error) bool) {
		for _, id := range s.runIDs(link) {
			if err := memoryCheck(ctx, "list runs"); err != nil {
				yield(RunState{}, err)
				return
			}
			st, ok := s.runState(id)
			if ok && !yield(st, nil) { // not ok: pruned meanwhile
				return
			}
		}
		if err := memoryCheck(ctx, "list runs"); err != nil {
			yield(RunState{}, err)
		}
	}
}

// runIDs lists the runs of a link, newest first.
func (s *MemoryStore) runIDs(link string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for _, r := range slices.Backward(s.opened) {
		if r.state.Link == link {
			ids = append(ids, r.state.RunID)
		}
	}
	return ids
}

func (s *MemoryStore) runState(id string) (RunState, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.runs[id]
	if r == nil {
		return RunState{}, false
	}
	return cloneRunState(r.state), true
}

// Outcomes implements [StateStore].
func (s *MemoryStore) Outcomes(ctx context.Context, runID string) iter.Seq2[Outcome, error] {
	return func(yield func(Outcome, error) bool) {
		for from := 0; ; {
			chunk, err := s.outcomeChunk(ctx, runID, from)
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
			if from += len(chunk); len(chunk) == 0 {
				return
			}
		}
	}
}

// outcomeChunk copies outcomes; none are left when it returns none.
func (s *MemoryStore) outcomeChunk(ctx context.Context, runID string, from int) ([]Outcome, error) {
	if err := memoryCheck(ctx, "list outcomes of run "+runID); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.runs[runID]
	if r == nil {
		return nil, noRun("list outcomes of", runID)
	}
	if from >= len(r.index) {
		return nil, nil
	}
	chunk := slices.Clone(r.chunks[from/memoryChunk][from%memoryChunk:])
	for i := range chunk {
		chunk[i].Fields = slices.Clone(chunk[i].Fields)
	}
	return chunk, nil
}

// MarkNotified implements [StateStore].
func (s *MemoryStore) MarkNotified(ctx context.Context, runID, notifier string) error {
	if err := memoryCheck(ctx, "mark run "+runID+" as notified"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.runs[runID]
	if r == nil {
		return noRun("mark as notified", runID)
	}
	if !slices.Contains(r.state.Notified, notifier) {
		r.state.Notified = append(r.state.Notified, notifier)
	}
	return nil
}

// Prune implements [StateStore].
func (s *MemoryStore) Prune(ctx context.Context, link string, olderThan time.Time) (int, error) {
	if err := memoryCheck(ctx, "prune runs"); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.opened)
	s.opened = slices.DeleteFunc(s.opened, func(r *memoryRun) bool {
		if r.state.Link != link || !prunable(r.state.Summary, olderThan) {
			return false
		}
		delete(s.runs, r.state.RunID)
		return true
	})
	return before - len(s.opened), nil
}

// prunable keeps what may go on by itself, and what never finished.
func prunable(sum Summary, olderThan time.Time) bool {
	switch sum.Status {
	case StatusRunning, StatusInterrupted, StatusPaused:
		return false
	case StatusCompleted, StatusStopped, StatusCanceled, StatusFailed:
	}
	return !sum.Finished.IsZero() && sum.Finished.Before(olderThan)
}

func noRun(doing, id string) error { return fmt.Errorf("%s run %s: %w", doing, id, ErrNotFound) }
