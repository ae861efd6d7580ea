package conformance_test

import (
	"context"
	"iter"
	"slices"
	"sync/atomic"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/adcimporttest/conformance"
)

// anyFilter is a filter of either kind.
type anyFilter struct {
	ids, subs, roles []string
	include          adcimport.Include // of customers
}

func (f anyFilter) none() bool { return len(f.ids)+len(f.subs)+len(f.roles) == 0 }

// lister lists one kind of records.
type lister[T any] func(ctx context.Context, f anyFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[T], error]

// brokenSource is a fake source with one method or another replaced.
type brokenSource struct {
	*adcimporttest.Source

	customers lister[adcimport.Customer]
	users     lister[adcimport.User]
	detail    func(context.Context, string) (adcimport.Customer, error)
	subs      func(context.Context) ([]adcimport.Choice, error)
	roles     func(context.Context) ([]adcimport.Choice, error)
	check     func(context.Context) error
	filter    func(anyFilter) error
}

func newBrokenSource(s *adcimporttest.Source) *brokenSource {
	return &brokenSource{
		Source: s,
		customers: func(ctx context.Context, f anyFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
			return s.Customers(ctx, adcimport.CustomerFilter{CustomerIDs: f.ids, SubDealerIDs: f.subs, Include: f.include}, from)
		},
		users: func(ctx context.Context, f anyFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.User], error] {
			return s.Users(ctx, adcimport.UserFilter{SupportIDs: f.ids, RoleIDs: f.roles, SubDealerIDs: f.subs}, from)
		},
		detail: s.CustomerDetail, subs: s.SubDealers, roles: s.Roles, check: s.Check, filter: func(anyFilter) error { return nil },
	}
}

func (b *brokenSource) Customers(
	ctx context.Context, f adcimport.CustomerFilter, from adcimport.Cursor,
) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return b.customers(ctx, anyFilter{ids: f.CustomerIDs, subs: f.SubDealerIDs, include: f.Include}, from)
}

func (b *brokenSource) Users(
	ctx context.Context, f adcimport.UserFilter, from adcimport.Cursor,
) iter.Seq2[adcimport.Page[adcimport.User], error] {
	return b.users(ctx, anyFilter{ids: f.SupportIDs, subs: f.SubDealerIDs, roles: f.RoleIDs}, from)
}

func (b *brokenSource) CustomerDetail(ctx context.Context, id string) (adcimport.Customer, error) {
	return b.detail(ctx, id)
}

func (b *brokenSource) CheckCustomerFilter(f adcimport.CustomerFilter) error {
	return b.filter(anyFilter{ids: f.CustomerIDs, subs: f.SubDealerIDs})
}

func (b *brokenSource) CheckUserFilter(f adcimport.UserFilter) error {
	return b.filter(anyFilter{ids: f.SupportIDs, subs: f.SubDealerIDs, roles: f.RoleIDs})
}

func (b *brokenSource) SubDealers(ctx context.Context) ([]adcimport.Choice, error) {
	return b.subs(ctx)
}

func (b *brokenSource) Roles(ctx context.Context) ([]adcimport.Choice, error) { return b.roles(ctx) }

func (b *brokenSource) Check(ctx context.Context) error { return b.check(ctx) }

// pages changes pages on their way.
func pages[T any](seq iter.Seq2[adcimport.Page[T], error], change func(n int, p *adcimport.Page[T])) iter.Seq2[adcimport.Page[T], error] {
	return func(yield func(adcimport.Page[T], error) bool) {
		n := 0
		for p, err := range seq {
			if n++; err == nil {
				change(n, &p)
			}
			if !yield(p, err) {
				return
			}
		}
	}
}

// without drops records for which drop says so, from Total too.
func without[T any](seq iter.Seq2[adcimport.Page[T], error], drop func(T) bool) iter.Seq2[adcimport.Page[T], error] {
	return pages(seq, func(_ int, p *adcimport.Page[T]) {
		p.Items = slices.DeleteFunc(p.Items, drop)
		p.Total = 0
	})
}

// listingMistakes break one rule on listings each, of either kind: id is of a
// record, spoil makes it another one, last and unknown are the id of a record with a
// sub-dealer and one that nobody has.
func listingMistakes[T any](id func(T) string, spoil func(*T), last, unknown string) map[string]func(lister[T]) lister[T] {
	isLast := func(v T) bool { return id(v) == last }
	m := map[string]func(lister[T]) lister[T]{}
	type seq = iter.Seq2[adcimport.Page[T], error]
	// on adds a mistake that concerns what a listing yields, for some filters.
	on := func(name string, change func(ctx context.Context, f anyFilter, from adcimport.Cursor, s seq) seq) {
		m[name] = func(l lister[T]) lister[T] {
			return func(ctx context.Context, f anyFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[T], error] {
				return change(ctx, f, from, l(ctx, f, from))
			}
		}
	}
	on("all", func(_ context.Context, f anyFilter, _ adcimport.Cursor, s seq) seq {
		return without(s, func(v T) bool { return f.none() && isLast(v) })
	})
	on("whole", func(_ context.Context, _ anyFilter, _ adcimport.Cursor, s seq) seq {
		return pages(s, func(_ int, p *adcimport.Page[T]) {
			for i := range p.Items {
				spoil(&p.Items[i])
			}
		})
	})
	on("last_page", func(_ context.Context, _ anyFilter, _ adcimport.Cursor, s seq) seq {
		return pages(s, func(_ int, p *adcimport.Page[T]) {
			if p.Next == "" {
				p.Next = "more"
			}
		})
	})
	on("cursors", func(_ context.Context, f anyFilter, _ adcimport.Cursor, s seq) seq {
		return func(yield func(adcimport.Page[T], error) bool) {
			n := 0
			for p, err := range s {
				if !yield(p, err) {
					return
				}
				if n++; f.none() && n == 1 && p.Next != "" && !yield(adcimport.Page[T]{Next: p.Next, Partial: p.Partial}, nil) {
					return // the cursor stood still once
				}
			}
		}
	})
	on("again", func(_ context.Context, f anyFilter, _ adcimport.Cursor, s seq) seq {
		if f.none() {
			return once(s)
		}
		return s
	})
	on("resume", func(_ context.Context, f anyFilter, from adcimport.Cursor, s seq) seq {
		return pages(s, func(n int, p *adcimport.Page[T]) {
			if from != "" && f.none() && n == 1 && len(p.Items) > 0 {
				p.Items = p.Items[1:]
			}
		})
	})
	on("break", func(_ context.Context, _ anyFilter, _ adcimport.Cursor, s seq) seq {
		return func(yield func(adcimport.Page[T], error) bool) {
			for p, err := range s {
				if !yield(p, err) {
					yield(p, err)
					return
				}
			}
		}
	})
	on("cancel_anywhere", func(ctx context.Context, _ anyFilter, _ adcimport.Cursor, s seq) seq {
		return func(yield func(adcimport.Page[T], error) bool) {
			n := 0
			for p, err := range s {
				if n++; n > 2 && err != nil && context.Cause(ctx) != nil || !yield(p, err) {
					return
				}
			}
		}
	})
	on("total", func(_ context.Context, _ anyFilter, _ adcimport.Cursor, s seq) seq {
		return pages(s, func(_ int, p *adcimport.Page[T]) { p.Total = len(p.Items) })
	})
	on("filter", func(_ context.Context, f anyFilter, _ adcimport.Cursor, s seq) seq {
		return without(s, func(v T) bool { return len(f.ids) == 0 && !f.none() && isLast(v) })
	})
	on("named", func(_ context.Context, f anyFilter, _ adcimport.Cursor, s seq) seq {
		return without(s, func(v T) bool { return len(f.ids) > 0 && isLast(v) })
	})
	on("unknown", func(_ context.Context, f anyFilter, _ adcimport.Cursor, s seq) seq {
		if !slices.Contains(f.ids, unknown) {
			return s
		}
		return func(yield func(adcimport.Page[T], error) bool) { yield(adcimport.Page[T]{}, adcimport.ErrNotFound) }
	})
	on("filter_resume", func(_ context.Context, f anyFilter, from adcimport.Cursor, s seq) seq {
		return pages(s, func(n int, p *adcimport.Page[T]) {
			if from != "" && !f.none() && n == 1 && len(p.Items) > 0 {
				p.Items = p.Items[1:]
			}
		})
	})
	callMistakes(m)
	return m
}

// callMistakes concern how a listing is called.
func callMistakes[T any](m map[string]func(lister[T]) lister[T]) {
	m["cancel"] = func(l lister[T]) lister[T] {
		return func(ctx context.Context, f anyFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[T], error] {
			return l(context.WithoutCancel(ctx), f, from)
		}
	}
	m["cursor"] = func(l lister[T]) lister[T] {
		return func(ctx context.Context, f anyFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[T], error] {
			if from == conformance.NoCursor {
				from = ""
			}
			return l(ctx, f, from)
		}
	}
	m["concurrent"] = func(l lister[T]) lister[T] {
		var busy atomic.Bool
		return func(ctx context.Context, f anyFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[T], error] {
			seq := l(ctx, f, from)
			return func(yield func(adcimport.Page[T], error) bool) {
				if !busy.CompareAndSwap(false, true) {
					return
				}
				defer busy.Store(false)
				seq(yield)
			}
		}
	}
	m["filter_kept"] = func(l lister[T]) lister[T] {
		return func(ctx context.Context, f anyFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[T], error] {
			return func(yield func(adcimport.Page[T], error) bool) { l(ctx, f, from)(yield) }
		}
	}
}

// once is an iterator that is used up when it has begun.
func once[T any](seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	var used atomic.Bool
	return func(yield func(T, error) bool) {
		if used.Swap(true) {
			return
		}
		seq(yield)
	}
}
