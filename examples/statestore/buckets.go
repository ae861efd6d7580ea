package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/securitytrax/adcimport/ledger"
)

// The file, as nested buckets:
//
//	meta    version
//	scopes  <account> <kind>  state
//	                          records     by record id
//	                          exceptions  ids of those that are in a state
//	                          confirmed   by number: who confirmed which record
//	runs    <run>  state, outcomes (by number), index (record id -> number), forgotten (by record id)
//	order   <number> -> run id

// recordKey is never empty, which bbolt would refuse.
func recordKey(id string) []byte { return []byte("=" + id) }

func recordID(key []byte) string { return string(key[1:]) }

// numberKey sorts as it counts.
func numberKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// path finds a bucket, or nil.
func path(tx *bolt.Tx, names ...string) *bolt.Bucket {
	b := tx.Bucket([]byte(names[0]))
	for _, name := range names[1:] {
		if b == nil || name == "" {
			return nil
		}
		b = b.Bucket([]byte(name))
	}
	return b
}

// makePath makes what is missing of a bucket's path.
func makePath(tx *bolt.Tx, names ...string) error {
	b := tx.Bucket([]byte(names[0]))
	for _, name := range names[1:] {
		var err error
		if b, err = b.CreateBucketIfNotExists([]byte(name)); err != nil {
			return err
		}
	}
	return nil
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
