package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/conformance/storetest"
	"github.com/securitytrax/adcimport/ledger"
)

func TestRun(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	state := filepath.Join(t.TempDir(), "state.bolt")
	if err := run(t.Context(), state, &out); err != nil {
		t.Fatal(err)
	}
	want := `customers completed: 335 read, 300 created, 0 linked, 0 updated, 0 unchanged, 35 skipped, 0 failed
customers completed: 500 read, 150 created, 0 linked, 0 updated, 0 unchanged, 350 skipped, 0 failed
customers completed: 500 read, 0 created, 0 linked, 0 updated, 0 unchanged, 500 skipped, 0 failed
customers in the sink: 450
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
	info, err := os.Stat(state)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("the state may be read by others: %v", got)
	}
}

// suiteStore is the store as the suite wants it: its clock can be moved, and it
// can be opened again.
type suiteStore struct {
	*Store
	tb    testing.TB
	path  string
	ahead *atomic.Int64
}

func newSuiteStore(tb testing.TB) *suiteStore {
	tb.Helper()
	s := &suiteStore{tb: tb, path: filepath.Join(tb.TempDir(), "state.bolt"), ahead: new(atomic.Int64)}
	if err := s.open(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

func (s *suiteStore) open() error {
	now := func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }
	store, err := Open(s.path, Options{Now: now})
	if err == nil {
		s.Store = store
	}
	return err
}

func (s *suiteStore) Advance(d time.Duration) { s.ahead.Add(int64(d)) }

// Reopen closes first: one process has the file at a time.
func (s *suiteStore) Reopen() (adcimport.StateStore, error) {
	if err := s.Close(); err != nil {
		return nil, err
	}
	return s, s.open()
}

// The one test that a StateStore of one's own must have.
func TestStateStoreSuite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) adcimport.StateStore {
		t.Helper()
		return newSuiteStore(t)
	})
}

// And one that finds what no rule says: random stories, told to the reference too.
func TestStateStoreIsLikeTheReference(t *testing.T) {
	t.Parallel()
	reference, store := new(adcimport.MemoryStore), newSuiteStore(t)
	for seed := range uint64(5) {
		if err := storetest.Compare(t.Context(), seed, 200, reference, store); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		path string
		o    Options
	}{
		"no path":          {"", Options{}},
		"negative timeout": {filepath.Join(t.TempDir(), "s"), Options{LockTimeout: -1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Open(tt.path, tt.o)
			if _, ok := errors.AsType[*ledger.InvalidRequestError](err); !ok {
				t.Errorf("Open answered %v", err)
			}
		})
	}
}

// A second process gets an error in time; it neither waits for ever nor shares
// the file.
func TestOpenWhileAnotherHasTheFile(t *testing.T) {
	t.Parallel()
	s := newSuiteStore(t)
	if _, err := Open(s.path, Options{LockTimeout: time.Millisecond}); !errors.Is(err, bolterrors.ErrTimeout) {
		t.Errorf("a second Open answered %v", err)
	}
}

// State that cannot be read is an error, never "no state": that would import
// everything again.
func TestStateThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*bolt.Tx) error{
		"version": func(tx *bolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("version"), []byte("7")) },
		"record": func(tx *bolt.Tx) error {
			return path(tx, "scopes", "link", "customer", "records").Put(recordKey("1"), []byte("{"))
		},
		"lease": func(tx *bolt.Tx) error {
			return path(tx, "scopes", "link", "customer").Put([]byte("state"), []byte("{"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuiteStore(t)
			scope := ledger.Scope{Account: "link", Kind: ledger.KindCustomer}
			req := ledger.LeaseRequest{Scope: scope, Link: "link", RunID: "run-1", Owner: "host-1", TTL: time.Minute}
			if _, err := s.Acquire(t.Context(), req); err != nil {
				t.Fatal(err)
			}
			if err := s.db.Update(spoil); err != nil {
				t.Fatal(err)
			}
			_, err := s.Reopen()
			if err == nil {
				_, err = s.Records(t.Context(), scope, "", []string{"1"})
			}
			if err == nil {
				_, err = s.Acquire(t.Context(), req)
			}
			if _, ok := errors.AsType[*adcimport.StateError](err); !ok {
				t.Errorf("answered %v, want a *StateError", err)
			}
		})
	}
}
