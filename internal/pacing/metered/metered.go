// Package metered is a service's limit on requests, for tests.
package metered

import (
	"net/http"
	"sync"
	"time"
)

// Transport serves requests by Base as long as its token bucket has tokens, and
// says 429 to the others, which take none. It is safe for concurrent use, but for
// its fields.
type Transport struct {
	Base   http.RoundTripper
	Rate   float64                  // tokens a second
	Burst  int                      // tokens at most, and at first
	Window time.Duration            // there are Burst tokens in each, instead of Rate; 0: none
	Hint   func() string            // Retry-After of a 429; nil or "": none
	Only   func(*http.Request) bool // the requests that are limited; nil: all

	mu             sync.Mutex
	have           float64
	at             time.Time
	served, pushed int
}

// almost is how much of a token is one: clocks count in nanoseconds.
const almost = 1 - 1e-6

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if t.Only != nil && !t.Only(r) || t.take() {
		return t.Base.RoundTrip(r)
	}
	if r.Body != nil {
		_ = r.Body.Close()
	}
	h := http.Header{}
	if t.Hint != nil {
		h.Set("Retry-After", t.Hint())
	}
	return &http.Response{
		Status: "429 Too Many Requests", StatusCode: http.StatusTooManyRequests, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: http.NoBody, Request: r,
	}, nil
}

func (t *Transport) take() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	switch {
	case t.at.IsZero(), t.Window > 0 && !now.Truncate(t.Window).Equal(t.at.Truncate(t.Window)):
		t.have = float64(t.Burst)
	case t.Window == 0:
		t.have = min(float64(t.Burst), t.have+t.Rate*now.Sub(t.at).Seconds())
	}
	if t.at = now; t.have < almost {
		t.pushed++
		return false
	}
	t.have = max(t.have-1, 0)
	t.served++
	return true
}

// Set changes the limit.
func (t *Transport) Set(rate float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.Rate = rate
}

// Counts returns how many limited requests were served, and how many were not.
func (t *Transport) Counts() (served, pushed int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.served, t.pushed
}

// Within is how much longer than its limit allows all that was served took: 1 is
// as long as that.
func (t *Transport) Within(took time.Duration) float64 {
	served, _ := t.Counts()
	rate := t.Rate
	if t.Window > 0 {
		rate = float64(t.Burst) / t.Window.Seconds()
	}
	return took.Seconds() * rate / float64(served)
}
