package adcimporttest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/securitytrax/adcimport"
)

const defaultPageSize = 100

// notInID tells what is no id, and so no cursor: that must be an error, neither
// an end nor a restart.
func notInID(r rune) bool { return !unicode.IsPrint(r) || unicode.IsSpace(r) || r == utf8.RuneError }

// listing pages through records of one kind.
type listing[T any] struct {
	source       *Source
	lists, pages *int // counters of source, under its lock
	partial      bool
	id           func(T) string
	read         func() []T // what the source has now; called under its lock
	clone        func(T) T  // what is delivered
}

// sorted is what read gave at a version of the dealer.
type sorted[T any] struct {
	items   []T
	version int
	valid   bool
}

func (l listing[T]) seq(ctx context.Context, from adcimport.Cursor) iter.Seq2[adcimport.Page[T], error] {
	return func(yield func(adcimport.Page[T], error) bool) {
		l.source.mu.Lock()
		*l.lists++
		l.source.mu.Unlock()
		var now sorted[T] // of this ranging: another one starts again
		adcimport.Pages(ctx, from, func(_ context.Context, cursor adcimport.Cursor) (adcimport.Page[T], error) {
			if strings.ContainsFunc(string(cursor), notInID) {
				return adcimport.Page[T]{}, fmt.Errorf("list: cursor %q is of another source", cursor)
			}
			return l.page(&now, string(cursor)), nil
		})(yield)
	}
}

// page returns what comes after an id.
func (l listing[T]) page(now *sorted[T], after string) adcimport.Page[T] {
	s := l.source
	s.mu.Lock()
	defer s.mu.Unlock()
	*l.pages++
	if !now.valid || now.version != s.version {
		now.items = l.read()
		slices.SortFunc(now.items, func(a, b T) int { return byID(l.id(a), l.id(b)) })
		now.version, now.valid = s.version, true
	}
	start, found := slices.BinarySearchFunc(now.items, after, func(v T, id string) int { return byID(l.id(v), id) })
	if found {
		start++
	}
	size := s.PageSize
	if size <= 0 {
		size = defaultPageSize
	}
	end := min(start+size, len(now.items))
	page := adcimport.Page[T]{
		Items:   cloneAll(now.items[start:end], l.clone),
		Partial: l.partial,
		Total:   len(now.items),
	}
	if end < len(now.items) {
		page.Next = adcimport.Cursor(l.id(now.items[end-1]))
	}
	return page
}
