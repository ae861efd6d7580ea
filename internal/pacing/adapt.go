package pacing

import (
	"math"
	"time"
)

// How the pace follows a service that is slow or away: a late reply, or a
// failure, cuts it in half, and it is added up again.
const (
	cutTo     = 0.5              // of the pace
	leastPart = 1.0 / 16         // of Config.Rate: the pace is not cut below
	manyRate  = 1000.0           // requests a second: where the host sets no limit, more than that is none
	fewRate   = 0.8              // and that is kept to at least
	recovery  = 64 * time.Second // from a standstill to Config.Rate, if all goes well
)

// Pace is the number of requests a second for now; infinite: no limit.
func (p *Pacer) Pace() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tokens.rate()
}

// adapt follows a reply that does not push back: a late one slows down.
func (p *Pacer) adapt(sent, now time.Time) {
	if p.cfg.SlowAfter > 0 && now.Sub(sent) > p.cfg.SlowAfter {
		p.slowDown(sent, now)
	} else {
		p.speedUp(now)
	}
}

// slowDown cuts the pace, once for all that was under way together: what was
// sent before the last cut says nothing about the pace since.
func (p *Pacer) slowDown(sent, now time.Time) {
	if p.cfg.Rate <= 0 || !sent.After(p.cut) {
		return
	}
	pace := p.tokens.rate()
	p.cutDown(now, max(pace*cutTo, min(pace, p.cfg.Rate*leastPart)))
	p.limit.again(p.tokens.rate())
}

// cutDown lets no burst follow.
func (p *Pacer) cutDown(now time.Time, pace float64) {
	p.cut = now
	p.set(now, pace)
	p.tokens.drain(now)
}

// speedUp raises the pace for a reply that came in time: in proportion to the
// time since the last change, but for no longer than replies are apart.
func (p *Pacer) speedUp(now time.Time) {
	pace, most := p.tokens.rate(), p.most()
	if pace >= most {
		return
	}
	apart := max(time.Second, time.Duration(2/pace*float64(time.Second)))
	since := min(now.Sub(p.changed), apart)
	if p.limit.known() {
		pace = max(pace, p.limit.comeBack(pace, since))
	} else {
		pace += most * since.Seconds() / recovery.Seconds()
	}
	p.set(now, min(pace, most))
	if pace < most {
		return
	}
	p.limit = limit{}
	p.tokens.setBurst(now, p.cfg.Burst)
	if p.cfg.Rate <= 0 {
		p.set(now, math.Inf(1))
	}
}

// most is the pace at which nothing is left to be added.
func (p *Pacer) most() float64 {
	if p.cfg.Rate <= 0 {
		return manyRate
	}
	return p.cfg.Rate
}

// least is the pace below which requests that come too fast do not cut it.
func (p *Pacer) least() float64 {
	if p.cfg.Rate <= 0 {
		return fewRate
	}
	return min(leastRate, p.cfg.Rate*leastPart)
}

func (p *Pacer) set(now time.Time, pace float64) {
	p.changed = now
	p.tokens.set(now, pace)
}
