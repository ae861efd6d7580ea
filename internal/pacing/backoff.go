package pacing

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxHint bounds a Retry-After: more than a day is taken for a day.
const maxHint = 24 * time.Hour

// RetryAfter reads the header of that name: seconds, or a date, which is taken
// relative to the reply's own Date, so that a wrong clock here does no harm, or
// to now. 0, the past and what cannot be read are no hint: 0.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0
	}
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Duration(min(max(seconds, 0), int64(maxHint/time.Second))) * time.Second
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return min(max(until.Sub(now), 0), maxHint)
}

// Backoff is a full-jitter wait before repetition n, counted from 0: anything
// between nothing and a bound that doubles from least to most.
func Backoff(n int, least, most time.Duration) time.Duration {
	bound := most
	if n < 30 && least < most>>n {
		bound = least << n
	}
	return rand.N(bound + 1) //nolint:gosec // a wait needs no secrecy
}
