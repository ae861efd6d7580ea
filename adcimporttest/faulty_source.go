package adcimporttest

import (
	"context"
	"iter"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/ability"
)

// Source makes a source fail.
func (f *Faults) Source(s adcimport.Source) adcimport.Source {
	if d, ok := ability.Find[adcimport.CustomerDetailer](s); ok {
		return faultyDetailer{faultySource{s, f}, d}
	}
	return faultySource{s, f}
}

type faultySource struct {
	source adcimport.Source
	f      *Faults
}

// Unwrap returns the source, for its abilities.
func (s faultySource) Unwrap() any { return s.source }

func (s faultySource) Customers(
	ctx context.Context, f adcimport.CustomerFilter, from adcimport.Cursor,
) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return faultySeq(ctx, s.f, "Customers", s.source.Customers(ctx, f, from))
}

func (s faultySource) Users(
	ctx context.Context, f adcimport.UserFilter, from adcimport.Cursor,
) iter.Seq2[adcimport.Page[adcimport.User], error] {
	return faultySeq(ctx, s.f, "Users", s.source.Users(ctx, f, from))
}

// faultyDetailer is a faultySource over a source that has details.
type faultyDetailer struct {
	faultySource

	details adcimport.CustomerDetailer
}

func (s faultyDetailer) CustomerDetail(ctx context.Context, id string) (adcimport.Customer, error) {
	return faulty(ctx, s.f, "CustomerDetail", func() (adcimport.Customer, error) { return s.details.CustomerDetail(ctx, id) })
}

// faultySeq makes an iterator fail: each item, and the end, is a call.
func faultySeq[T any](ctx context.Context, f *Faults, method string, seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		next, stop := iter.Pull2(seq)
		defer stop()
		for {
			var item, zero T
			var err error
			more := false
			end, fault := f.around(ctx, method, func() error {
				item, err, more = next()
				return err
			})
			switch {
			case end == endedWell && !more && fault == nil:
				return
			case end == endedWell && more && err == nil && fault != nil: // After: the item, and then the error
				if yield(item, nil) {
					yield(zero, fault)
				}
				return
			case fault != nil:
				yield(zero, fault)
				return
			case !yield(item, nil):
				return
			}
		}
	}
}
