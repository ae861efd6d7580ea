package pacing

import "time"

// outage is a row of failures without a reply between them.
type outage struct {
	since time.Time // the first failure; zero: the service answers
	last  time.Time
}

// idle is how long after a failure the next request must be asked for at the
// latest to belong to the same outage: a time in which nobody asked is none.
const idle = time.Minute

// DownError says that the service asks to be left alone for longer than
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
	p.away.since = time.Time{}
}

// Over reports whether the service asks to be left alone for longer than
// Config.MaxPause, and until when.
func (p *Pacer) Over() (until time.Time, over bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.until, p.cfg.MaxPause >= 0 && time.Until(p.until) > p.cfg.MaxPause
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
