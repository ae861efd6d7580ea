package model_test

import (
	"encoding/hex"
	"math/rand/v2"
	"slices"
)

// tape holds the decisions of a schedule. At its end, and wherever it holds a
// zero, the dullest thing happens: so a shorter tape with more zeros is a
// simpler schedule.
type tape struct {
	bytes []byte
	at    int
}

func (t *tape) next() byte {
	if t.done() {
		return 0
	}
	t.at++
	return t.bytes[t.at-1]
}

func (t *tape) done() bool { return t.at >= len(t.bytes) }

// pick answers a number from 0 to n-1.
func (t *tape) pick(n int) int { return int(t.next()) % n }

func (t *tape) String() string { return hex.EncodeToString(t.bytes) }

const tapeLength = 600

// randomTape is the tape of a seed: a third of its bytes are dull ones, so that
// runs get somewhere between mishaps.
func randomTape(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 0))
	b := make([]byte, 60+r.IntN(tapeLength))
	for i := range b {
		b[i] = byte(r.IntN(256))
		if r.IntN(3) == 0 {
			b[i] = 0
		}
	}
	return b
}

// shrink looks for a simpler tape that fails too, with at most budget tries.
func shrink(bytes []byte, budget int, fails func([]byte) bool) []byte {
	try := func(b []byte) bool {
		budget--
		if budget < 0 || !fails(b) {
			return false
		}
		bytes = b
		return true
	}
	for again := true; again && budget > 0; {
		again = false
		for size := len(bytes) / 2; size > 0; size /= 2 {
			for at := len(bytes) - size; at >= 0 && budget > 0; at -= size {
				if at+size <= len(bytes) && try(slices.Delete(slices.Clone(bytes), at, at+size)) {
					again = true
				}
			}
		}
		for i := range bytes {
			if bytes[i] == 0 || budget <= 0 {
				continue
			}
			b := slices.Clone(bytes)
			b[i] = 0
			again = try(b) || again
		}
	}
	return bytes
}
