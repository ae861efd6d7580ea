package sqlstore

import (
	"context"
	"iter"
)

// pages makes an iterator of a function that reads what comes after an item;
// the zero item stands for the beginning. No rows are open while the caller's
// code runs, so that it may use the store, even over one connection.
func pages[T any](ctx context.Context, size int, read func(after T) ([]T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none, last T
		for {
			list, err := read(last)
			if err != nil {
				yield(none, err)
				return
			}
			for _, v := range list {
				if err := context.Cause(ctx); err != nil {
					yield(none, err)
					return
				}
				if !yield(v, nil) {
					return
				}
				last = v
			}
			if len(list) < size {
				return
			}
		}
	}
}

// limited yields what show makes of the first items, n at most; 0: all.
func limited[T, U any](n int, show func(T) U, list iter.Seq2[T, error]) iter.Seq2[U, error] {
	return func(yield func(U, error) bool) {
		left := n
		for v, err := range list {
			left--
			if !yield(show(v), err) || left == 0 {
				return
			}
		}
	}
}

// chunks collects items, size at a time. An error comes last, by itself.
func chunks[T any](list iter.Seq2[T, error], size int) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		var chunk []T
		for v, err := range list {
			if err != nil {
				yield(nil, err)
				return
			}
			if chunk = append(chunk, v); len(chunk) == size {
				if !yield(chunk, nil) {
					return
				}
				chunk = nil
			}
		}
		if len(chunk) > 0 {
			yield(chunk, nil)
		}
	}
}
