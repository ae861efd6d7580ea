package pacing

import "time"

// outage is a row of failures without a reply between them.
type outage struct {
	since  time.Time // the first failure; zero: the service answers
	last   time.Time
	opened time.Time // when it became longer than Config.MaxPause
}

// idle is how long after a failure the next request must be asked for at the
// latest to belong to the same outage: a time in which nobody asked is none.
const idle = time.Minute

// DownError says that the service is to be left alone for longer than
// Config.MaxPause. Nothing was sent.
type DownError struct{ Until time.Time }

func (e *DownError) Error() string {
	return "the service is to be left alone until " + e.Until.UTC().Format(time.RFC3339)
}

// failed notes a request without an answer, and when its turn was asked for.
func (p *Pacer) failed(asked time.Time) {
	o, now := &p.away, time.Now()
	if o.since.IsZero() || asked.Sub(o.last) > idle {
		o.since = now
	}
	o.last = now
	if _, over := p.over(); over {
		o.opened = now
	}
}

// answered notes a reply that was one: the service is there. What it said while it
// served nobody for long tells nothing about its limit.
func (p *Pacer) answered(sent time.Time) {
	now := time.Now()
	if !p.away.since.IsZero() && p.away.last.Sub(p.away.since) > idle {
		p.limit = limit{}
	}
	p.last = now
	p.served.add(now)
	if !sent.After(p.cut) {
		p.limit.late()
	}
	p.away.since, p.away.opened = time.Time{}, time.Time{}
}

// over reports whether the service asks for, or has taken, more than
// Config.MaxPause, and when to come back.
func (p *Pacer) over() (time.Time, bool) {
	if p.cfg.MaxPause < 0 {
		return time.Time{}, false
	}
	gone := !p.away.since.IsZero() && p.away.last.Sub(p.away.since) >= p.cfg.MaxPause
	if gone || time.Until(p.until) > p.cfg.MaxPause {
		return p.retryAt(), true
	}
	return time.Time{}, false
}

// retryAt is when the service is to be asked again: when it said, else after as
// long as it was waited for.
func (p *Pacer) retryAt() time.Time {
	now := time.Now()
	if p.until.After(now) {
		return p.until
	}
	return now.Add(p.cfg.MaxPause)
}

// Over reports whether the service has stayed away, or asks to be left alone,
// for longer than Config.MaxPause, and when to come back.
func (p *Pacer) Over() (until time.Time, over bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.over()
}

// Patient reports whether the service is away, but not yet [Pacer.Over], and has
// answered nobody since some time: what failed since then is one of many, and
// worth repeating however often it was repeated.
func (p *Pacer) Patient(since time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, over := p.over()
	return p.cfg.MaxPause >= 0 && !p.away.since.IsZero() && !over && !p.last.After(since)
}

// Failing is for how long the service has failed, and served nobody in between.
func (p *Pacer) Failing() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.away.since.IsZero() {
		return 0
	}
	return p.away.last.Sub(p.away.since)
}

// RetryAt is when to ask a service again that failed for good: when it said,
// else after Config.MaxPause.
func (p *Pacer) RetryAt() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.retryAt()
}
