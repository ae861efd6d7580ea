package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/securitytrax/adcimport/ledger"
)

// runBucket is the bucket of a run.
type runBucket struct{ self *bolt.Bucket }

func findRun(tx *bolt.Tx, id string) (runBucket, bool) {
	b := path(tx, "runs", id)
	return runBucket{b}, b != nil
}

func (r runBucket) state() (runState, error) {
	st, ok, err := get[runState](r.self, []byte("state"))
	if err == nil && !ok {
		err = &ledger.StateError{What: "a run without its state"}
	}
	return st, err
}

func (r runBucket) setState(st runState) error { return put(r.self, []byte("state"), st) }

// has tells whether a record has an outcome in this run.
func (r runBucket) has(key []byte) bool { return r.self.Bucket([]byte("index")).Get(key) != nil }

// setOutcome keeps an outcome in the place of an earlier one of the same record.
func (r runBucket) setOutcome(key []byte, o ledger.Outcome) error {
	outcomes, index := r.self.Bucket([]byte("outcomes")), r.self.Bucket([]byte("index"))
	place := index.Get(key)
	if place == nil {
		n, err := outcomes.NextSequence()
		if err != nil {
			return err
		}
		place = numberKey(n)
		if err := index.Put(key, place); err != nil {
			return err
		}
	}
	return put(outcomes, slices.Clone(place), o) // place points into a page that the Put may change
}

// openRun makes the run of req, or sets the one that exists to running.
func openRun(tx *bolt.Tx, req ledger.LeaseRequest) error {
	if r, ok := findRun(tx, req.RunID); ok {
		st, err := r.state()
		if err != nil {
			return err
		}
		if st.Summary.Link != req.Link || st.Summary.Kind != req.Kind {
			return &ledger.InvalidRequestError{Field: "LeaseRequest.RunID", Rule: "belongs to another link or kind"}
		}
		st.Summary.Status = ledger.StatusRunning
		st.Summary.Finished, st.Summary.PausedUntil = time.Time{}, time.Time{}
		return r.setState(st)
	}
	for _, name := range []string{"outcomes", "index"} {
		if _, err := makePath(tx, "runs", req.RunID, name); err != nil {
			return err
		}
	}
	order, err := makePath(tx, "links", req.Link, "order")
	if err != nil {
		return err
	}
	number, err := order.NextSequence()
	if err != nil {
		return err
	}
	if err := order.Put(numberKey(number), []byte(req.RunID)); err != nil {
		return err
	}
	r, _ := findRun(tx, req.RunID)
	return r.setState(newRunState(req, number))
}

func newRunState(req ledger.LeaseRequest, number uint64) runState {
	in := req.State
	st := runState{
		Number: number, Summary: in.Summary, Filter: in.Filter, Options: in.Options,
		Cursor: []byte(in.Cursor), Listed: in.Listed, Notified: in.Notified,
	}
	st.Summary.RunID, st.Summary.Link, st.Summary.Kind = req.RunID, req.Link, req.Kind
	st.Summary.Status = ledger.StatusRunning
	return st
}

func (st runState) public() ledger.RunState {
	return ledger.RunState{
		Summary: st.Summary, Filter: st.Filter, Options: st.Options,
		Cursor: ledger.Cursor(st.Cursor), Listed: st.Listed, Notified: st.Notified,
	}
}

// Run implements [ledger.StateStore].
func (s *Store) Run(ctx context.Context, id string) (ledger.RunState, error) {
	var st runState
	err := s.view(ctx, "read run "+id, func(tx *bolt.Tx) error {
		r, ok := findRun(tx, id)
		if !ok {
			return ledger.ErrNotFound
		}
		var err error
		st, err = r.state()
		return err
	})
	if err != nil {
		return ledger.RunState{}, err
	}
	return st.public(), nil
}

// MarkNotified implements [ledger.StateStore].
func (s *Store) MarkNotified(ctx context.Context, runID, notifier string) error {
	return s.update(ctx, "mark run "+runID+" as notified", func(tx *bolt.Tx) error {
		r, ok := findRun(tx, runID)
		if !ok {
			return ledger.ErrNotFound
		}
		st, err := r.state()
		if err != nil || slices.Contains(st.Notified, notifier) {
			return err
		}
		st.Notified = append(st.Notified, notifier)
		return r.setState(st)
	})
}

// Prune implements [ledger.StateStore].
func (s *Store) Prune(ctx context.Context, link string, olderThan time.Time) (int, error) {
	var pruned int
	err := s.update(ctx, "prune runs", func(tx *bolt.Tx) error {
		order := path(tx, "links", link, "order")
		if order == nil {
			return nil
		}
		old, err := prunable(tx, order, olderThan)
		pruned = len(old)
		for id, number := range old {
			err = errors.Join(err, order.Delete(numberKey(number)), path(tx, "runs").DeleteBucket([]byte(id)))
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	return pruned, nil
}

// prunable are the runs that finished before and do not go on by themselves,
// with their places. A bucket must not be changed while it is ranged over.
func prunable(tx *bolt.Tx, order *bolt.Bucket, olderThan time.Time) (map[string]uint64, error) {
	old := make(map[string]uint64)
	err := order.ForEach(func(number, id []byte) error {
		r, ok := findRun(tx, string(id))
		if !ok {
			return &ledger.StateError{RunID: string(id), What: "listed, and not there"}
		}
		st, err := r.state()
		if err != nil {
			return fmt.Errorf("run %s: %w", id, err)
		}
		if ended(st.Summary.Status) && !st.Summary.Finished.IsZero() && st.Summary.Finished.Before(olderThan) {
			old[string(id)] = binary.BigEndian.Uint64(number)
		}
		return nil
	})
	return old, err
}

func ended(status ledger.RunStatus) bool {
	switch status {
	case ledger.StatusCompleted, ledger.StatusStopped, ledger.StatusCanceled, ledger.StatusFailed:
		return true
	case ledger.StatusRunning, ledger.StatusInterrupted, ledger.StatusPaused:
	}
	return false
}
