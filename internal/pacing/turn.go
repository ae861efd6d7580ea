package pacing

import (
	"net/http"
	"time"
)

// Turn is one request in flight. It belongs to one goroutine.
type Turn struct {
	pacer *Pacer
	place *place
	asked time.Time
	sent  time.Time
	state turnState
	over  bool
	extra bool // it has no slot
}

type turnState int

const (
	silent  turnState = iota // no reply so far
	replied                  // one that counts as an answer when it is complete
	settled                  // one that counts, however its body ends
	neutral                  // one that tells nothing about the service
	broken                   // none, or one that pushes back
)

// Overloaded reports whether a status says that the service is busy or away: also
// those of their own that proxies and networks in front of it use, such as
// Cloudflare's 520 to 530. 500 may be of one request, and some say that a request is
// never served.
func Overloaded(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	case http.StatusInternalServerError, http.StatusNotImplemented, http.StatusHTTPVersionNotSupported,
		http.StatusVariantAlsoNegotiates, http.StatusLoopDetected, http.StatusNotExtended, http.StatusNetworkAuthenticationRequired:
		return false
	}
	return status > http.StatusInternalServerError
}

// Reply notes the head of a reply: one that pushes back slows down and, with
// Retry-After, pauses everyone; a late one slows down. An error, up to status
// 500, shows that the service is there, however its body ends.
func (t *Turn) Reply(status int, h http.Header) {
	p := t.pacer
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	switch {
	case Overloaded(status):
		t.state = broken
		hint := RetryAfter(h, now)
		if hint > 0 && now.Add(hint).After(p.until) {
			p.until = now.Add(hint)
		}
		if tooFast(status) {
			t.pushed(now, hint)
		} else {
			p.slowDown(t.sent, now)
		}
		p.failed(t.asked)
	case status > http.StatusInternalServerError:
		t.state = neutral
	case status == http.StatusInternalServerError:
		t.state = settled
	default:
		t.state = replied
		if status >= http.StatusBadRequest {
			t.state = settled
		}
		p.adapt(t.sent, now)
	}
}

// PushedBack notes a reply that means overload without saying so by its status,
// before [Turn.Done].
func (t *Turn) PushedBack() {
	p := t.pacer
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.state == broken {
		return
	}
	t.state = broken
	t.pushed(time.Now(), 0)
	p.failed(t.asked)
}

// ownMatter is how often a request is pushed back, while others are served, until
// that is taken for its own matter, which says nothing about the pace.
const ownMatter = 4

// pushed notes that a request came too fast.
func (t *Turn) pushed(now time.Time, pause time.Duration) {
	p, place := t.pacer, t.place
	alone := place.pushed >= ownMatter && p.served.all > place.served
	place.pushed++
	place.served = p.served.all
	if !alone {
		p.learn(t.sent, now, pause)
	}
}

// Failed notes that there was no complete reply; slow: within the time that
// there was for it. The rest of an error counts for nothing.
func (t *Turn) Failed(slow bool) {
	p := t.pacer
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.state >= settled {
		return
	}
	t.state = broken
	if slow {
		p.slowDown(t.sent, time.Now())
	}
	p.failed(t.asked)
}

// Cut notes that the time for a reply, which its caller cut short, was over before
// one came: that says nothing about the service, but that it was slow.
func (t *Turn) Cut() {
	p := t.pacer
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.state == replied {
		t.state = neutral
	}
	if now := time.Now(); p.cfg.SlowAfter > 0 && now.Sub(t.sent) > p.cfg.SlowAfter {
		p.slowDown(t.sent, now)
	}
}

// Done ends the turn: the reply was read, or is not wanted. Only the first call
// counts.
func (t *Turn) Done() {
	if t.over {
		return
	}
	t.over = true
	if t.state == replied || t.state == settled {
		t.pacer.mu.Lock()
		t.pacer.answered(t.sent)
		t.pacer.mu.Unlock()
	}
	if !t.extra {
		t.pacer.leave()
	}
}
