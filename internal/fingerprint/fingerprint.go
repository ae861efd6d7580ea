// Package fingerprint makes the keyed hashes of records that state keeps, and
// the idempotency keys of creates. Both are stored: their values must never
// change.
package fingerprint

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"maps"
	"slices"
	"strconv"
)

// size is the length of fingerprints and idempotency keys in bytes; they are
// written in hexadecimal.
const size = 16

// Hasher hashes mapped records under the host's key, so that the state holds
// nothing that could be guessed. One goroutine at a time may use it.
type Hasher struct {
	mac hash.Hash
	buf []byte
}

// NewHasher returns a Hasher under a key.
func NewHasher(key []byte) *Hasher {
	return &Hasher{mac: hmac.New(sha256.New, key)}
}

// Add appends fields of a record, each with its length, so that no two records
// look alike. Their order is part of the hash.
func (h *Hasher) Add(fields ...string) {
	for _, s := range fields {
		h.buf = binary.AppendUvarint(h.buf, uint64(len(s)))
		h.buf = append(h.buf, s...)
	}
}

// AddMap appends the entries of a map by their names.
func (h *Hasher) AddMap(m map[string]string) {
	if len(m) == 0 { // as most are
		return
	}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		h.Add(k, m[k])
	}
}

// Sum returns the hash of what was added since the last Sum.
func (h *Hasher) Sum() string {
	h.mac.Reset()
	_, _ = h.mac.Write(h.buf) // a hash never fails
	h.buf = h.mac.Sum(h.buf[:0])
	s := hexadecimal(h.buf)
	h.buf = h.buf[:0]
	return s
}

// IdempotencyKey returns the key of a create. It depends on account, kind and id,
// and on how often the record was forgotten, and so is the same on every attempt
// to create what was not forgotten.
func IdempotencyKey(account, kind, id string, generation int) string {
	text := "adcimport\x00" + account + "\x00" + kind + "\x00" + id
	if generation > 0 {
		text += "\x00" + strconv.Itoa(generation)
	}
	h := sha256.Sum256([]byte(text))
	return hexadecimal(h[:])
}

// hexadecimal writes the beginning of a hash.
func hexadecimal(sum []byte) string {
	var digits [2 * size]byte
	hex.Encode(digits[:], sum[:size])
	return string(digits[:])
}
