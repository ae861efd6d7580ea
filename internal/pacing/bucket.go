package pacing

import (
	"math"
	"time"

	"golang.org/x/time/rate"
)

// bucket is a token bucket, of which one request at a time takes: so a request
// that waits can be overtaken, or cut to a slower pace.
type bucket struct{ limiter *rate.Limiter }

// newBucket is full. An infinite pace is no limit.
func newBucket(pace float64, burst int) bucket {
	return bucket{rate.NewLimiter(limitOf(pace), burst)}
}

func limitOf(pace float64) rate.Limit {
	if math.IsInf(pace, 1) {
		return rate.Inf
	}
	return rate.Limit(pace)
}

// rate is in tokens a second; infinite: no limit.
func (b *bucket) rate() float64 {
	if l := b.limiter.Limit(); l != rate.Inf {
		return float64(l)
	}
	return math.Inf(1)
}

// take takes a token, or tells for how long there will be none.
func (b *bucket) take(now time.Time) time.Duration {
	r := b.limiter.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

func (b *bucket) set(now time.Time, pace float64) { b.limiter.SetLimitAt(now, limitOf(pace)) }

func (b *bucket) setBurst(now time.Time, burst int) { b.limiter.SetBurstAt(now, burst) }

// drain takes what is there, also a part of a token, and lets no more than one
// gather.
func (b *bucket) drain(now time.Time) {
	b.limiter = rate.NewLimiter(b.limiter.Limit(), 1)
	b.limiter.AllowN(now, 1)
}
