package service

import (
	"errors"
	"time"

	"github.com/securitytrax/adcimport/internal/pacing"
)

// Patience decides whether a request that failed is sent again. It belongs to one
// request with all its attempts; make it with [NewPatience].
type Patience struct {
	pace       *pacing.Pacer
	maxRetries int
	failed     time.Time // when the last attempt did; at first, when the request was begun
	blamed     int       // attempts that failed while the service served others
}

// NewPatience begins with a request. maxRetries is 0 or more.
func NewPatience(pace *pacing.Pacer, maxRetries int) Patience {
	return Patience{pace: pace, maxRetries: maxRetries, failed: time.Now()}
}

// More reports whether there is another attempt after one that just failed. What
// happens while the service serves nobody is not the request's fault, and does
// not count as a retry.
func (p *Patience) More() bool {
	if _, over := p.pace.Over(); over {
		return false
	}
	away := p.Away()
	if p.failed = time.Now(); !away {
		p.blamed++
	}
	return p.blamed <= p.maxRetries && p.maxRetries > 0
}

// Away reports whether the service served nobody since the last attempt failed.
func (p *Patience) Away() bool { return p.pace.Patient(p.failed) }

// Pause reports whether a request failed because the pace says that the service
// stays away, or asks to be left alone, for longer than a call may wait, and until
// when. Busy says that the service was busy or away, rather than that it refused
// what was asked.
func (p *Patience) Pause(err error, busy bool) (until time.Time, paused bool) {
	if down, ok := errors.AsType[*pacing.DownError](err); ok {
		return down.Until, true
	}
	if !busy {
		return time.Time{}, false
	}
	return p.pace.Over()
}
