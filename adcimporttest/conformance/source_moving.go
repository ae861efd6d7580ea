package conformance

import (
	"context"
	"slices"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/ability"
)

// What an account of a source under test may be able to do; see [SourceCase].
type (
	// CustomerRemover takes a customer out of the account, as when somebody deletes it.
	CustomerRemover interface {
		RemoveCustomer(ctx context.Context, id string) error
	}
	// UserRemover takes a user out of the account.
	UserRemover interface {
		RemoveUser(ctx context.Context, id string) error
	}
)

// remover is the same for either kind; nil: nothing can be removed.
type remover func(ctx context.Context, id string) error

func movingRules() []rule[SourceCase] {
	const explain = "who is deleted between two pages costs nobody else: a cursor is a place in an order, and no number of items"
	return []rule[SourceCase]{
		{"customers_moving", explain, func(t *trial, c SourceCase) {
			var remove remover
			if r, ok := ability.Find[CustomerRemover](c.Account); ok {
				remove = r.RemoveCustomer
			}
			sourceMoving(t, customerSide(c), remove)
		}},
		{"users_moving", explain, func(t *trial, c SourceCase) {
			var remove remover
			if r, ok := ability.Find[UserRemover](c.Account); ok {
				remove = r.RemoveUser
			}
			sourceMoving(t, userSide(c), remove)
		}},
	}
}

// sourceMoving removes the first record of the first page while the listing goes on,
// and then the last one, at which the next page's cursor may point.
func sourceMoving[T any](t *trial, s *sourceSide[T], remove remover) {
	if remove == nil {
		t.leaveOut("nobody can be taken out of the case's Account")
		return
	}
	if !s.supported(t) {
		return
	}
	pages := s.whole(t, sideFilter{}, "")
	if len(pages) < 2 || len(pages[0].Items) < 2 {
		t.leaveOut("the listing of " + s.what + " has one page")
		return
	}
	first, rest := s.ids(pages[:1]), s.ids(pages[1:])
	slices.Sort(rest)
	rest = slices.Compact(slices.DeleteFunc(rest, func(id string) bool { return slices.Contains(first, id) }))
	now := 0
	moved, err := readPages(func(yield func(adcimport.Page[T], error) bool) {
		s.list(t.ctx, sideFilter{}, "")(func(p adcimport.Page[T], err error) bool {
			if now++; now == 1 {
				t.noError("remove "+first[0], remove(t.ctx, first[0]))
			}
			return yield(p, err)
		})
	})
	t.noError("list "+s.what+", one of whom is deleted meanwhile", err)
	t.nobodyLost("deleted while the listing went on: "+first[0], s.ids(moved), rest)
	last := first[len(first)-1]
	resumed := s.ids(s.whole(t, sideFilter{}, pages[0].Next)) // the rule on resumption says what is wrong with it
	rest = slices.DeleteFunc(rest, func(id string) bool { return !slices.Contains(resumed, id) })
	t.noError("remove "+last, remove(t.ctx, last))
	moved = s.whole(t, sideFilter{}, pages[0].Next)
	t.nobodyLost("deleted before a resumption: "+last, s.ids(moved), rest)
}

// nobodyLost wants all of these ids, whatever else there is.
func (t *trial) nobodyLost(when string, got, want []string) {
	missing := slices.DeleteFunc(slices.Clone(want), func(id string) bool { return slices.Contains(got, id) })
	if len(missing) > 0 {
		t.failf("%s, and missing %s", when, few(missing))
	}
}
