package engine

import (
	"context"
	"errors"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// A look-up for many that failed doubtfully is split until the records that break
// it are alone. Where it works for nobody, it is out of order, and waited for.

// splitting is one such look-up.
type splitting[S, R any] struct {
	*job[S, R]

	op      operation
	once    func(ctx context.Context, items []*item[S, R]) error
	witness func(ctx context.Context, failed []*item[S, R]) (testimony, error)
	fail    func(it *item[S, R], reason ledger.Reason) // decides what cannot be looked up

	proved bool // it can be asked: a witness worked, or some of the records
	bad    []*item[S, R]
}

// singles is how many of the records themselves are asked for alone, where there
// is no witness, before the look-up is taken for out of order.
const singles = 3

// enoughServed is how many others must have been served while one record was told to
// come back later, for that to be its own failure.
const enoughServed = 3

// errOfAll says that a look-up worked for nobody.
var errOfAll = errors.New("it worked for nobody")

// look asks for the items, and fails those that cannot be asked for.
func (s *splitting[S, R]) look(ctx context.Context, items []*item[S, R]) error {
	o := outage{op: s.op}
	for served := 0; ; {
		err := s.once(ctx, items)
		if len(items) == 1 {
			items[0].trouble = err
		}
		if err == nil || !s.mayBeOfOne(ctx, err) {
			return err
		}
		said, werr := s.witness(ctx, items)
		if werr != nil {
			return werr
		}
		if said.works {
			served++
		}
		s.proved = said.works
		if waits := s.last && said.works && s.cfg.Busy(err) && !s.heldOff(&o, served, err); !waits && (said.works || said.none) {
			if err := s.all(ctx, items); !errors.Is(err, errOfAll) {
				return err
			}
		}
		if err := s.waitFor(ctx, &o, said, err); err != nil {
			return err
		}
	}
}

// heldOff reports whether what was told to come back later, again and again, is to
// blame itself: others were served meanwhile, for long enough, or it is to come back
// when this run is over.
func (p *patience) heldOff(o *outage, served int, err error) bool {
	waited := time.Duration(0)
	if !o.began.IsZero() {
		waited = time.Since(o.began)
	}
	return served >= enoughServed && waited >= p.cfg.MaxPause || served > 0 && p.cfg.RetryAfter(err) > p.cfg.MaxPause-waited
}

// all asks for parts of the items, and fails those that cannot be asked for.
func (s *splitting[S, R]) all(ctx context.Context, items []*item[S, R]) error {
	for i := 0; !s.proved && i < singles && len(items) > 1; i++ {
		at := i * (len(items) - 1) / (singles - 1) // the first one, the one in the middle, the last one
		if _, err := s.ask(ctx, items[at:at+1]); err != nil {
			return err
		}
	}
	s.bad = nil
	if len(items) == 1 {
		if worked, err := s.ask(ctx, items); worked || err != nil {
			return err
		}
	}
	if !s.proved && (len(items) > 1 && !s.last || s.last && !s.gaveUp) {
		return errOfAll // nothing says that it is these records
	}
	if err := s.halves(ctx, items); err != nil {
		return err
	}
	if s.proved && len(s.bad) > 0 && !s.stillWorks(ctx, items) {
		return errOfAll // it went out of order meanwhile
	}
	for _, it := range s.bad {
		s.failOne(it, s.cfg.Busy(it.trouble))
		it.trouble = nil
	}
	return nil
}

// stillWorks asks a witness once more, where there is one: what failed must have failed
// between two that worked.
func (s *splitting[S, R]) stillWorks(ctx context.Context, items []*item[S, R]) bool {
	said, err := s.witness(ctx, items)
	return err == nil && (said.works || said.none)
}

// failOne fails what cannot be asked for alone. What was told to come back later
// does, after all others, and so does what nobody else can speak for so far.
func (s *splitting[S, R]) failOne(it *item[S, R], busy bool) {
	reason := ledger.ReasonSinkFailed
	switch {
	case (busy || !s.proved) && !s.last && !it.inDoubt:
		s.postpone(it)
		return
	case busy:
		reason = ledger.ReasonBusy
	case s.proved:
		it.blame = s.blame(false)
	}
	it.unproved = busy || !s.proved
	s.fail(it, reason)
}

// halves asks for both halves of items that cannot be asked for together.
func (s *splitting[S, R]) halves(ctx context.Context, items []*item[S, R]) error {
	if len(items) == 1 {
		s.bad = append(s.bad, items[0])
		return nil
	}
	for _, half := range [][]*item[S, R]{items[:len(items)/2], items[len(items)/2:]} {
		worked, err := s.ask(ctx, half)
		if err == nil && !worked {
			err = s.halves(ctx, half)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ask is one look-up; its error concerns all records.
func (s *splitting[S, R]) ask(ctx context.Context, items []*item[S, R]) (worked bool, err error) {
	err = s.once(ctx, items)
	if err != nil && !s.mayBeOfOne(ctx, err) {
		return false, err
	}
	if len(items) == 1 {
		items[0].trouble = err
	}
	s.proved = s.proved || err == nil
	return err == nil, nil
}

// mayBeOfOne reports whether a look-up may have failed for some of its records
// alone.
func (j *job[S, R]) mayBeOfOne(ctx context.Context, err error) bool {
	return j.cfg.Doubtful(err) && !errors.Is(err, errOutOfTime) && ctx.Err() == nil
}
