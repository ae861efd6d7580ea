package conformance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/ability"
	"github.com/securitytrax/adcimport/adcimporttest/internal/clone"
)

// sourceSide is one kind of records of a source under test, so that both kinds
// are held to the same rules.
type sourceSide[T any] struct {
	what    string
	want    []T
	unknown string
	id      func(T) string
	clone   func(T) T
	list    func(ctx context.Context, f sideFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[T], error]
	listing func(ctx context.Context, f adcimport.CustomerFilter) iter.Seq2[adcimport.Page[T], error] // of customers
	match   func(f sideFilter, v T) bool
	detail  func(ctx context.Context, id string) (T, error) // nil: pages are never Partial
	empty   *sourceSide[T]                                  // over an empty account; nil: there is none
	subs    func(T) []string                                // its sub-dealer
	roles   func(T) []string
}

// sideFilter is a filter of either kind. Roles are of users only.
type sideFilter struct{ ids, subs, roles []string }

// customers includes all accounts; see sourceInclude.
func (f sideFilter) customers() adcimport.CustomerFilter {
	all := adcimport.Include{Terminated: true, Demo: true, Commitment: true}
	return adcimport.CustomerFilter{CustomerIDs: f.ids, SubDealerIDs: f.subs, Include: all}
}

func (f sideFilter) users() adcimport.UserFilter {
	return adcimport.UserFilter{SupportIDs: f.ids, RoleIDs: f.roles, SubDealerIDs: f.subs}
}

func customerSide(c SourceCase) *sourceSide[adcimport.Customer] {
	s := &sourceSide[adcimport.Customer]{
		what: "customers", want: c.Customers, unknown: unknownID(c),
		id:    func(v adcimport.Customer) string { return v.ID },
		clone: clone.Customer,
		list: func(ctx context.Context, f sideFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
			return c.Source.Customers(ctx, f.customers(), from)
		},
		listing: func(ctx context.Context, f adcimport.CustomerFilter) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
			return c.Source.Customers(ctx, f, "")
		},
		match: func(f sideFilter, v adcimport.Customer) bool { return f.customers().Match(v) },
		subs:  func(v adcimport.Customer) []string { return some(v.SubDealerID) },
		roles: func(adcimport.Customer) []string { return nil },
	}
	if d, ok := ability.Find[adcimport.CustomerDetailer](c.Source); ok {
		s.detail = d.CustomerDetail
	}
	if c.Empty != nil {
		s.empty = customerSide(SourceCase{Source: c.Empty, UnknownID: s.unknown})
	}
	return s
}

func userSide(c SourceCase) *sourceSide[adcimport.User] {
	s := &sourceSide[adcimport.User]{
		what: "users", want: c.Users, unknown: unknownID(c),
		id:    func(v adcimport.User) string { return v.ID },
		clone: clone.User,
		list: func(ctx context.Context, f sideFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.User], error] {
			return c.Source.Users(ctx, f.users(), from)
		},
		match: func(f sideFilter, v adcimport.User) bool { return f.users().Match(v) },
		subs:  func(v adcimport.User) []string { return some(v.SubDealerID) },
		roles: func(v adcimport.User) []string { return v.RoleIDs },
	}
	if c.Empty != nil {
		s.empty = userSide(SourceCase{Source: c.Empty, UnknownID: s.unknown})
	}
	return s
}

func some(id string) []string {
	if id == "" {
		return nil
	}
	return []string{id}
}

// unknownID is above all ids, as a number.
func unknownID(c SourceCase) string {
	if c.UnknownID != "" {
		return c.UnknownID
	}
	ids := slices.Clone(c.LeftOut)
	for _, v := range c.Customers {
		ids = append(ids, v.ID)
	}
	for _, v := range c.Users {
		ids = append(ids, v.ID)
	}
	highest := 0
	for _, id := range ids {
		if n, err := strconv.Atoi(id); err == nil {
			highest = max(highest, n)
		}
	}
	return strconv.Itoa(highest + 1_000_003)
}

// supported leaves the rules on a half out that the source does not have.
func (s *sourceSide[T]) supported(t *trial) bool {
	ctx, cancel := context.WithCancel(t.ctx)
	defer cancel()
	var first error
	s.list(ctx, sideFilter{}, "")(func(_ adcimport.Page[T], err error) bool {
		first = cmp.Or(first, err)
		return false
	})
	if errors.Is(first, errors.ErrUnsupported) {
		t.leaveOut("the source has no " + s.what)
	}
	return t.err == nil
}

// maxPages is more than any case under test has.
const maxPages = 1000

// readPages ranges to the end. An error must come last, with a zero page.
func readPages[T any](seq iter.Seq2[adcimport.Page[T], error]) (pages []adcimport.Page[T], err error) {
	for p, e := range seq {
		if err != nil {
			return pages, fmt.Errorf("%w: something was yielded after it", conventionError{err})
		}
		if e != nil && (len(p.Items) > 0 || p.Next != "" || p.Partial || p.Total != 0) {
			return pages, fmt.Errorf("%w: the page that came with it is not zero", conventionError{e})
		}
		if err = e; err == nil {
			pages = append(pages, p)
		}
		if len(pages) > maxPages {
			return nil, fmt.Errorf("the listing does not end: it went on after %d pages", maxPages)
		}
	}
	return pages, err
}

// conventionError is an error that came in a way that it must not.
type conventionError struct{ error }

func (e conventionError) Unwrap() error { return e.error }

// whole reads a listing to its end, which must not be an error.
func (s *sourceSide[T]) whole(t *trial, f sideFilter, from adcimport.Cursor) []adcimport.Page[T] {
	pages, err := readPages(s.list(t.ctx, f, from))
	t.noError("list "+s.what, err)
	return pages
}

func (s *sourceSide[T]) ids(pages []adcimport.Page[T]) []string {
	ids := []string{}
	for _, p := range pages {
		for _, v := range p.Items {
			ids = append(ids, s.id(v))
		}
	}
	return ids
}

// resolved is what a listing delivers after details were asked for, by id.
// Customers that their detail leaves out or does not know are not in it.
func (s *sourceSide[T]) resolved(t *trial, pages []adcimport.Page[T]) map[string]T {
	found := make(map[string]T)
	for _, p := range pages {
		for _, v := range p.Items {
			id := s.id(v)
			if _, ok := found[id]; ok || t.err != nil {
				continue
			}
			if !p.Partial {
				found[id] = v
				continue
			}
			if s.detail == nil {
				t.failf("a page is Partial, and the source has no details")
				continue
			}
			full, err := s.detail(t.ctx, id)
			switch {
			case errors.Is(err, adcimport.ErrFilteredOut), errors.Is(err, adcimport.ErrNotFound):
			case err != nil:
				t.failf("detail of %s: %w", id, err)
			default:
				found[id] = full
			}
		}
	}
	return found
}

// expected are the ids that a filter selects, sorted.
func (s *sourceSide[T]) expected(f sideFilter) []string {
	ids := []string{}
	for _, v := range s.want {
		if s.match(f, v) {
			ids = append(ids, s.id(v))
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// selected are the ids that the importer would go on with, sorted.
func (s *sourceSide[T]) selected(t *trial, f sideFilter) []string {
	ids := []string{}
	for id, v := range s.resolved(t, s.whole(t, f, "")) {
		if s.match(f, v) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// sameIDs compares sorted ids by what is missing and what is too much.
func (t *trial) sameIDs(what string, got, want []string) {
	missing := slices.DeleteFunc(slices.Clone(want), func(id string) bool { return slices.Contains(got, id) })
	extra := slices.DeleteFunc(slices.Clone(got), func(id string) bool { return slices.Contains(want, id) })
	if len(missing)+len(extra) > 0 {
		t.failf("%s: missing %s, too much %s", what, few(missing), few(extra))
	}
}

// few prints some ids.
func few(ids []string) string {
	if len(ids) <= 10 {
		return fmt.Sprint(ids)
	}
	return fmt.Sprintf("%v and %d more", ids[:10], len(ids)-10)
}

// sameOrder compares ids in order.
func (t *trial) sameOrder(what string, got, want []string) {
	if !slices.Equal(got, want) {
		t.failf("%s: %s, want %s", what, few(got), few(want))
	}
}

// differences names the fields in which two records differ.
func differences(got, want any) []string {
	var names []string
	g, w := reflect.ValueOf(got), reflect.ValueOf(want)
	for i := range g.NumField() {
		if name := g.Type().Field(i).Name; !sameField(name, g.Field(i).Interface(), w.Field(i).Interface()) {
			names = append(names, name)
		}
	}
	return names
}

func sameField(name string, got, want any) bool {
	switch want := want.(type) {
	case time.Time: // JoinDate: the date as written
		got, ok := got.(time.Time)
		return ok && got.Format(time.DateOnly) == want.Format(time.DateOnly) && got.IsZero() == want.IsZero()
	case map[string]string: // Extra
		got, ok := got.(map[string]string)
		return ok && (len(want) == 0 || maps.Equal(got, want))
	case []string: // RoleIDs, in any order
		got, ok := got.([]string)
		return ok && slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want)))
	default:
		return name == "" || got == want
	}
}
