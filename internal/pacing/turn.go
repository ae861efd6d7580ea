package pacing

import (
	"net/http"
	"time"
)

// Turn is one request in flight. It belongs to one goroutine.
type Turn struct {
	pacer *Pacer
	asked time.Time
	sent  time.Time
	state turnState
	over  bool
}

type turnState int

const (
	silent  turnState = iota // no reply so far
	replied                  // one that counts as an answer when it is complete
	settled                  // one that counts, however its body ends
	neutral                  // one that tells nothing about the service
	broken                   // none, or one that pushes back
)

// Overloaded reports whether a status says that the service is busy or away.
func Overloaded(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
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
		if hint := RetryAfter(h, now); hint > 0 && now.Add(hint).After(p.until) {
			p.until = now.Add(hint)
		}
		p.slowDown(t.sent)
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
	p.slowDown(t.sent)
	p.failed(t.asked)
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
		p.slowDown(t.sent)
	}
	p.failed(t.asked)
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
		t.pacer.answered()
		t.pacer.mu.Unlock()
	}
	t.pacer.leave()
}
