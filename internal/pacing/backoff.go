package pacing

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxHint bounds a Retry-After: more than a day is taken for a day.
const maxHint = 24 * time.Hour

// RetryAfter reads the header of that name: seconds, also with a fraction, or a
// date, which is taken relative to the reply's own Date, so that a wrong clock here
// does no harm, or to now. 0, the past and what cannot be read are no hint: 0.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if d, ok := seconds(text); ok {
		return d
	}
	until, ok := date(text)
	if !ok {
		return 0
	}
	if sent, ok := date(h.Get("Date")); ok {
		now = sent
	}
	return min(max(until.Sub(now), 0), maxHint)
}

// seconds reads a number of seconds, however large: with digits and at most one
// point, as in 120, 1.5 and 120.0.
func seconds(text string) (time.Duration, bool) {
	digits := strings.TrimPrefix(strings.TrimPrefix(text, "-"), "+")
	if strings.Trim(digits, "0123456789.") != "" {
		return 0, false // what ParseFloat reads as well: 0x10, 1e9, Inf
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, false
	}
	return time.Duration(min(max(n, 0), maxHint.Seconds()) * float64(time.Second)), true
}

// date reads a date of HTTP, and those that servers write in its place: in UTC or
// with an offset, without the day of the week, or as in RFC 3339. A zone of letters
// that is none of UTC's could mean any: it is not read.
func date(text string) (time.Time, bool) {
	text = strings.TrimSpace(text)
	for _, utc := range []string{" UTC", " UT", " Z", " utc", " gmt"} {
		if rest, ok := strings.CutSuffix(text, utc); ok {
			text = rest + " GMT"
		}
	}
	if t, err := http.ParseTime(text); err == nil {
		return t, true
	}
	for _, layout := range []string{
		"Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 GMT", "2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 GMT", time.RFC3339,
	} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
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
