package main

import (
	"cmp"
	"context"
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/securitytrax/adcimport/ledger"
)

// Acquire implements [ledger.StateStore].
func (s *Store) Acquire(ctx context.Context, req ledger.LeaseRequest) (l ledger.Lease, err error) {
	if err := req.Validate(); err != nil {
		return ledger.Lease{}, err
	}
	var busy error
	err = s.update(ctx, "acquire the lease for run "+req.RunID, func(tx *bolt.Tx) error {
		l, busy, err = acquire(tx, req, s.moment())
		return err
	})
	return l, cmp.Or(err, busy)
}

// acquire takes the lease. Where another run has it, busy says so, and what is stored
// stays stored.
func acquire(tx *bolt.Tx, req ledger.LeaseRequest, now time.Time) (l ledger.Lease, busy, err error) {
	sc, err := makeScope(tx, req.Scope)
	if err != nil {
		return ledger.Lease{}, nil, err
	}
	var r *storedRun
	switch {
	case sc.Closed:
		err = &ledger.InvalidRequestError{Field: "LeaseRequest.Account", Rule: "is a link that has an account of its own now"}
	case !sc.Lease.held(now):
		if r, err = allowed(tx, req, now); err == nil {
			err = begin(tx, sc, r, req, now)
		}
	case sc.Lease.Owner != req.Owner || sc.Lease.RunID != req.RunID:
		return ledger.Lease{}, sc.inProgress(now), queue(tx, sc, req, now)
	default: // asked again: the reply was lost
		err = sc.extend(req.TTL, now)
	}
	if err != nil {
		return ledger.Lease{}, nil, err
	}
	if r, err = findRun(tx, req.RunID); err != nil {
		return ledger.Lease{}, nil, err
	}
	st, err := r.seen(tx, now)
	return ledger.Lease{
		Scope: req.Scope, Link: req.Link, RunID: req.RunID, Epoch: sc.Lease.Epoch, TTL: req.TTL, Expires: sc.Lease.Ends,
		First: sc.Lease.Epoch == 1, Quiet: sc.Lease.Quiet, Asked: st.Asked, State: st, Matched: sc.Matched,
	}, nil, err
}

// queue opens a new run that does not get the lease, where the request wants that.
func queue(tx *bolt.Tx, sc *scope, req ledger.LeaseRequest, now time.Time) error {
	holder, err := findRun(tx, sc.Lease.RunID)
	if err != nil {
		return err
	}
	st, opens := req.Queued(holder.State.Link, now)
	if !opens {
		return nil
	}
	if _, err := findRun(tx, req.RunID); !errors.Is(err, ledger.ErrNotFound) {
		return err
	}
	r, err := makeRun(tx, req, now)
	if err != nil {
		return err
	}
	r.State = st
	return r.save()
}

// allowed returns the run that a request goes on with, or nil for a new one.
func allowed(tx *bolt.Tx, req ledger.LeaseRequest, now time.Time) (*storedRun, error) {
	r, err := findRun(tx, req.RunID)
	switch {
	case req.Resume == ledger.ResumeNew && errors.Is(err, ledger.ErrNotFound):
		return nil, nil //nolint:nilnil // no run yet, and no error
	case err != nil:
		return nil, err
	case req.Resume == ledger.ResumeNew:
		return nil, ledger.ErrRunExists
	case r.State.Link != req.Link || r.State.Kind != req.Kind:
		return nil, &ledger.InvalidRequestError{Field: "LeaseRequest.RunID", Rule: "belongs to another link or kind"}
	}
	return r, req.Resume.Allows(&r.State, now)
}

// begin gives the next lease of a scope to a run; nil: to a new one.
func begin(tx *bolt.Tx, sc *scope, r *storedRun, req ledger.LeaseRequest, now time.Time) error {
	moved, err := adopt(tx, sc, req, now)
	if err != nil {
		return err
	}
	if err := sc.settle(); err != nil {
		return err
	}
	switch {
	case r == nil:
		if r, err = makeRun(tx, req, now); err != nil {
			return err
		}
	case r.State.Epoch != 0 && sc.Lease.Number != r.Number: // without an epoch it never had a lease
		r.State.Restart()
	}
	if err := interrupt(tx, r, sc.key, moved); err != nil {
		return err
	}
	next := lease{RunID: req.RunID, Number: r.Number, Owner: req.Owner, Epoch: sc.Lease.Epoch + 1, Ends: now.Add(req.TTL)}
	if sc.Lease.Epoch > 0 {
		next.Quiet = now.Sub(sc.Lease.Ends)
	}
	sc.Lease, r.Scope = next, sc.key
	r.State.Reopen(req)
	r.State.Starts++
	r.State.Epoch, r.State.Owner, r.State.Heartbeat = next.Epoch, req.Owner, now
	return errors.Join(r.save(), sc.save())
}

// interrupt marks other runs of the scope, which ended without a word, and takes
// along those of a scope that was moved.
func interrupt(tx *bolt.Tx, next *storedRun, key, moved ledger.Scope) error {
	return eachRun(tx, func(r *storedRun) error {
		if r.Number == next.Number || r.Scope != key && r.Scope != moved {
			return nil
		}
		r.Scope = key
		if r.State.Status == ledger.StatusRunning {
			r.State.Status = ledger.StatusInterrupted
		}
		return r.save()
	})
}

// extend makes the lease end a TTL from now.
func (sc *scope) extend(ttl time.Duration, now time.Time) error {
	r, err := findRun(sc.tx, sc.Lease.RunID)
	if err != nil {
		return err
	}
	sc.Lease.Ends, r.State.Heartbeat = now.Add(ttl), now
	return errors.Join(r.save(), sc.save())
}

// Renew implements [ledger.StateStore].
func (s *Store) Renew(ctx context.Context, l ledger.Lease) (ledger.Lease, error) {
	if l.TTL <= 0 {
		return ledger.Lease{}, &ledger.InvalidRequestError{Field: "Lease.TTL", Rule: "must be positive"}
	}
	err := s.update(ctx, "renew the lease of run "+l.RunID, func(tx *bolt.Tx) error {
		sc, r, err := hold(tx, l)
		if err != nil {
			return err
		}
		now := s.moment()
		sc.Lease.Ends = now.Add(l.TTL)
		r.State.Heartbeat, r.State.Progress = now, l.Progress
		l.Expires, l.Asked = sc.Lease.Ends, r.State.Asked
		return errors.Join(r.save(), sc.save())
	})
	if err != nil {
		return ledger.Lease{}, err
	}
	return l, nil
}

// Release implements [ledger.StateStore].
func (s *Store) Release(ctx context.Context, l ledger.Lease, end ledger.End) (st ledger.RunState, err error) {
	if err := end.Validate(); err != nil {
		return ledger.RunState{}, err
	}
	err = s.update(ctx, "release the lease of run "+l.RunID, func(tx *bolt.Tx) error {
		now := s.moment()
		sc, r, err := hold(tx, l)
		if errors.Is(err, ledger.ErrLeaseLost) {
			r, err = released(tx, l, err)
		} else if err == nil {
			sc.Lease.Released, sc.Lease.Ends = true, now
			r.State.Close(end, now)
			err = errors.Join(r.save(), sc.save())
		}
		if err != nil {
			return err
		}
		st, err = r.seen(tx, now)
		return err
	})
	return st, err
}

// released finds the run whose lease was given back already and not taken since.
func released(tx *bolt.Tx, l ledger.Lease, lost error) (*storedRun, error) {
	sc, err := findScope(tx, l.Scope)
	if err != nil {
		return nil, err
	}
	if sc == nil || !sc.Lease.is(l) {
		return nil, lost
	}
	r, err := findRun(tx, l.RunID)
	if err == nil && r.Number != sc.Lease.Number {
		return nil, ledger.ErrNotFound
	}
	return r, err
}
