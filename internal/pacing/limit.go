package pacing

import (
	"net/http"
	"time"
)

// limit is what is known of the service's own limit. A request that comes too
// fast tells where it is. The pace is cut to what the service has just shown to
// take, comes back to the limit, slower the nearer it is, stays there for some
// time, and only then tries whether there is more, faster the longer that goes
// well. So it settles at a limit that is steady, and finds one that is lifted.
type limit struct {
	pace   float64       // taken for the limit; 0: nothing is known
	cut    float64       // the pace after the last request that came too fast
	came   float64       // how far the pace has come from there: 1 is at the limit
	pause  time.Duration // that the service asked for then
	served int           // replies until then
	room   int           // requests that the service takes at once, at most, after a pause; 0: not known
	fresh  bool          // room was found by that request
}

const (
	nearTo    = 0.95            // of the pace at which requests came too fast: where it comes back to
	keepPart  = 0.95            // of what the service has shown to take
	leastCut  = 0.9             // of the pace, at most, is left after a cut
	leastGap  = 1.06            // from the pace after a cut to the limit
	deepCut   = 0.3             // of the pace is left, at least, where the next try costs a pause as well
	longPause = 2 * time.Second // and that is one

	leastStep = 0.03     // requests a second: what is tried beyond the limit, so that a low one is left behind soon when it is lifted
	leastRate = 1.0 / 15 // requests a second: the pace is not cut below, so that a call of half a minute sends something
	mostRoom  = 10       // a service that takes more at once is taken for one that takes so many
)

// tooFast reports whether a status says that requests come too fast, rather than
// that the service is away.
func tooFast(status int) bool { return status == http.StatusTooManyRequests }

// Pushes reports whether a reply says that requests come too fast, or when to come
// back: an answer, rather than a failure.
func Pushes(status int, h http.Header) bool {
	return tooFast(status) || Overloaded(status) && RetryAfter(h, time.Now()) > 0
}

// learn cuts the pace after a request that came too fast, once for all that was
// under way together.
func (p *Pacer) learn(sent, now time.Time, pause time.Duration) {
	if !sent.After(p.cut) {
		return
	}
	pace := min(p.tokens.rate(), p.most())
	deep := pace * cutTo
	if pause > longPause {
		deep = pace * deepCut
	}
	p.limit.measure(p.served.all, p.cut.IsZero())
	takes, shown := p.takes(sent, now)
	near := pace * nearTo
	if takes > deep {
		near = min(near, takes*(1+(2+float64(p.limit.room)/2)/float64(shown)))
	}
	least := max(p.served.rate(now)*leastCut, p.least())
	cut := max(min(pace*leastCut, max(deep, takes*keepPart)), min(pace, least))
	p.limit = limit{pace: max(near, cut*leastGap), cut: cut, pause: pause, served: p.served.all, room: p.limit.room, fresh: p.limit.fresh}
	p.cutDown(now, cut)
}

// measure notes how many requests were served until one came too fast. As long as
// the service was left alone before, that is no less than it takes at once.
func (l *limit) measure(served int, first bool) {
	n := min(max(served-l.served, 1), mostRoom)
	if l.fresh = (first || l.pause > 0) && (l.room == 0 || n < l.room); l.fresh {
		l.room = n
	}
}

// late notes that one more was served than was known when the pace was cut.
func (l *limit) late() {
	if !l.known() {
		return
	}
	l.served++
	if l.fresh {
		l.room = min(l.room+1, mostRoom)
	}
}

// takes is the pace that the service has shown to take, without what it takes at
// once, and how many replies show it. After a request that came too fast, and no
// pause, nothing is left that it would take at once.
func (p *Pacer) takes(sent, now time.Time) (pace float64, shown int) {
	pace, shown = p.served.sustained(now, p.limit.room)
	if !p.limit.known() {
		return pace, shown
	}
	n := p.served.all - p.limit.served
	if p.limit.pause > 0 {
		n -= p.limit.room
	}
	since := sent.Sub(p.cut.Add(p.limit.pause)).Seconds()
	if n > 0 && since > 0 && float64(n)/since > pace {
		return float64(n) / since, n
	}
	return pace, shown
}

func (l *limit) known() bool { return l.pace > 0 }

// again lets the pace come back to the limit from another one below.
func (l *limit) again(pace float64) {
	if l.known() {
		l.cut, l.came = min(pace, l.pace/leastGap), 0
	}
}

// comeBack is the pace after some more time at one.
func (l *limit) comeBack(pace float64, since time.Duration) float64 {
	// The way to the limit is short. What is tried beyond costs a request, or the
	// pause that it is answered with: a small part of the time until the next try.
	whole := max(15, min(10/pace, 60), 4*l.pause.Seconds())
	gap := l.pace - l.cut
	if l.came >= 1 {
		whole = max(15, min(20/pace, 60), 20*l.pause.Seconds())
		gap = max(gap, leastStep)
	}
	l.came += since.Seconds() / whole
	past := l.came - 1
	return l.pace + gap*past*past*past
}
