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
	scopes map[Scope]*memoryScope
	runs   map[string]*memoryRun
	opened []*memoryRun // by the order they were opened in
}

var _ StateStore = (*MemoryStore)(nil)

// memoryLease is the last lease of a scope.
type memoryLease struct {
	run      *memoryRun // nil: there was none yet, or two scopes became one
	owner    string
	epoch    int64 // 0: there was no lease yet
	quiet    time.Duration
	ends     time.Time
	released bool

	seq    int64 // of its last commit
	states []IntentState
}

// held reports whether nobody else may take it.
func (l *memoryLease) held(now time.Time) bool {
	return l.run != nil && !l.released && now.Before(l.ends)
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
	sc := s.scope(req.Scope)
	if sc.closed {
		return Lease{}, &InvalidRequestError{Field: "LeaseRequest.Account", Rule: "is a link that has an account of its own now"}
	}
	if sc.lease.held(now) {
		if sc.lease.owner != req.Owner || sc.lease.run.state.RunID != req.RunID {
			if st, opens := req.Queued(sc.lease.run.state.Link, now); opens && s.runs[req.RunID] == nil {
				s.keep(st).scope = sc
			}
			return Lease{}, sc.inProgress(now)
		}
		sc.lease.ends = now.Add(req.TTL)
		sc.lease.run.state.Heartbeat = now
		return sc.leased(req, now), nil
	}
	r, err := s.allowed(req, now)
	if err != nil {
		return Lease{}, err
	}
	if err := s.adopt(sc, req, now); err != nil {
		return Lease{}, err
	}
	if r == nil {
		r = s.keep(NewRunState(req, now))
	}
	s.begin(sc, r, req, now)
	return sc.leased(req, now), nil
}

// allowed returns the run that a request goes on with, or nil for a new one.
func (s *MemoryStore) allowed(req LeaseRequest, now time.Time) (*memoryRun, error) {
	r := s.runs[req.RunID]
	switch {
	case req.Resume == ResumeNew && r != nil:
		return nil, fmt.Errorf("open run %s: %w", req.RunID, ErrRunExists)
	case req.Resume == ResumeNew:
		return nil, nil //nolint:nilnil // no run yet, and no error
	case r == nil:
		return nil, noRun("go on with", req.RunID)
	case r.state.Link != req.Link || r.state.Kind != req.Kind:
		return nil, &InvalidRequestError{Field: "LeaseRequest.RunID", Rule: "belongs to another link or kind"}
	}
	if err := req.Resume.Allows(&r.state, now); err != nil {
		return nil, fmt.Errorf("go on with run %s: %w", req.RunID, err)
	}
	return r, nil
}

// keep adds a new run.
func (s *MemoryStore) keep(st RunState) *memoryRun {
	r := &memoryRun{state: st}
	if s.runs == nil {
		s.runs = make(map[string]*memoryRun)
	}
	s.runs[st.RunID] = r
	s.opened = append(s.opened, r)
	return r
}

// begin gives the next lease of a scope to a run.
func (s *MemoryStore) begin(sc *memoryScope, r *memoryRun, req LeaseRequest, now time.Time) {
	sc.settle()
	for _, other := range s.opened {
		if other != r && other.scope == sc && other.state.Status == StatusRunning {
			other.state.Status = StatusInterrupted
		}
	}
	if r.state.Epoch != 0 && sc.lease.run != r { // one without an epoch never had a lease
		r.state.Restart()
	}
	next := memoryLease{run: r, owner: req.Owner, epoch: sc.lease.epoch + 1, ends: now.Add(req.TTL)}
	if sc.lease.epoch > 0 {
		next.quiet = now.Sub(sc.lease.ends)
	}
	sc.lease, r.scope = next, sc
	st := &r.state
	st.Reopen(req)
	st.Starts++
	st.Epoch, st.Owner, st.Heartbeat = next.epoch, req.Owner, now
}

// leased is the lease of a scope as its holder gets it.
func (sc *memoryScope) leased(req LeaseRequest, now time.Time) Lease {
	l := &sc.lease
	return Lease{
		Scope: req.Scope, Link: req.Link, RunID: req.RunID,
		Epoch: l.epoch, TTL: req.TTL, Expires: l.ends, First: l.epoch == 1, Quiet: l.quiet,
		Asked: l.run.state.Asked, State: l.run.seen(now), Matched: slices.Sorted(maps.Keys(sc.matched)),
	}
}

func (sc *memoryScope) inProgress(now time.Time) error {
	l := &sc.lease
	st := &l.run.state
	return &RunInProgressError{
		Account: sc.key.Account, Link: st.Link, Kind: sc.key.Kind, RunID: st.RunID,
		Owner: l.owner, Heartbeat: st.Heartbeat, EndsIn: l.ends.Sub(now),
	}
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
	sc, err := s.held(l, "renew the lease")
	if err != nil {
		return Lease{}, err
	}
	now := memoryNow()
	sc.lease.ends = now.Add(l.TTL)
	st := &sc.lease.run.state
	st.Heartbeat, st.Progress = now, l.Progress
	l.Expires, l.Asked = sc.lease.ends, st.Asked
	return l, nil
}

// Release implements [StateStore].
func (s *MemoryStore) Release(ctx context.Context, l Lease, end End) (RunState, error) {
	if err := memoryCheck(ctx, "release the lease of run "+l.RunID); err != nil {
		return RunState{}, err
	}
	if err := end.Validate(); err != nil {
		return RunState{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := memoryNow()
	if sc := s.scopes[l.Scope]; sc.isLeased(l) && sc.lease.released {
		if s.runs[l.RunID] != sc.lease.run {
			return RunState{}, noRun("release again", l.RunID)
		}
		return sc.lease.run.seen(now), nil
	}
	sc, err := s.held(l, "release the lease")
	if err != nil {
		return RunState{}, err
	}
	sc.lease.released, sc.lease.ends = true, now
	sc.lease.run.state.Close(end, now)
	return sc.lease.run.seen(now), nil
}

// held finds the scope whose lease is l, or says that it is lost.
func (s *MemoryStore) held(l Lease, doing string) (*memoryScope, error) {
	sc := s.scopes[l.Scope]
	if !sc.isLeased(l) || sc.lease.released {
		return nil, fmt.Errorf("%s of run %s, epoch %d: %w", doing, l.RunID, l.Epoch, ErrLeaseLost)
	}
	return sc, nil
}

// isLeased reports whether l is the last lease of the scope.
func (sc *memoryScope) isLeased(l Lease) bool {
	return sc != nil && sc.lease.run != nil && sc.lease.epoch == l.Epoch && sc.lease.run.state.RunID == l.RunID
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
