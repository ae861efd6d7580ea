package pacing

import (
	"time"

	"golang.org/x/time/rate"
)

// How the pace follows the service: it is multiplied down, and added up again.
const (
	cutTo     = 0.5              // of the pace, when the service pushes back or is slow
	leastPart = 1.0 / 16         // of Config.Rate: the pace is never cut below
	recovery  = 64 * time.Second // from a standstill to Config.Rate, if all goes well
)

// Pace is the number of requests a second for now; 0 or less: no limit.
func (p *Pacer) Pace() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pace
}

// adapt follows a reply that does not push back: a late one slows down.
func (p *Pacer) adapt(sent, now time.Time) {
	if p.cfg.SlowAfter > 0 && now.Sub(sent) > p.cfg.SlowAfter {
		p.slowDown(sent)
	} else {
		p.speedUp()
	}
}

// slowDown cuts the pace, once for all that was under way together: what was
// sent before the last cut says nothing about the pace since. The bucket holds
// one token then, so that no burst follows.
func (p *Pacer) slowDown(sent time.Time) {
	if p.cfg.Rate <= 0 || !sent.After(p.cut) {
		return
	}
	p.cut = time.Now()
	p.set(max(p.pace*cutTo, p.cfg.Rate*leastPart))
	p.tokens.SetBurst(1)
}

// speedUp adds to the pace for a reply that came in time: in proportion to the
// time since the last change, but for no longer than replies are apart.
func (p *Pacer) speedUp() {
	if p.cfg.Rate <= 0 || p.pace >= p.cfg.Rate {
		return
	}
	apart := max(time.Second, time.Duration(2/p.pace*float64(time.Second)))
	since := min(time.Since(p.changed), apart)
	p.set(min(p.cfg.Rate, p.pace+p.cfg.Rate*since.Seconds()/recovery.Seconds()))
	if p.pace >= p.cfg.Rate {
		p.tokens.SetBurst(p.cfg.Burst)
	}
}

func (p *Pacer) set(pace float64) {
	p.pace, p.changed = pace, time.Now()
	p.tokens.SetLimit(rate.Limit(pace))
}
