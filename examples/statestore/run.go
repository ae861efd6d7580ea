package main

import (
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/securitytrax/adcimport/ledger"
)

// runState is a run as it is stored.
type runState struct {
	Number uint64 // its place among all runs
	Scope  ledger.Scope
	State  ledger.RunState
	Claims map[string]time.Time
}

// storedRun is one run in one transaction.
type storedRun struct {
	runState

	self, outcomes, index, forgotten *bolt.Bucket
}

func findRun(tx *bolt.Tx, id string) (*storedRun, error) {
	self := path(tx, "runs", id)
	if self == nil {
		return nil, fmt.Errorf("run %s: %w", id, ledger.ErrNotFound)
	}
	r := &storedRun{
		self: self, outcomes: self.Bucket([]byte("outcomes")),
		index: self.Bucket([]byte("index")), forgotten: self.Bucket([]byte("forgotten")),
	}
	var (
		ok  bool
		err error
	)
	r.runState, ok, err = get[runState](self, []byte("state"))
	if err == nil && !ok {
		err = &ledger.StateError{RunID: id, What: "a run without its state"}
	}
	return r, err
}

// makeRun opens the new run of a request.
func makeRun(tx *bolt.Tx, req ledger.LeaseRequest, now time.Time) (*storedRun, error) {
	for _, name := range []string{"outcomes", "index", "forgotten"} {
		if err := makePath(tx, "runs", req.RunID, name); err != nil {
			return nil, err
		}
	}
	order := path(tx, "order")
	number, err := order.NextSequence()
	if err != nil {
		return nil, err
	}
	if err := order.Put(numberKey(number), []byte(req.RunID)); err != nil {
		return nil, err
	}
	st := runState{Number: number, Scope: req.Scope, State: ledger.NewRunState(req, now)}
	if err := put(path(tx, "runs", req.RunID), []byte("state"), st); err != nil {
		return nil, err
	}
	return findRun(tx, req.RunID)
}

func (r *storedRun) save() error { return put(r.self, []byte("state"), r.runState) }

// verdict is what the run decided about a record.
func (r *storedRun) verdict(id string) (ledger.Verdict, error) {
	key := recordKey(id)
	place := r.index.Get(key)
	if place == nil || r.forgotten.Get(key) != nil {
		return ledger.Verdict{}, nil
	}
	o, _, err := get[ledger.Outcome](r.outcomes, place)
	return o.Verdict(), err
}

// store keeps an outcome in the place of an earlier one of the same record.
func (r *storedRun) store(o ledger.Outcome) error {
	key := recordKey(o.SourceID)
	o.RunID, o.Kind = r.State.RunID, r.State.Kind
	if err := r.forgotten.Delete(key); err != nil {
		return err
	}
	place := slices.Clone(r.index.Get(key)) // it points into a page that the Put may change
	if place == nil {
		n, err := r.outcomes.NextSequence()
		if err != nil {
			return err
		}
		place = numberKey(n)
		if err := r.index.Put(key, place); err != nil {
			return err
		}
	}
	return put(r.outcomes, place, o)
}

// seen is the run's state as a reader gets it.
func (r *storedRun) seen(tx *bolt.Tx, now time.Time) (ledger.RunState, error) {
	sc, err := findScope(tx, r.Scope)
	if err != nil {
		return ledger.RunState{}, err
	}
	var expires time.Time
	if sc != nil && sc.Lease.Number == r.Number && !sc.Lease.Released {
		expires = sc.Lease.Ends
	}
	st := r.State
	st.Seen(expires, now)
	return st, nil
}

// eachRun calls do with every run, in the order they were opened in.
func eachRun(tx *bolt.Tx, do func(*storedRun) error) error {
	c := path(tx, "order").Cursor()
	for k, id := c.First(); k != nil; k, id = c.Next() {
		r, err := findRun(tx, string(id))
		if err == nil {
			err = do(r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
