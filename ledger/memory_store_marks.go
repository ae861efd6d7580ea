package ledger

import (
	"context"
	"slices"
	"time"
)

// Mark implements [StateStore].
func (s *MemoryStore) Mark(ctx context.Context, runID string, m Mark) (bool, error) {
	if err := memoryCheck(ctx, "mark run "+runID); err != nil {
		return false, err
	}
	if err := m.Validate(); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.runs[runID]
	if r == nil {
		return false, noRun("mark", runID)
	}
	switch {
	case m.Claim != "":
		return r.claim(m.Claim, m.For, memoryNow()), nil
	case m.Told != "":
		if slices.Contains(r.state.Notices, m.Told) {
			return false, nil
		}
		r.state.Notices = append(r.state.Notices, m.Told)
		return true, nil
	case r.state.Status.Ended():
		return false, nil
	}
	r.state.Asked = m.Ask
	return true, nil
}

// claim reports whether the caller is the one who sends a notice.
func (r *memoryRun) claim(name string, within time.Duration, now time.Time) bool {
	if slices.Contains(r.state.Notices, name) {
		return false
	}
	if last, ok := r.claims[name]; ok && now.Sub(last) < within {
		return false
	}
	if r.claims == nil {
		r.claims = make(map[string]time.Time)
	}
	r.claims[name] = now
	return true
}

// Prune implements [StateStore].
func (s *MemoryStore) Prune(ctx context.Context, link string, olderThan time.Time) (int, error) {
	if err := memoryCheck(ctx, "prune runs"); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	retried := make(map[string]bool)
	for _, r := range s.opened {
		if !r.state.Status.Ended() {
			retried[r.state.RetryOf] = true
		}
	}
	gone := make(map[*memoryRun]bool)
	s.opened = slices.DeleteFunc(s.opened, func(r *memoryRun) bool {
		if r.state.Link == link && !retried[r.state.RunID] && r.state.Prunable(olderThan) {
			gone[r] = true
		}
		return gone[r]
	})
	for r := range gone {
		delete(s.runs, r.state.RunID)
		r.chunks, r.index, r.forgotten = nil, nil, nil // records' confirmations still point to it
	}
	for _, sc := range s.scopes {
		sc.unconfirm(gone)
	}
	return len(gone), nil
}

// unconfirm leaves the former list to whoever ranges over it.
func (sc *memoryScope) unconfirm(gone map[*memoryRun]bool) {
	if len(gone) == 0 {
		return
	}
	var kept []memoryConfirmed
	for _, c := range sc.confirmed {
		if !gone[c.run] {
			kept = append(kept, c)
		}
	}
	sc.confirmed = kept
}
