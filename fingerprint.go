package adcimport

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"maps"
	"slices"
)

// keyBytes is the length of fingerprints and idempotency keys before they are
// written as hexadecimal digits.
const keyBytes = 16

// recordHasher hashes mapped records under the host's key, so that the state
// holds nothing that could be guessed. It belongs to one goroutine.
type recordHasher struct {
	mac hash.Hash
	buf []byte
}

func newRecordHasher(key []byte) *recordHasher {
	return &recordHasher{mac: hmac.New(sha256.New, key)}
}

// add appends fields, each with its length, so that no two records look alike.
func (f *recordHasher) add(fields ...string) {
	for _, s := range fields {
		f.buf = binary.AppendUvarint(f.buf, uint64(len(s)))
		f.buf = append(f.buf, s...)
	}
}

func (f *recordHasher) addMap(m map[string]string) {
	if len(m) == 0 { // as most are
		return
	}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		f.add(k, m[k])
	}
}

// sum ends a record.
func (f *recordHasher) sum() string {
	f.mac.Reset()
	_, _ = f.mac.Write(f.buf) // a hash never fails
	f.buf = f.mac.Sum(f.buf[:0])
	s := hexKey(f.buf)
	f.buf = f.buf[:0]
	return s
}

// hexKey writes the beginning of a hash.
func hexKey(sum []byte) string {
	var digits [2 * keyBytes]byte
	hex.Encode(digits[:], sum[:keyBytes])
	return string(digits[:])
}

// idempotencyKey is of link, kind and id only: the same on every attempt.
func idempotencyKey(link string, k Kind, id string) string {
	h := sha256.Sum256([]byte("adcimport\x00" + link + "\x00" + string(k) + "\x00" + id))
	return hexKey(h[:])
}
