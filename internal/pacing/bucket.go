package pacing

import (
	"math"
	"time"
)

// bucket is a token bucket, of which one request at a time takes.
type bucket struct {
	rate  float64 // tokens a second; infinite: no limit
	burst float64
	have  float64
	at    time.Time
}

// almost is how much of a token is one: a wait in whole nanoseconds misses it by a little.
const almost = 1 - 1e-6

func (b *bucket) fill(now time.Time) {
	if math.IsInf(b.rate, 1) {
		b.have, b.at = b.burst, now
		return
	}
	b.have = min(b.burst, b.have+b.rate*now.Sub(b.at).Seconds())
	b.at = now
}

// take takes a token, or tells for how long there will be none.
func (b *bucket) take(now time.Time) time.Duration {
	b.fill(now)
	if b.have >= almost {
		b.have = max(b.have-1, 0)
		return 0
	}
	return max(time.Nanosecond, time.Duration((1-b.have)/b.rate*float64(time.Second)))
}

func (b *bucket) set(now time.Time, rate float64) {
	b.fill(now)
	b.rate = rate
}

// drain takes what is there, and lets no more than one gather.
func (b *bucket) drain(now time.Time) { b.have, b.at, b.burst = 0, now, 1 }
