package engine

import (
	"context"
	"sync"
	"time"

	"github.com/securitytrax/adcimport/internal/lease"
	"github.com/securitytrax/adcimport/ledger"
)

// An operation that is out of order is waited for: within the run, for longer each
// time, up to Config.MaxPause; then the run pauses, for as long as it has waited so
// far, and tries again. Config.MaxOutage bounds all of that, by the store's clock,
// over pauses and hosts: the run's Failure has since when (ledger.Failure.Since). An
// outage ends when the operation works, or when a record is brought in.

// The waits for an operation that is out of order.
const (
	firstWait    = time.Second
	longestWait  = time.Minute
	longestPause = time.Hour // or Config.MaxPause, where that is longer
)

// operation is what can be out of order by itself.
type operation int

// The operations.
const (
	preparing operation = iota // checking ends and options at the start
	listing
	readingByID
	detailing
	finding
	referring
	reading
	weighing
	creating
	linking
	updating
	operations // how many there are
)

// outage is an operation that seems to be out of order.
type outage struct {
	op    operation
	began time.Time // when this stretch waited for it first; zero: not yet
	since time.Time // when the run did, by the store's clock
	tries int
	lost  int // calls of these that left a record in doubt
	err   error
}

// patience is what a run waits with. Its reader and its writer share it.
type patience struct {
	cfg     *Config
	hooks   *Hooks
	granted time.Time       // when the lease was, by the store's clock
	started time.Time       // and by this process's
	stored  *ledger.Failure // what the run waited for when this stretch began; nil: nothing

	mu      sync.Mutex
	worked  map[operation]bool            // in this stretch
	waiting map[operation]*ledger.Failure // what is waited for now
	moved   bool                          // a record was brought in, in this stretch
	resting int                           // how many let time pass now
}

func newPatience(cfg *Config, plan *Plan, granted, started time.Time, stored *ledger.Failure) *patience {
	if stored != nil && stored.Since.IsZero() {
		stored = nil
	}
	return &patience{
		cfg: cfg, hooks: &plan.Hooks, granted: granted, started: started, stored: stored,
		worked: make(map[operation]bool), waiting: make(map[operation]*ledger.Failure),
	}
}

// storeTime is an instant of this process by the store's clock.
func (p *patience) storeTime(t time.Time) time.Time { return p.granted.Add(t.Sub(p.started)) }

// since is how long ago something was, by the store's clock.
func (p *patience) since(t time.Time) time.Duration { return p.storeTime(time.Now()).Sub(t) }

// works notes that an operation is in order.
func (p *patience) works(op operation) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.worked[op] = true
	delete(p.waiting, op)
}

// moves notes that a record was brought in: what the run waited for before this
// stretch is over.
func (p *patience) moves() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.moved = true
}

// goesOn is since when the run has been waiting for what failed now: since before
// this stretch, where nothing has worked meanwhile.
func (p *patience) goesOn(f *ledger.Failure, now time.Time, worked bool) time.Time {
	if p.stored != nil && f != nil && p.stored.End == f.End && !worked && !p.moved && p.stored.Since.Before(now) {
		return p.stored.Since
	}
	return now
}

// begin is the first time that this stretch waits for an operation.
func (p *patience) begin(o *outage, err error) {
	if o.err = err; !o.began.IsZero() {
		return
	}
	o.began = time.Now()
	f := p.cfg.Failure(err)
	p.mu.Lock()
	defer p.mu.Unlock()
	o.since = p.goesOn(f, p.storeTime(o.began), p.worked[o.op])
	if f != nil {
		f.Since = o.since
		p.waiting[o.op] = f
	}
}

// wait waits for an operation, for longer each time, and for as long as its service
// asked. When it waited for long enough, it returns the error that pauses the run, or
// ends it.
func (p *patience) wait(ctx context.Context, o *outage, err error) error {
	if !p.cfg.MayPass(err) {
		return err
	}
	p.begin(o, err)
	hint := p.cfg.RetryAfter(err)
	left, all := p.cfg.MaxPause-time.Since(o.began), p.cfg.MaxOutage-p.since(o.since)
	switch {
	case all <= 0:
		return p.cfg.TooLong(o.since, err)
	case left <= 0, hint > left:
		return p.pause(o, err)
	}
	d := min(max(firstWait<<min(o.tries, 10), hint), max(longestWait, hint), left, all)
	o.tries++
	return p.rest(ctx, d, p.cause(o.op))
}

// cause is why an operation is waited for; nil: nothing is known.
func (p *patience) cause(op operation) *ledger.Failure {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.waiting[op]
	if f == nil {
		return nil
	}
	own := *f
	return &own
}

// pause makes the error that pauses the run: for as long as it has waited so far,
// and at least as long as the service asked.
func (p *patience) pause(o *outage, err error) error {
	waited := p.since(o.since)
	d := min(max(p.cfg.MaxPause, min(waited, longestPause)), p.cfg.MaxOutage-waited)
	return p.cfg.Pause(time.Now().Add(max(d, p.cfg.RetryAfter(err), 0)), err)
}

// rest lets time pass, and tells that it does, and why; nil: for records in doubt.
func (p *patience) rest(ctx context.Context, d time.Duration, why *ledger.Failure) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	if err := p.hooks.Waiting(context.WithoutCancel(ctx), d, why); err != nil {
		return err
	}
	p.rests(1)
	defer p.rests(-1)
	return lease.Sleep(ctx, d)
}

func (p *patience) rests(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.resting += n
}

// endures is since when a run has been waiting that ends its stretch, and waits.
func (p *patience) endures(f *ledger.Failure) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range p.waiting {
		if f != nil && w.End == f.End && w.Operation == f.Operation {
			return w.Since
		}
	}
	return p.goesOn(f, p.storeTime(time.Now()), false)
}

// ongoing is what a run waits for that is cut off; nil: nothing.
func (p *patience) ongoing() *ledger.Failure {
	p.mu.Lock()
	defer p.mu.Unlock()
	oldest := p.oldest()
	if oldest == nil && !p.moved {
		return p.stored
	}
	return oldest
}

// oldest is what is waited for since the longest time; nil: nothing.
func (p *patience) oldest() (oldest *ledger.Failure) {
	for _, f := range p.waiting {
		if oldest == nil || f.Since.Before(oldest.Since) {
			oldest = f
		}
	}
	return oldest
}
