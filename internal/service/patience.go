package service

import (
	"time"

	"github.com/securitytrax/adcimport/internal/pacing"
)

// A call is repeated within seconds, and then says what it saw: whose failure that
// is, and how long it is waited for, is the importer's.
const (
	// PatientTime is how long a request that fails is repeated, from its first
	// failure on. An attempt that takes longer is the last one.
	PatientTime = 15 * time.Second
	// LongestPause is how long a request waits when the service asks for it.
	LongestPause = time.Minute
)

// Patience decides whether a request that failed is sent again. It belongs to one
// request with all its attempts; make it with [NewPatience].
type Patience struct {
	pace       *pacing.Pacer
	maxRetries int
	ended      bool      // there is no other attempt
	tried      int       // attempts that failed
	failed     time.Time // when the first of them did
	pushed     int       // attempts that came too fast
	since      time.Time // when the first of them did
	alone      time.Time // and since when nobody else was served
	served     int       // replies that the service had given at the first
	last       int       // and when the last of them did
}

// NewPatience begins with a request. maxRetries is 0 or more.
func NewPatience(pace *pacing.Pacer, maxRetries int) Patience {
	return Patience{pace: pace, maxRetries: maxRetries}
}

// More reports whether there is another attempt after one that just failed.
func (p *Patience) More() bool { return p.decide(p.more) }

// decide asks no more once there is no other attempt: an attempt may be judged
// twice, by its head and by its body.
func (p *Patience) decide(more func() bool) bool {
	p.ended = p.ended || p.maxRetries <= 0 || !more()
	return !p.ended
}

func (p *Patience) more() bool {
	if p.tried++; p.tried == 1 {
		p.failed = time.Now()
	}
	_, over := p.pace.Over()
	return !over && p.tried <= p.maxRetries && time.Since(p.failed) < PatientTime
}

// How long a request is made again that comes too fast: while nobody else is served
// either, and, where others are, until that is taken for its own matter, as far fewer
// are by a limit that is steady, however low. A service that allows one request in
// fifty seconds still serves somebody within it.
const (
	pushedTime    = time.Minute
	patientPushes = 8
	patientOthers = 3
)

// MorePushed is [Patience.More] after an attempt that came too fast. That is an
// answer: it is waited for as the pace says, and counts as no retry.
func (p *Patience) MorePushed() bool { return p.decide(p.morePushed) }

func (p *Patience) morePushed() bool {
	now, served := time.Now(), p.pace.Served()
	if p.pushed++; p.pushed == 1 {
		p.since, p.alone, p.served, p.last = now, now, served, served
	}
	if served > p.last {
		p.last, p.alone = served, now
	}
	own := p.pushed >= patientPushes && served-p.served >= patientOthers && now.Sub(p.since) >= pushedTime
	_, over := p.pace.Over()
	return !own && !over && now.Sub(p.alone) < pushedTime
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
