package engine

import (
	"context"
	"errors"

	"github.com/securitytrax/adcimport/ledger"
)

// A look-up for many that failed doubtfully is split until the records that break
// it are alone.

// splitting is one such look-up.
type splitting[S, R any] struct {
	*job[S, R]
	proved bool // the sink can be asked: a witness worked, or some of the records
	bad    []*item[S, R]
}

// singles is how many of the records themselves are asked for alone, where there
// is no witness, before the sink is taken for one that cannot be asked.
const singles = 3

// all asks for the items, and fails those that cannot be asked for. failed is what
// the look-up for all of them failed with.
func (s *splitting[S, R]) all(ctx context.Context, items []*item[S, R], failed error) error {
	for i := 0; !s.proved && i < singles && len(items) > 1; i++ {
		at := i * (len(items) - 1) / (singles - 1) // the first one, the one in the middle, the last one
		if _, err := s.ask(ctx, items[at:at+1]); err != nil {
			return err
		}
	}
	if !s.proved && len(items) > 1 {
		return failed // it never worked: it is not these records
	}
	if err := s.halves(ctx, items); err != nil {
		return err
	}
	for _, it := range s.bad {
		it.asked, it.fault = true, &Fault{Reason: ledger.ReasonSinkFailed}
		if s.flow.FindBy != "" {
			it.fault.Fields = []ledger.FieldError{{Field: s.flow.FindBy, Rule: "cannot be looked up in the destination"}}
		}
		if s.proved {
			it.blame = s.blame(false)
		}
	}
	return nil
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
	err = s.askOnce(ctx, items)
	if err != nil && !s.mayBeOfOne(ctx, err) {
		return false, err
	}
	s.proved = s.proved || err == nil
	return err == nil, nil
}

// mayBeOfOne reports whether a look-up may have failed for some of its records
// alone.
func (j *job[S, R]) mayBeOfOne(ctx context.Context, err error) bool {
	return j.cfg.Doubtful(err) && !errors.Is(err, errOutOfTime) && ctx.Err() == nil
}

// witnessFind reports whether the sink can be asked for another record.
func (j *job[S, R]) witnessFind(ctx context.Context, failed []*item[S, R]) (testimony, error) {
	return j.witness(ctx, failed, func(id string) (doubt, err error) {
		err = j.askOnce(ctx, []*item[S, R]{{id: id}})
		if err == nil || j.mayBeOfOne(ctx, err) {
			return err, nil
		}
		return nil, err
	})
}
