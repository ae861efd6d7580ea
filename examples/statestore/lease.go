package main

import (
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/securitytrax/adcimport/ledger"
)

// Acquire implements [ledger.StateStore].
func (s *Store) Acquire(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
	if err := req.Validate(); err != nil {
		return ledger.Lease{}, err
	}
	var granted ledger.Lease
	err := s.update(ctx, "acquire the lease for run "+req.RunID, func(tx *bolt.Tx) error {
		sc, err := makeScope(tx, req.Link, req.Kind)
		if err != nil {
			return err
		}
		held, err := sc.lease()
		if err != nil {
			return err
		}
		now := s.moment()
		if held.Epoch > 0 && !held.Released && now.Before(held.Ends) {
			return &ledger.RunInProgressError{
				Link: req.Link, Kind: req.Kind, RunID: held.RunID, Owner: held.Owner, Heartbeat: held.Heartbeat,
			}
		}
		if err := openRun(tx, req); err != nil {
			return err
		}
		if err := interrupt(tx, held.RunID, req.RunID); err != nil {
			return err
		}
		next := lease{RunID: req.RunID, Owner: req.Owner, Epoch: held.Epoch + 1, Heartbeat: now, Ends: now.Add(req.TTL)}
		granted = ledger.Lease{
			Link: req.Link, Kind: req.Kind, RunID: req.RunID, Epoch: next.Epoch,
			Expires: next.Ends, Previous: held.Ends, TTL: req.TTL,
		}
		return sc.setLease(next)
	})
	if err != nil {
		return ledger.Lease{}, err
	}
	return granted, nil
}

// interrupt marks the former holder's run, which ended without a word.
func interrupt(tx *bolt.Tx, former, next string) error {
	if former == "" || former == next {
		return nil
	}
	r, ok := findRun(tx, former)
	if !ok {
		return nil // pruned
	}
	st, err := r.state()
	if err != nil || st.Summary.Status != ledger.StatusRunning {
		return err
	}
	st.Summary.Status = ledger.StatusInterrupted
	return r.setState(st)
}

// Renew implements [ledger.StateStore].
func (s *Store) Renew(ctx context.Context, l ledger.Lease) (ledger.Lease, error) {
	if l.TTL <= 0 {
		return ledger.Lease{}, &ledger.InvalidRequestError{Field: "Lease.TTL", Rule: "must be positive"}
	}
	err := s.update(ctx, "renew the lease of run "+l.RunID, func(tx *bolt.Tx) error {
		h, err := hold(tx, l)
		if err != nil {
			return err
		}
		h.lease.Heartbeat = s.moment()
		h.lease.Ends = h.lease.Heartbeat.Add(l.TTL)
		l.Expires = h.lease.Ends
		return h.scope.setLease(h.lease)
	})
	if err != nil {
		return ledger.Lease{}, err
	}
	return l, nil
}

// Release implements [ledger.StateStore].
func (s *Store) Release(ctx context.Context, l ledger.Lease, end ledger.RunState) error {
	return s.update(ctx, "release the lease of run "+l.RunID, func(tx *bolt.Tx) error {
		h, err := hold(tx, l)
		if err != nil {
			return err
		}
		st, err := h.run.state()
		if err != nil {
			return err
		}
		st.Summary = end.Summary
		st.Summary.RunID, st.Summary.Link, st.Summary.Kind = l.RunID, l.Link, l.Kind
		if err := h.run.setState(st); err != nil {
			return err
		}
		h.lease.Released, h.lease.Ends = true, s.moment()
		return h.scope.setLease(h.lease)
	})
}

// holding is what a lease gives the right to write.
type holding struct {
	lease lease
	scope scope
	run   runBucket
}

// hold finds what l protects, or says that it is lost: every write begins with
// it, in its own transaction.
func hold(tx *bolt.Tx, l ledger.Lease) (holding, error) {
	lost := fmt.Errorf("epoch %d: %w", l.Epoch, ledger.ErrLeaseLost)
	self := path(tx, "links", l.Link, string(l.Kind))
	if self == nil {
		return holding{}, lost
	}
	h := holding{scope: scopeOf(self)}
	var err error
	if h.lease, err = h.scope.lease(); err != nil {
		return holding{}, err
	}
	if h.lease.Epoch != l.Epoch || h.lease.RunID != l.RunID || h.lease.Released {
		return holding{}, lost
	}
	var ok bool
	if h.run, ok = findRun(tx, l.RunID); !ok {
		return holding{}, fmt.Errorf("run: %w", ledger.ErrNotFound)
	}
	return h, nil
}
