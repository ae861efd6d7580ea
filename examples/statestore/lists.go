package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
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
	after    []byte // the key to begin after; nil: at the beginning
	limit    int
	bucket   func(*bolt.Tx) (*bolt.Bucket, error) // nil: nothing there
	read     func(tx *bolt.Tx, key, value []byte) (item T, ok bool, err error)
}

func (l list[T]) seq(ctx context.Context) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		n := 0
		for last, more := l.after, true; more; {
			items, next, err := l.chunk(ctx, last)
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range items {
				if n++; !yield(item, nil) || n == l.limit {
					return
				}
			}
			last, more = next, next != nil
		}
	}
}

// chunk reads the entries after last; there are no more when it returns no next.
func (l list[T]) chunk(ctx context.Context, last []byte) (items []T, next []byte, err error) {
	err = l.store.view(ctx, l.doing, func(tx *bolt.Tx) error {
		b, err := l.bucket(tx)
		if err != nil || b == nil {
			return err
		}
		c, n := b.Cursor(), 0
		for k, v := l.begin(c, last); k != nil && n < chunk; k, v = l.step(c) {
			item, ok, err := l.read(tx, k, v)
			if err != nil {
				return err
			}
			if ok {
				items = append(items, item)
			}
			if n++; n == chunk {
				next = slices.Clone(k)
			}
		}
		return nil
	})
	return items, next, err
}

func (l list[T]) begin(c *bolt.Cursor, last []byte) (k, v []byte) {
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

// List implements [ledger.StateStore].
func (s *Store) List(ctx context.Context, key ledger.Scope, q ledger.Query) iter.Seq2[ledger.Record, error] {
	switch {
	case q.Newest:
		return s.newest(ctx, key, q)
	case q.Known:
		return s.known(ctx, key, q)
	}
	return s.exceptions(ctx, key, q)
}

// selects reports whether a record is among what q asks for.
func selects(q ledger.Query, r ledger.Record) bool {
	switch {
	case (q.Known || q.Newest) && !r.Known:
		return false
	case q.After != "" && r.ID <= q.After:
		return false
	case len(q.States) > 0:
		return slices.Contains(q.States, r.State)
	}
	return q.Known || q.Newest || r.State != ledger.StateNone
}

// exceptions are few, and are sorted by what they hold: they are read at once.
func (s *Store) exceptions(ctx context.Context, key ledger.Scope, q ledger.Query) iter.Seq2[ledger.Record, error] {
	return func(yield func(ledger.Record, error) bool) {
		var all []ledger.Record
		err := s.view(ctx, "list records", func(tx *bolt.Tx) (err error) {
			all, err = readExceptions(tx, key, q)
			return err
		})
		for n, r := range all {
			if err == nil {
				err = context.Cause(ctx)
			}
			if err != nil || !yield(r, nil) || n+1 == q.Limit {
				break
			}
		}
		if err != nil {
			yield(ledger.Record{}, err)
		}
	}
}

func readExceptions(tx *bolt.Tx, key ledger.Scope, q ledger.Query) ([]ledger.Record, error) {
	sc, err := findScope(tx, key)
	if err != nil || sc == nil {
		return nil, err
	}
	r, err := asked(tx, q.RunID)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, o := range sc.Open {
		ids = append(ids, o.ID)
	}
	err = sc.exceptions.ForEach(func(key, _ []byte) error {
		ids = append(ids, recordID(key))
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(ids)
	var all []ledger.Record
	for _, id := range slices.Compact(ids) {
		record, ok, err := sc.record(id, r)
		if err != nil {
			return nil, err
		}
		if ok && selects(q, record) {
			all = append(all, record)
		}
	}
	slices.SortStableFunc(all, func(a, b ledger.Record) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.ID, b.ID)) })
	return all, nil
}

func (s *Store) known(ctx context.Context, key ledger.Scope, q ledger.Query) iter.Seq2[ledger.Record, error] {
	l := list[ledger.Record]{store: s, doing: "list records", limit: q.Limit}
	if q.After != "" {
		l.after = recordKey(q.After)
	}
	l.bucket = func(tx *bolt.Tx) (*bolt.Bucket, error) {
		return path(tx, "scopes", key.Account, string(key.Kind), "records"), nil
	}
	l.read = func(tx *bolt.Tx, k, _ []byte) (ledger.Record, bool, error) { return selected(tx, key, q, recordID(k)) }
	return l.seq(ctx)
}

// selected is a record as a list yields it, where the query selects it.
func selected(tx *bolt.Tx, key ledger.Scope, q ledger.Query, id string) (ledger.Record, bool, error) {
	sc, err := findScope(tx, key)
	if err != nil || sc == nil {
		return ledger.Record{}, false, err
	}
	r, err := asked(tx, q.RunID)
	if err != nil {
		return ledger.Record{}, false, err
	}
	record, ok, err := sc.record(id, r)
	return record, ok && selects(q, record), err
}

func (s *Store) newest(ctx context.Context, key ledger.Scope, q ledger.Query) iter.Seq2[ledger.Record, error] {
	return func(yield func(ledger.Record, error) bool) {
		came := make(map[string]bool)
		l := list[ledger.Record]{store: s, doing: "list records", limit: q.Limit, backward: true}
		l.bucket = func(tx *bolt.Tx) (*bolt.Bucket, error) {
			return path(tx, "scopes", key.Account, string(key.Kind), "confirmed"), nil
		}
		l.read = func(tx *bolt.Tx, _, value []byte) (r ledger.Record, ok bool, err error) {
			c, err := decode[confirmed](value)
			if err != nil || came[c.ID] {
				return r, false, err
			}
			if ok, err = c.stands(tx); err != nil || !ok {
				return r, false, err
			}
			came[c.ID] = true
			r, ok, err = selected(tx, key, q, c.ID)
			r.Since = c.At
			return r, ok, err
		}
		l.seq(ctx)(yield)
	}
}

// Runs implements [ledger.StateStore].
func (s *Store) Runs(ctx context.Context, q ledger.RunQuery) iter.Seq2[ledger.RunState, error] {
	return list[ledger.RunState]{
		store: s, doing: "list runs", backward: true, limit: q.Limit,
		bucket: func(tx *bolt.Tx) (*bolt.Bucket, error) { return path(tx, "order"), nil },
		read: func(tx *bolt.Tx, _, id []byte) (ledger.RunState, bool, error) {
			r, err := findRun(tx, string(id))
			if err != nil {
				return ledger.RunState{}, false, err
			}
			st, err := r.seen(tx, s.moment())
			selected := (q.Link == "" || q.Link == st.Link) && (q.Kind == "" || q.Kind == st.Kind) && (!q.Unended || !st.Status.Ended())
			return st, selected, err
		},
	}.seq(ctx)
}

// Outcomes implements [ledger.StateStore].
func (s *Store) Outcomes(ctx context.Context, runID string, from int) iter.Seq2[ledger.Outcome, error] {
	return func(yield func(ledger.Outcome, error) bool) {
		var number uint64 // another run may have its id when the next chunk is read
		l := list[ledger.Outcome]{store: s, doing: "list outcomes of run " + runID}
		if from > 0 {
			l.after = numberKey(uint64(from)) // numbers are counted from 1
		}
		l.bucket = func(tx *bolt.Tx) (*bolt.Bucket, error) {
			r, err := findRun(tx, runID)
			switch {
			case err != nil:
				return nil, err
			case number != 0 && number != r.Number:
				return nil, fmt.Errorf("run %s: %w", runID, ledger.ErrNotFound)
			}
			number = r.Number
			return r.outcomes, nil
		}
		l.read = func(_ *bolt.Tx, _, value []byte) (ledger.Outcome, bool, error) {
			o, err := decode[ledger.Outcome](value)
			return o, true, err
		}
		l.seq(ctx)(yield)
	}
}
