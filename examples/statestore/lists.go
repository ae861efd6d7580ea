package main

import (
	"bytes"
	"context"
	"iter"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/securitytrax/adcimport/ledger"
)

// chunk is how many entries one transaction of a list reads: few enough for the
// suite's lists to be several.
const chunk = 50

// list reads a bucket in order, a chunk per transaction. A transaction that
// stayed open while the caller works would deadlock with a write of the same
// goroutine that grows the file, and keep old pages from being used again.
type list[T any] struct {
	store    *Store
	doing    string
	backward bool
	bucket   func(*bolt.Tx) (*bolt.Bucket, error) // nil: nothing there
	read     func(tx *bolt.Tx, key, value []byte) (T, error)
}

func (l list[T]) seq(ctx context.Context) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		for last := []byte(nil); ; {
			items, next, err := l.chunk(ctx, last)
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if last = next; len(items) < chunk {
				return
			}
		}
	}
}

// chunk reads the entries after last; nil: from the beginning.
func (l list[T]) chunk(ctx context.Context, last []byte) (items []T, next []byte, err error) {
	err = l.store.view(ctx, l.doing, func(tx *bolt.Tx) error {
		b, err := l.bucket(tx)
		if err != nil || b == nil {
			return err
		}
		c := b.Cursor()
		for k, v := l.after(c, last); k != nil && len(items) < chunk; k, v = l.step(c) {
			item, err := l.read(tx, k, v)
			if err != nil {
				return err
			}
			items, next = append(items, item), slices.Clone(k)
		}
		return nil
	})
	return items, next, err
}

func (l list[T]) after(c *bolt.Cursor, last []byte) (k, v []byte) {
	switch {
	case last == nil && l.backward:
		return c.Last()
	case last == nil:
		return c.First()
	}
	k, v = c.Seek(last)
	switch {
	case l.backward && k == nil:
		return c.Last()
	case l.backward || bytes.Equal(k, last):
		return l.step(c)
	}
	return k, v
}

func (l list[T]) step(c *bolt.Cursor) (k, v []byte) {
	if l.backward {
		return c.Prev()
	}
	return c.Next()
}

// InDoubt implements [ledger.StateStore], by id.
func (s *Store) InDoubt(ctx context.Context, link string, k ledger.Kind) iter.Seq2[ledger.Intent, error] {
	return list[ledger.Intent]{
		store: s, doing: "list intents",
		bucket: func(tx *bolt.Tx) (*bolt.Bucket, error) { return path(tx, "links", link, string(k), "open"), nil },
		read: func(_ *bolt.Tx, key, value []byte) (ledger.Intent, error) {
			it, err := decode[intent](value)
			return ledger.Intent{ID: recordID(key), Fingerprint: it.Fingerprint, Since: it.Since}, err
		},
	}.seq(ctx)
}

// Runs implements [ledger.StateStore].
func (s *Store) Runs(ctx context.Context, link string) iter.Seq2[ledger.RunState, error] {
	return list[ledger.RunState]{
		store: s, doing: "list runs", backward: true,
		bucket: func(tx *bolt.Tx) (*bolt.Bucket, error) { return path(tx, "links", link, "order"), nil },
		read: func(tx *bolt.Tx, _, id []byte) (ledger.RunState, error) {
			r, ok := findRun(tx, string(id))
			if !ok {
				return ledger.RunState{}, &ledger.StateError{RunID: string(id), What: "listed, and not there"}
			}
			st, err := r.state()
			return st.public(), err
		},
	}.seq(ctx)
}

// Outcomes implements [ledger.StateStore].
func (s *Store) Outcomes(ctx context.Context, runID string) iter.Seq2[ledger.Outcome, error] {
	return list[ledger.Outcome]{
		store: s, doing: "list outcomes of run " + runID,
		bucket: func(tx *bolt.Tx) (*bolt.Bucket, error) {
			r, ok := findRun(tx, runID)
			if !ok {
				return nil, ledger.ErrNotFound
			}
			return r.self.Bucket([]byte("outcomes")), nil
		},
		read: func(_ *bolt.Tx, _, value []byte) (ledger.Outcome, error) { return decode[ledger.Outcome](value) },
	}.seq(ctx)
}
