package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/securitytrax/adcimport/ledger"
)

// asked is the run whose decisions a reader wants; nil: none, or none such.
func asked(tx *bolt.Tx, runID string) (*storedRun, error) {
	r, err := findRun(tx, runID)
	if errors.Is(err, ledger.ErrNotFound) {
		return nil, nil //nolint:nilnil // no run, and no error
	}
	return r, err
}

// Records implements [ledger.StateStore].
func (s *Store) Records(ctx context.Context, key ledger.Scope, runID string, ids []string) (map[string]ledger.Record, error) {
	found := make(map[string]ledger.Record)
	err := s.view(ctx, fmt.Sprintf("look up %d records", len(ids)), func(tx *bolt.Tx) error {
		sc, err := findScope(tx, key)
		if err != nil || sc == nil {
			return err
		}
		r, err := asked(tx, runID)
		if err != nil {
			return err
		}
		for _, id := range ids {
			record, ok, err := sc.record(id, r)
			if err != nil {
				return err
			}
			if ok {
				found[id] = record
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Commit implements [ledger.StateStore].
func (s *Store) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) (states []ledger.IntentState, err error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	err = s.update(ctx, "commit outcomes of run "+l.RunID, func(tx *bolt.Tx) error {
		sc, r, err := hold(tx, l)
		switch {
		case err != nil:
			return err
		case c.Seq == sc.Lease.Seq: // asked again: the reply was lost
		case c.Seq != sc.Lease.Seq+1:
			return &ledger.InvalidRequestError{Field: "Commit.Seq", Rule: fmt.Sprintf("is %d after %d", c.Seq, sc.Lease.Seq)}
		default:
			err = sc.commit(r, c, s.moment())
		}
		states = sc.Lease.States
		return err
	})
	if err != nil {
		return nil, err
	}
	return states, nil
}

func (sc *scope) commit(r *storedRun, c ledger.Commit, now time.Time) error {
	before := ledger.Before{RunID: r.State.RunID, Now: now, Open: sc.Open, Records: make(map[string]ledger.Record)}
	ids := c.IDs()
	for _, o := range sc.Open {
		ids = append(ids, o.ID)
	}
	for _, id := range ids {
		record, ok, err := sc.stored(id, r)
		if err != nil {
			return err
		}
		if ok {
			before.Records[id] = record
		}
	}
	after := ledger.Apply(before, c)
	for _, record := range after.Records {
		if err := sc.put(record); err != nil {
			return err
		}
	}
	for _, o := range c.Outcomes {
		if err := r.store(o); err != nil {
			return err
		}
		if !o.Action.Done() {
			continue
		}
		if err := sc.confirm(confirmed{Run: r.Number, RunID: r.State.RunID, ID: o.SourceID, At: now}); err != nil {
			return err
		}
	}
	sc.Open, sc.Matched = after.Open, union(sc.Matched, c.Matched)
	sc.Lease.Seq, sc.Lease.States = c.Seq, after.States
	r.State.Checkpoint(c, now)
	return errors.Join(r.save(), sc.save())
}

// Amend implements [ledger.StateStore].
func (s *Store) Amend(ctx context.Context, key ledger.Scope, list []ledger.Amendment) error {
	decisions := true
	for _, a := range list {
		if err := a.Validate(); err != nil {
			return err
		}
		decisions = decisions && a.Op == ledger.AmendDecide
	}
	return s.update(ctx, fmt.Sprintf("amend %d records", len(list)), func(tx *bolt.Tx) error {
		sc, err := findScope(tx, key)
		now := s.moment()
		switch {
		case err != nil || sc == nil:
			return err
		case !decisions && sc.Lease.held(now):
			return sc.inProgress(now)
		}
		for _, a := range list {
			if err := sc.amend(a, now); err != nil {
				return err
			}
		}
		return sc.save()
	})
}

func (sc *scope) amend(a ledger.Amendment, now time.Time) error {
	r, ok, err := sc.stored(a.ID, nil)
	_, isOpen := sc.intent(a.ID)
	if err != nil || !ok && !isOpen || isOpen && a.Op == ledger.AmendRetry { // an open record is not retried
		return err
	}
	if err := sc.put(ledger.Amended(r, a, now)); err != nil || a.Op != ledger.AmendForget {
		return err
	}
	sc.Open = slices.DeleteFunc(sc.Open, func(o ledger.OpenIntent) bool { return o.ID == a.ID })
	return eachRun(sc.tx, func(r *storedRun) error {
		if r.Scope != sc.key || r.index.Get(recordKey(a.ID)) == nil {
			return nil
		}
		return r.forgotten.Put(recordKey(a.ID), []byte{1})
	})
}
