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
	"strconv"
)

// size is the length of fingerprints and idempotency keys in bytes; they are
// written in hexadecimal.
const size = 16

// Hasher hashes mapped records under the host's key, so that the state holds
// nothing that could be guessed. One goroutine at a time may use it.
type Hasher struct {
	mac  hash.Hash
	buf  []byte // what was added
	text []byte // what was made of it last
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

// Sum returns the hash of what was added since the last Sum or Print.
func (h *Hasher) Sum() string { return string(h.sum()) }

// Print is the text of a [Print] of what was added since the last one, with fields
// that had a value and custom ones.
func (h *Hasher) Print(filled uint16, custom []string) string {
	text := appendGroup(h.sum(), filled)
	for _, group := range custom {
		text = append(text, group...)
	}
	h.text = text
	return string(text)
}

// sum is valid until the next call.
func (h *Hasher) sum() []byte {
	h.mac.Reset()
	_, _ = h.mac.Write(h.buf) // a hash never fails
	h.buf = h.mac.Sum(h.buf[:0])
	h.text = hex.AppendEncode(h.text[:0], h.buf[:size])
	h.buf = h.buf[:0]
	return h.text
}

// IdempotencyKey returns the key of a create. It depends on account, kind and id,
// and on how often the record was forgotten, and so is the same on every attempt
// to create what was not forgotten.
func IdempotencyKey(account, kind, id string, generation int) string {
	var room [128]byte
	text := append(room[:0], "adcimport"...)
	for _, part := range [...]string{account, kind, id} {
		text = append(append(text, 0), part...)
	}
	if generation > 0 {
		text = strconv.AppendInt(append(text, 0), int64(generation), 10)
	}
	h := sha256.Sum256(text)
	return hex.EncodeToString(h[:size])
}
