package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/securitytrax/adcimport"
)

// Source is an [adcimport.Source] over CSV files, read once, by [New]. It is
// sorted by id and a cursor names the last id delivered, so that a run can be
// resumed over a newer export without omitting anybody. It is safe for
// concurrent use.
//
// Users come as whole pages. Customers come as ids with details, so that a cell
// that cannot be read fails its customer alone.
type Source struct {
	customers []entry[adcimport.Customer] // by id
	users     []adcimport.User            // by id
	has       struct{ customers, users bool }
	o         Options

	subDealers, roles map[string]string // id -> name
}

var (
	_ adcimport.Source           = (*Source)(nil)
	_ adcimport.CustomerDetailer = (*Source)(nil)
	_ adcimport.SubDealerLister  = (*Source)(nil)
	_ adcimport.RoleLister       = (*Source)(nil)
)

// Options of a [Source]. The zero value works.
type Options struct {
	Comma    rune // between cells; 0: what stands between those of the header: a comma, a semicolon or a tab
	PageSize int  // records of a page; 0: 100
}

// New reads the rosters; nil means that there is none, and that half answers
// [errors.ErrUnsupported]. What is wrong with a file as a whole (its
// encoding, its header, a row without id, an id that is there twice) is an error
// that names the line. What is wrong with a cell is not: see [Source].
func New(customers, users io.Reader, o Options) (*Source, error) {
	switch {
	case o.PageSize < 0:
		return nil, &adcimport.InvalidOptionsError{Field: "csvsource.Options.PageSize", Rule: "must not be negative"}
	case o.PageSize == 0:
		o.PageSize = 100
	}
	s := &Source{o: o, subDealers: make(map[string]string), roles: make(map[string]string)}
	var err error
	if customers != nil {
		s.has.customers = true
		if s.customers, err = readRoster(customers, o.Comma, s.customerRoster()); err != nil {
			return nil, fmt.Errorf("read the roster of customers: %w", err)
		}
	}
	if users != nil {
		s.has.users = true
		entries, err := readRoster(users, o.Comma, s.userRoster())
		if err != nil {
			return nil, fmt.Errorf("read the roster of users: %w", err)
		}
		for _, e := range entries {
			s.users = append(s.users, e.value)
		}
	}
	return s, nil
}

// Customers implements [adcimport.Source]. Ids that a filter names are delivered
// whatever they are: the detail knows.
func (s *Source) Customers(
	ctx context.Context, f adcimport.CustomerFilter, from adcimport.Cursor,
) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	var list []adcimport.Customer
	for _, id := range f.CustomerIDs {
		list = append(list, adcimport.Customer{ID: id})
	}
	if len(f.CustomerIDs) == 0 {
		for i := range s.customers {
			if c := &s.customers[i].value; f.Match(*c) {
				list = append(list, adcimport.Customer{ID: c.ID, Terminated: c.Terminated, Demo: c.Demo, Commitment: c.Commitment})
			}
		}
	}
	return pager[adcimport.Customer]{
		what: "customers", supported: s.has.customers, list: list, size: s.o.PageSize, partial: true,
		id:    func(c adcimport.Customer) string { return c.ID },
		clone: func(c adcimport.Customer) adcimport.Customer { return c },
	}.seq(ctx, from)
}

// Users implements [adcimport.Source].
func (s *Source) Users(
	ctx context.Context, f adcimport.UserFilter, from adcimport.Cursor,
) iter.Seq2[adcimport.Page[adcimport.User], error] {
	var list []adcimport.User
	for _, u := range s.users {
		if f.Match(u) {
			list = append(list, u)
		}
	}
	return pager[adcimport.User]{
		what: "users", supported: s.has.users, list: list, size: s.o.PageSize,
		id: func(u adcimport.User) string { return u.ID },
		clone: func(u adcimport.User) adcimport.User {
			u.RoleIDs, u.Extra = slices.Clone(u.RoleIDs), maps.Clone(u.Extra)
			return u
		},
	}.seq(ctx, from)
}

// CustomerDetail implements [adcimport.CustomerDetailer]. A customer with cells
// that cannot be read is an [*adcimport.RecordError] that names the columns.
func (s *Source) CustomerDetail(ctx context.Context, id string) (adcimport.Customer, error) {
	if err := context.Cause(ctx); err != nil {
		return adcimport.Customer{}, fmt.Errorf("customer %s: %w", id, err)
	}
	i, ok := slices.BinarySearchFunc(s.customers, id, func(e entry[adcimport.Customer], id string) int {
		return compareIDs(e.value.ID, id)
	})
	if !ok {
		return adcimport.Customer{}, fmt.Errorf("customer %s: %w", id, adcimport.ErrNotFound)
	}
	e := &s.customers[i]
	if len(e.broken) > 0 {
		return adcimport.Customer{}, &adcimport.RecordError{
			ID: id, Reason: adcimport.ReasonInvalidRecord, Fields: slices.Clone(e.broken),
		}
	}
	c := e.value
	c.Extra = maps.Clone(c.Extra)
	return c, nil
}

// SubDealers implements [adcimport.SubDealerLister]: those that records have.
func (s *Source) SubDealers(ctx context.Context) ([]adcimport.Choice, error) {
	return choices(s.subDealers), context.Cause(ctx)
}

// Roles implements [adcimport.RoleLister]: those that users have.
func (s *Source) Roles(ctx context.Context) ([]adcimport.Choice, error) {
	return choices(s.roles), context.Cause(ctx)
}

func choices(names map[string]string) []adcimport.Choice {
	var list []adcimport.Choice
	for _, id := range slices.SortedFunc(maps.Keys(names), compareIDs) {
		list = append(list, adcimport.Choice{ID: id, Name: cmp.Or(names[id], id)})
	}
	return list
}

// pager makes pages of a list.
type pager[T any] struct {
	what      string
	supported bool
	list      []T
	size      int
	partial   bool
	id        func(T) string
	clone     func(T) T // what is delivered is the caller's
}

// cursorPrefix tells a cursor from other text: what is no cursor must be an
// error, and never the beginning.
const cursorPrefix = "after:"

func (p pager[T]) seq(ctx context.Context, from adcimport.Cursor) iter.Seq2[adcimport.Page[T], error] {
	slices.SortFunc(p.list, func(a, b T) int { return compareIDs(p.id(a), p.id(b)) })
	p.list = slices.CompactFunc(p.list, func(a, b T) bool { return p.id(a) == p.id(b) })
	return adcimport.Pages(ctx, from, func(_ context.Context, cursor adcimport.Cursor) (adcimport.Page[T], error) {
		if !p.supported {
			return adcimport.Page[T]{}, fmt.Errorf("list %s: %w", p.what, errors.ErrUnsupported)
		}
		return p.page(cursor)
	})
}

func (p pager[T]) page(cursor adcimport.Cursor) (adcimport.Page[T], error) {
	start := 0
	if cursor != "" {
		last, ok := strings.CutPrefix(string(cursor), cursorPrefix)
		if !ok || last == "" {
			return adcimport.Page[T]{}, fmt.Errorf("list %s: %q is no cursor of this source", p.what, cursor)
		}
		start, ok = slices.BinarySearchFunc(p.list, last, func(v T, id string) int { return compareIDs(p.id(v), id) })
		if ok {
			start++
		}
	}
	end := min(start+p.size, len(p.list))
	page := adcimport.Page[T]{Partial: p.partial, Total: len(p.list)}
	for _, v := range p.list[start:end] {
		page.Items = append(page.Items, p.clone(v))
	}
	if end < len(p.list) {
		page.Next = adcimport.Cursor(cursorPrefix + p.id(p.list[end-1]))
	}
	return page, nil
}

// compareIDs orders ids as numbers: they have no leading zeros.
func compareIDs(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// isID tells whether text is an id as Alarm.com has them. It is not when a
// spreadsheet has made 1.23E+07 of it.
func isID(text string) bool {
	ids, err := adcimport.ParseIDs(text)
	return err == nil && len(ids) == 1 && ids[0] == text
}
