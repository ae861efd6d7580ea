package model_test

import (
	"context"
	"iter"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// gatedSource is the source as one runner has it: each page is a call.
type gatedSource struct {
	r   *runner
	raw *adcimporttest.Source
}

func (s gatedSource) Customers(ctx context.Context, f adcimport.CustomerFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return gatedPages(s.r, "customers", from, func(c adcimport.Customer) string { return c.ID }, func(c adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
		return s.raw.Customers(ctx, f, c)
	})
}

func (s gatedSource) Users(ctx context.Context, f adcimport.UserFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.User], error] {
	return gatedPages(s.r, "users", from, func(u adcimport.User) string { return u.ID }, func(c adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.User], error] {
		return s.raw.Users(ctx, f, c)
	})
}

func (s gatedSource) CustomerDetail(ctx context.Context, id string) (adcimport.Customer, error) {
	return happen(s.r, "detail", id, func() (adcimport.Customer, error) { return s.raw.CustomerDetail(ctx, id) })
}

// gatedPages reads each page of raw in a call of its own, so that things happen
// between pages. Some of it is delivered twice: after a page the listing goes on
// behind its first record, as one does that shifts meanwhile.
func gatedPages[T any](
	r *runner, op string, from adcimport.Cursor, id func(T) string, raw func(adcimport.Cursor) iter.Seq2[adcimport.Page[T], error],
) iter.Seq2[adcimport.Page[T], error] {
	return func(yield func(adcimport.Page[T], error) bool) {
		for cursor := from; ; {
			v := r.enter(op, "@"+string(cursor))
			page, err := carry(r, v, func() (adcimport.Page[T], error) { return firstPage(raw(cursor)) })
			if err != nil {
				yield(adcimport.Page[T]{}, err)
				return
			}
			if v.fate == twice && len(page.Items) > 1 {
				r.world.repeat()
				page.Next = adcimport.Cursor(id(page.Items[0]))
			}
			if !yield(page, nil) || page.Next == "" {
				return
			}
			cursor = page.Next
		}
	}
}

// maxRepeated is how many records a repetition brings at most.
const maxRepeated = pageSize - 1

func firstPage[T any](seq iter.Seq2[adcimport.Page[T], error]) (adcimport.Page[T], error) {
	for page, err := range seq {
		return page, err
	}
	return adcimport.Page[T]{}, nil
}
