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
	ended      bool      // there is no other attempt
	tried      int       // attempts that failed
	blamed     int       // of them, while the service served others
	pushed     int       // attempts that came too fast
	since      time.Time // when the first of them did
	served     int       // replies that the service had given then
	last       int       // and when the last of them did
}

// NewPatience begins with a request. maxRetries is 0 or more.
func NewPatience(pace *pacing.Pacer, maxRetries int) Patience {
	return Patience{pace: pace, maxRetries: maxRetries, failed: time.Now()}
}

// More reports whether there is another attempt after one that just failed. What
// happens while the service serves nobody is not the request's fault, and does
// not count as a retry.
func (p *Patience) More() bool { return p.decide(p.more) }

// decide asks no more once there is no other attempt: an attempt may be judged
// twice, by its head and by its body.
func (p *Patience) decide(more func() bool) bool {
	p.ended = p.ended || p.maxRetries <= 0 || !more()
	return !p.ended
}

func (p *Patience) more() bool {
	if _, over := p.pace.Over(); over {
		return false
	}
	away := p.pace.Patient(p.failed)
	p.tried++
	if p.failed = time.Now(); !away {
		p.blamed++
	}
	return p.blamed <= p.maxRetries
}

// What a request is pushed back for, though others are served, until that is its
// own matter. Far fewer are by a limit that is steady, however low.
const (
	patientPushes = 8
	patientOthers = 3
	patientTime   = 5 * time.Minute // or Config.MaxPause
)

// MorePushed is [Patience.More] after an attempt that came too fast. That is an
// answer, and counts as no retry as long as the service serves others.
func (p *Patience) MorePushed() bool { return p.decide(p.morePushed) }

func (p *Patience) morePushed() bool {
	served := p.pace.Served()
	others := served > p.last
	p.last = served
	if p.pushed++; p.pushed == 1 {
		p.since, p.served, others = time.Now(), served, false // nothing is known of the others yet
	}
	if !others {
		return p.more()
	}
	p.tried++
	p.failed = time.Now()
	most := p.pace.MaxPause()
	if most < 0 {
		most = patientTime
	}
	own := p.pushed >= patientPushes && served-p.served >= patientOthers && time.Since(p.since) >= most
	_, over := p.pace.Over()
	return !own && !over
}

// freePushes are those that are repeated as soon as the pace allows.
const freePushes = 3

// Backoff is how many waits of its own a request has had before the next attempt,
// and whether it has another one now: one that came too fast has none at first, as
// the pace makes it wait.
func (p *Patience) Backoff(attempt int, pushed bool) (n int, waits bool) {
	if !pushed {
		return attempt, true
	}
	return p.pushed - freePushes - 1, p.pushed > freePushes
}

// AwayTime is how long a service that serves nobody must have done so to be taken
// for one that is away, by who has no time left: one with a low limit serves
// somebody within it.
const AwayTime = 20 * time.Second

// Away reports whether there is no point in asking again soon: the request failed,
// and the service has served nobody for some time. That a request's own time is
// over says nothing about the service.
func (p *Patience) Away() bool {
	return p.tried > 0 && p.pace.Patient(p.failed) && p.pace.Failing() >= AwayTime
}

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
