package main

import (
	"context"
	"errors"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/securitytrax/adcimport/ledger"
)

// Run implements [ledger.StateStore].
func (s *Store) Run(ctx context.Context, id string) (st ledger.RunState, err error) {
	err = s.view(ctx, "read a run", func(tx *bolt.Tx) error {
		r, err := findRun(tx, id)
		if err != nil {
			return err
		}
		st, err = r.seen(tx, s.moment())
		return err
	})
	return st, err
}

// Mark implements [ledger.StateStore].
func (s *Store) Mark(ctx context.Context, runID string, m ledger.Mark) (done bool, err error) {
	if err := m.Validate(); err != nil {
		return false, err
	}
	err = s.update(ctx, "mark a run", func(tx *bolt.Tx) error {
		r, err := findRun(tx, runID)
		if err != nil {
			return err
		}
		if done = r.mark(m, s.moment()); !done {
			return nil
		}
		return r.save()
	})
	return done && err == nil, err
}

// mark reports whether it took effect.
func (r *storedRun) mark(m ledger.Mark, now time.Time) bool {
	switch {
	case m.Told != "" && !slices.Contains(r.State.Notices, m.Told):
		r.State.Notices = append(r.State.Notices, m.Told)
		return true
	case m.Ask != "" && !r.State.Status.Ended():
		r.State.Asked = m.Ask
		return true
	case m.Claim == "" || slices.Contains(r.State.Notices, m.Claim):
		return false
	}
	if last, ok := r.Claims[m.Claim]; ok && now.Sub(last) < m.For {
		return false
	}
	if r.Claims == nil {
		r.Claims = make(map[string]time.Time)
	}
	r.Claims[m.Claim] = now
	return true
}

// Prune implements [ledger.StateStore].
func (s *Store) Prune(ctx context.Context, link string, olderThan time.Time) (n int, err error) {
	err = s.update(ctx, "prune runs", func(tx *bolt.Tx) error {
		old, err := prunable(tx, link, olderThan)
		if err != nil {
			return err
		}
		n = len(old)
		scopes := make(map[ledger.Scope]bool)
		for id, st := range old {
			scopes[st.Scope] = true
			err = errors.Join(err, path(tx, "order").Delete(numberKey(st.Number)), path(tx, "runs").DeleteBucket([]byte(id)))
		}
		for key := range scopes {
			err = errors.Join(err, unconfirm(tx, key))
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// prunable are the runs that may go. A bucket must not be changed while it is
// ranged over.
func prunable(tx *bolt.Tx, link string, olderThan time.Time) (map[string]runState, error) {
	old, retried := make(map[string]runState), make(map[string]bool)
	err := eachRun(tx, func(r *storedRun) error {
		if !r.State.Status.Ended() {
			retried[r.State.RetryOf] = true
		}
		if r.State.Link == link && r.State.Prunable(olderThan) {
			old[r.State.RunID] = r.runState
		}
		return nil
	})
	for id := range retried {
		delete(old, id)
	}
	return old, err
}

// unconfirm forgets what runs that are gone confirmed.
func unconfirm(tx *bolt.Tx, key ledger.Scope) error {
	sc, err := findScope(tx, key)
	if err != nil || sc == nil {
		return err
	}
	list, err := sc.allConfirmed()
	if err != nil {
		return err
	}
	kept := make([]confirmed, 0, len(list))
	for _, c := range list {
		ok, err := c.stands(tx)
		if err != nil {
			return err
		}
		if ok {
			kept = append(kept, c)
		}
	}
	return sc.setConfirmed(kept)
}
