package securitytrax

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxHint bounds a Retry-After: more than a day is taken for a day.
const maxHint = 24 * time.Hour

// retryAfter reads Retry-After, in seconds or as a date. Zero, a moment in the
// past and garbage are no hint.
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0, false
	}
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		if seconds <= 0 {
			return 0, false
		}
		return time.Duration(min(seconds, int64(maxHint/time.Second))) * time.Second, true
	}
	at, err := http.ParseTime(text)
	if err != nil || !at.After(now) {
		return 0, false
	}
	return min(at.Sub(now), maxHint), true
}

// backoff is a full-jitter wait before repetition n, counted from 0: anything
// between nothing and a bound that doubles.
func (c Config) backoff(n int) time.Duration {
	bound := c.MaxBackoff
	if n < 30 && c.MinBackoff < c.MaxBackoff>>n {
		bound = c.MinBackoff << n
	}
	return rand.N(bound + 1) //nolint:gosec // a wait needs no secrecy
}
