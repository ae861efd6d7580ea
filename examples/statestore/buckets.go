package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/securitytrax/adcimport/ledger"
)

// The file, as nested buckets:
//
//	meta    version
//	links   <link>  order  <number> -> run id
//	                <kind> lease, known, open, parked   (the last three by record id)
//	runs    <run>   state, outcomes (by number), index (record id -> number)

// lease is what (link, kind) is protected by.
type lease struct {
	RunID, Owner    string
	Epoch           int64
	Heartbeat, Ends time.Time
	Released        bool
}

// intent is an open intent and the epoch it belongs to.
type intent struct {
	Fingerprint string
	Since       time.Time
	Epoch       int64
}

// runState is a run. What belongs to others is kept as bytes: JSON would change
// a cursor that is not text.
type runState struct {
	Number                  uint64 // its place among the runs of its link
	Summary                 ledger.Summary
	Filter, Options, Cursor []byte
	Listed                  bool
	Notified                []string
}

// recordKey is never empty, which bbolt would refuse: a record without an id has
// an outcome, too.
func recordKey(id string) []byte { return []byte("=" + id) }

func recordID(key []byte) string { return string(key[1:]) }

// numberKey sorts as it counts.
func numberKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// path finds a bucket, or nil.
func path(tx *bolt.Tx, names ...string) *bolt.Bucket {
	b := tx.Bucket([]byte(names[0]))
	for _, name := range names[1:] {
		if b == nil {
			return nil
		}
		b = b.Bucket([]byte(name))
	}
	return b
}

// makePath finds a bucket, and makes what is missing of its path.
func makePath(tx *bolt.Tx, names ...string) (*bolt.Bucket, error) {
	b := tx.Bucket([]byte(names[0]))
	for _, name := range names[1:] {
		var err error
		if b, err = b.CreateBucketIfNotExists([]byte(name)); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// get reads a value. One that cannot be read is an error, never "none".
func get[T any](b *bolt.Bucket, key []byte) (v T, ok bool, err error) {
	data := b.Get(key)
	if data == nil {
		return v, false, nil
	}
	v, err = decode[T](data)
	return v, true, err
}

func decode[T any](data []byte) (v T, err error) {
	if err := json.Unmarshal(data, &v); err != nil {
		return v, &ledger.StateError{What: fmt.Sprintf("a value of type %T cannot be read", v), Err: err}
	}
	return v, nil
}

func put(b *bolt.Bucket, key []byte, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return b.Put(key, data)
}

// scope is the state of one link and kind. An id in open and in parked is a
// parked record that is being retried.
type scope struct{ self, known, open, parked *bolt.Bucket }

func scopeOf(self *bolt.Bucket) scope {
	return scope{
		self: self, known: self.Bucket([]byte("known")),
		open: self.Bucket([]byte("open")), parked: self.Bucket([]byte("parked")),
	}
}

func makeScope(tx *bolt.Tx, link string, k ledger.Kind) (scope, error) {
	for _, name := range []string{"known", "open", "parked"} {
		if _, err := makePath(tx, "links", link, string(k), name); err != nil {
			return scope{}, err
		}
	}
	return scopeOf(path(tx, "links", link, string(k))), nil
}

func (sc scope) lease() (lease, error) {
	l, _, err := get[lease](sc.self, []byte("lease"))
	return l, err
}

func (sc scope) setLease(l lease) error { return put(sc.self, []byte("lease"), l) }
