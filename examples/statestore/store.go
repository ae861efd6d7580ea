package main

import (
	"context"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/securitytrax/adcimport/ledger"
)

// Store is an [ledger.StateStore] in one bbolt file. Every write is one
// read-write transaction, of which bbolt runs one at a time and which is on disk
// when it returns. It is safe for concurrent use by one process.
type Store struct {
	db  *bolt.DB
	now func() time.Time
}

var _ ledger.StateStore = (*Store)(nil)

// Options of a [Store]. The zero value works.
type Options struct {
	LockTimeout time.Duration    // how long Open waits for a file that another process has; 0: a second
	Now         func() time.Time // the store's clock; nil: time.Now
}

// version of what is in the file. A file of another version is refused, never
// read as if it were empty.
const version = "2"

// Open opens the file at path, and makes it where there is none, readable by
// its owner only. Close it when its importers are closed.
func Open(path string, o Options) (*Store, error) {
	if path == "" {
		return nil, &ledger.InvalidRequestError{Field: "statestore.Open.path", Rule: "is required"}
	}
	if o.LockTimeout < 0 {
		return nil, &ledger.InvalidRequestError{Field: "statestore.Options.LockTimeout", Rule: "must not be negative"}
	}
	if o.LockTimeout == 0 {
		o.LockTimeout = time.Second // bbolt's zero would wait for ever
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: o.LockTimeout})
	if err != nil {
		return nil, fmt.Errorf("open the state in %s: %w", path, err)
	}
	s := &Store{db: db, now: o.Now}
	if err := db.Update(prepare); err != nil {
		_ = db.Close() // what is wrong with the file is the better error
		return nil, fmt.Errorf("open the state in %s: %w", path, err)
	}
	return s, nil
}

// Close waits for transactions under way and gives the file free.
func (s *Store) Close() error { return s.db.Close() }

// prepare makes the top of the file, or checks that it can be read.
func prepare(tx *bolt.Tx) error {
	meta, err := tx.CreateBucketIfNotExists([]byte("meta"))
	if err != nil {
		return err
	}
	switch v := meta.Get([]byte("version")); {
	case v == nil:
		err = meta.Put([]byte("version"), []byte(version))
	case string(v) != version:
		err = &ledger.StateError{What: fmt.Sprintf("file version %s, this program reads %s", v, version)}
	}
	for _, name := range []string{"scopes", "runs", "order"} {
		if err == nil {
			_, err = tx.CreateBucketIfNotExists([]byte(name))
		}
	}
	return err
}

// update is one read-write transaction. A caller that is gone when its turn
// comes writes nothing.
func (s *Store) update(ctx context.Context, doing string, fn func(*bolt.Tx) error) error {
	return s.transact(ctx, doing, s.db.Update, fn)
}

// view is one read-only transaction.
func (s *Store) view(ctx context.Context, doing string, fn func(*bolt.Tx) error) error {
	return s.transact(ctx, doing, s.db.View, fn)
}

func (*Store) transact(ctx context.Context, doing string, begin func(func(*bolt.Tx) error) error, fn func(*bolt.Tx) error) error {
	err := context.Cause(ctx)
	if err == nil {
		err = begin(func(tx *bolt.Tx) error {
			if err := context.Cause(ctx); err != nil {
				return err
			}
			return fn(tx)
		})
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// moment is now, with the precision that all stores keep.
func (s *Store) moment() time.Time { return s.now().UTC().Truncate(time.Microsecond) }
