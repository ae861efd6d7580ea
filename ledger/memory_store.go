package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// MemoryStore is a [StateStore] that lasts as long as the process: for tests,
// previews and trials. The zero value is ready to use, and it is safe for
// concurrent use. Its clock is [time.Now], which a testing/synctest bubble can
// move.
type MemoryStore struct {
	mu     sync.Mutex // never held while a caller's code runs
	scopes map[memoryKey]*memoryScope
	runs   map[string]*memoryRun
	opened []*memoryRun // by the order they were opened in
}

var _ StateStore = (*MemoryStore)(nil)

// memoryKey names what a lease protects.
type memoryKey struct {
	link string
	kind Kind
}

// memoryScope is the state of one link and kind. An id in open and in parked is
// a parked record that is being retried.
type memoryScope struct {
	lease  memoryLease
	known  map[string]Known
	open   map[string]memoryIntent
	parked map[string]struct{}
}

type memoryLease struct {
	runID, owner    string
	epoch           int64 // 0: there was no lease yet
	heartbeat, ends time.Time
	released        bool
}

// memoryRun is a run with its outcomes, in chunks that are never moved; index
// has their places by record id.
type memoryRun struct {
	state  RunState
	chunks [][]Outcome
	index  map[string]int
}

// Acquire implements [StateStore].
func (s *MemoryStore) Acquire(ctx context.Context, req LeaseRequest) (Lease, error) {
	if err := memoryCheck(ctx, "acquire the lease for run "+req.RunID); err != nil {
		return Lease{}, err
	}
	if err := req.Validate(); err != nil {
		return Lease{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := memoryNow()
	sc := s.scope(memoryKey{req.Link, req.Kind})
	held := sc.lease
	if held.epoch > 0 && !held.released && now.Before(held.ends) {
		return Lease{}, &RunInProgressError{
			Link: req.Link, Kind: req.Kind, RunID: held.runID, Owner: held.owner, Heartbeat: held.heartbeat,
		}
	}
	if err := s.openRun(req); err != nil {
		return Lease{}, err
	}
	if former := s.runs[held.runID]; former != nil && held.runID != req.RunID && former.state.Status == StatusRunning {
		former.state.Status = StatusInterrupted
	}
	sc.lease = memoryLease{
		runID: req.RunID, owner: req.Owner, epoch: held.epoch + 1,
		heartbeat: now, ends: now.Add(req.TTL),
	}
	return Lease{
		Link: req.Link, Kind: req.Kind, RunID: req.RunID, Epoch: sc.lease.epoch,
		Expires: sc.lease.ends, Previous: held.ends, TTL: req.TTL,
	}, nil
}

// openRun adds the run of req, or sets the one that exists to running.
func (s *MemoryStore) openRun(req LeaseRequest) error {
	if r, ok := s.runs[req.RunID]; ok {
		if r.state.Link != req.Link || r.state.Kind != req.Kind {
			return &InvalidRequestError{Field: "LeaseRequest.RunID", Rule: "belongs to another link or kind"}
		}
		r.state.Status = StatusRunning
		r.state.Finished, r.state.PausedUntil = time.Time{}, time.Time{}
		return nil
	}
	st := cloneRunState(req.State)
	st.RunID, st.Link, st.Kind, st.Status = req.RunID, req.Link, req.Kind, StatusRunning
	r := &memoryRun{state: st, index: make(map[string]int)}
	if s.runs == nil {
		s.runs = make(map[string]*memoryRun)
	}
	s.runs[req.RunID] = r
	s.opened = append(s.opened, r)
	return nil
}

// Renew implements [StateStore].
func (s *MemoryStore) Renew(ctx context.Context, l Lease) (Lease, error) {
	if err := memoryCheck(ctx, "renew the lease of run "+l.RunID); err != nil {
		return Lease{}, err
	}
	if l.TTL <= 0 {
		return Lease{}, &InvalidRequestError{Field: "Lease.TTL", Rule: "must be positive"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sc, _, err := s.held(l, "renew the lease")
	if err != nil {
		return Lease{}, err
	}
	sc.lease.heartbeat = memoryNow()
	sc.lease.ends = sc.lease.heartbeat.Add(l.TTL)
	l.Expires = sc.lease.ends
	return l, nil
}

// Release implements [StateStore].
func (s *MemoryStore) Release(ctx context.Context, l Lease, end RunState) error {
	if err := memoryCheck(ctx, "release the lease of run "+l.RunID); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sc, r, err := s.held(l, "release the lease")
	if err != nil {
		return err
	}
	sum := cloneRunState(end).Summary
	sum.RunID, sum.Link, sum.Kind = l.RunID, l.Link, l.Kind
	r.state.Summary = sum
	sc.lease.released, sc.lease.ends = true, memoryNow()
	return nil
}

// held finds what the lease l protects, or says that it is lost.
func (s *MemoryStore) held(l Lease, doing string) (*memoryScope, *memoryRun, error) {
	sc := s.scopes[memoryKey{l.Link, l.Kind}]
	if sc == nil || sc.lease.epoch != l.Epoch || sc.lease.runID != l.RunID || sc.lease.released {
		return nil, nil, fmt.Errorf("%s of run %s, epoch %d: %w", doing, l.RunID, l.Epoch, ErrLeaseLost)
	}
	r := s.runs[l.RunID]
	if r == nil {
		return nil, nil, fmt.Errorf("%s of run %s: run: %w", doing, l.RunID, ErrNotFound)
	}
	return sc, r, nil
}

func (s *MemoryStore) scope(k memoryKey) *memoryScope {
	sc := s.scopes[k]
	if sc == nil {
		sc = &memoryScope{
			known:  make(map[string]Known),
			open:   make(map[string]memoryIntent),
			parked: make(map[string]struct{}),
		}
		if s.scopes == nil {
			s.scopes = make(map[memoryKey]*memoryScope)
		}
		s.scopes[k] = sc
	}
	return sc
}

// memoryNow has the precision that the durable stores have.
func memoryNow() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// memoryCheck refuses work for a caller that is gone, as a database would.
func memoryCheck(ctx context.Context, doing string) error {
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// cloneRunState shares nothing with st.
func cloneRunState(st RunState) RunState {
	st.ByReason = maps.Clone(st.ByReason)
	st.Warnings = slices.Clone(st.Warnings)
	st.Filter, st.Options = slices.Clone(st.Filter), slices.Clone(st.Options)
	st.Notified = slices.Clone(st.Notified)
	return st
}
