package main

import (
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/securitytrax/adcimport/ledger"
)

// lease is the last one of a scope.
type lease struct {
	RunID    string
	Number   uint64 // of the run; 0: there was none yet, or two scopes became one
	Owner    string
	Epoch    int64
	Quiet    time.Duration
	Ends     time.Time
	Released bool

	Seq    int64 // of its last commit
	States []ledger.IntentState
}

func (l lease) held(now time.Time) bool { return l.Number != 0 && !l.Released && now.Before(l.Ends) }

// is reports whether l is the last lease of the scope.
func (l lease) is(other ledger.Lease) bool {
	return l.Number != 0 && l.Epoch == other.Epoch && l.RunID == other.RunID
}

// scopeState is what a scope has besides its records.
type scopeState struct {
	Closed  bool
	Lease   lease
	Open    []ledger.OpenIntent // the open batch
	Matched []string
}

// scope is one scope in one transaction.
type scope struct {
	scopeState

	key                                  ledger.Scope
	tx                                   *bolt.Tx
	self, records, exceptions, confirmed *bolt.Bucket
}

// findScope returns nil for one of which nothing is stored.
func findScope(tx *bolt.Tx, key ledger.Scope) (*scope, error) {
	self := path(tx, "scopes", key.Account, string(key.Kind))
	if self == nil {
		return nil, nil //nolint:nilnil // no scope yet, and no error
	}
	sc := &scope{
		key: key, tx: tx, self: self, records: self.Bucket([]byte("records")),
		exceptions: self.Bucket([]byte("exceptions")), confirmed: self.Bucket([]byte("confirmed")),
	}
	var err error
	sc.scopeState, _, err = get[scopeState](self, []byte("state"))
	return sc, err
}

func makeScope(tx *bolt.Tx, key ledger.Scope) (*scope, error) {
	for _, name := range []string{"records", "exceptions", "confirmed"} {
		if err := makePath(tx, "scopes", key.Account, string(key.Kind), name); err != nil {
			return nil, err
		}
	}
	return findScope(tx, key)
}

func (sc *scope) save() error { return put(sc.self, []byte("state"), sc.scopeState) }

// put stores a record whole. What a run decided about it is found in the run.
func (sc *scope) put(r ledger.Record) error {
	key := recordKey(r.ID)
	r.Here = ledger.Verdict{}
	var err error
	if r.State == ledger.StateNone {
		err = sc.exceptions.Delete(key)
	} else {
		err = sc.exceptions.Put(key, []byte{1})
	}
	switch {
	case err != nil:
		return err
	case r == ledger.Record{ID: r.ID}:
		return sc.records.Delete(key)
	}
	return put(sc.records, key, r)
}

// stored is a record without what the open batch makes of it, with Here of run,
// which may be nil.
func (sc *scope) stored(id string, run *storedRun) (ledger.Record, bool, error) {
	r, ok, err := get[ledger.Record](sc.records, recordKey(id))
	r.ID = id
	if err == nil && ok && run != nil && run.Scope == sc.key {
		r.Here, err = run.verdict(id)
	}
	return r, ok, err
}

// record is a record as the outside sees it.
func (sc *scope) record(id string, run *storedRun) (ledger.Record, bool, error) {
	r, ok, err := sc.stored(id, run)
	if o, isOpen := sc.intent(id); isOpen {
		return o.Over(r), true, err
	}
	return r, ok, err
}

// intent finds an id in the open batch.
func (sc *scope) intent(id string) (ledger.OpenIntent, bool) {
	for _, o := range sc.Open {
		if o.ID == id {
			return o, true
		}
	}
	return ledger.OpenIntent{}, false
}

// settle turns what the open batch still holds into open records.
func (sc *scope) settle() error {
	for _, o := range sc.Open {
		r, _, err := sc.stored(o.ID, nil)
		if err == nil {
			err = sc.put(o.Over(r))
		}
		if err != nil {
			return err
		}
	}
	sc.Open = nil
	return nil
}

func (sc *scope) inProgress(now time.Time) error {
	run, err := findRun(sc.tx, sc.Lease.RunID)
	if err != nil {
		return err
	}
	return &ledger.RunInProgressError{
		Account: sc.key.Account, Link: run.State.Link, Kind: sc.key.Kind, RunID: sc.Lease.RunID,
		Owner: sc.Lease.Owner, Heartbeat: run.State.Heartbeat, EndsIn: sc.Lease.Ends.Sub(now),
	}
}

// hold finds the scope that l is the lease of, or says that it is lost: every
// write begins with it, in its own transaction.
func hold(tx *bolt.Tx, l ledger.Lease) (*scope, *storedRun, error) {
	sc, err := findScope(tx, l.Scope)
	if err != nil {
		return nil, nil, err
	}
	if sc == nil || !sc.Lease.is(l) || sc.Lease.Released {
		return nil, nil, fmt.Errorf("epoch %d: %w", l.Epoch, ledger.ErrLeaseLost)
	}
	run, err := findRun(tx, l.RunID)
	return sc, run, err
}
