package engine

import (
	"context"

	"github.com/securitytrax/adcimport/ledger"
)

// A limit is of new records. What only the details exclude is none, and is given back
// when its batch is completed, which is after the listing has gone on. So a listing that
// has reached the limit waits for the batches before it, and goes on with what these
// gave back.

// limit is what Limit still allows; the listing's, but for given.
type limit struct {
	allowed int      // new records
	batches int      // that were sent, and have not given back
	given   chan int // by completed batches
}

func newLimit(batches int) limit { return limit{given: make(chan int, batches)} }

func (r *reader[S, R]) limited() bool { return r.plan.Options.Limit > 0 && r.limit.allowed <= 0 }

// stops reports whether the listing is over because of the limit.
func (r *reader[S, R]) stops(ctx context.Context) bool {
	if r.plan.Options.Limit <= 0 {
		return false
	}
	r.limit.batches++
	for {
		if r.limited() && r.limit.batches > 0 {
			select {
			case n := <-r.limit.given:
				r.limit.take(n)
			case <-ctx.Done():
				return true
			}
			continue
		}
		select {
		case n := <-r.limit.given:
			r.limit.take(n)
		default:
			return r.limited()
		}
	}
}

func (l *limit) take(n int) {
	l.allowed += n
	l.batches--
}

// giveBack gives back what the details of a batch excluded; told is how many the listing
// had excluded already.
func (r *reader[S, R]) giveBack(b *batch[S, R], told int) {
	if r.plan.Options.Limit > 0 {
		r.limit.given <- excluded(b.items) - told
	}
}

// excluded counts the excluded records that were not known.
func excluded[S, R any](items []item[S, R]) int {
	n := 0
	for i := range items {
		if it := &items[i]; it.stage == decided && it.out.Reason == ledger.ReasonExcluded && !it.updates {
			n++
		}
	}
	return n
}
