package alarmcom

import (
	"context"
	"iter"
	"math"
	"slices"
	"strconv"

	"github.com/securitytrax/adcimport"
)

// Customers lists customer ids, ascending, as Partial pages. A
// filter by ids delivers those ids without asking the service; a filter by
// sub-dealers lists one after another; without a filter there is one list call.
// The PartnerApi has no list by sub-dealer: where it is used alone, a filter by
// sub-dealers costs the details of every new customer.
// An id that is no number is an [*adcimport.InvalidFilterError], a cursor of
// another listing a [*CursorError].
func (s *Source) Customers(
	ctx context.Context, f adcimport.CustomerFilter, from adcimport.Cursor,
) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	f.CustomerIDs, f.SubDealerIDs = slices.Clone(f.CustomerIDs), slices.Clone(f.SubDealerIDs)
	return func(yield func(adcimport.Page[adcimport.Customer], error) bool) {
		l, err := s.newCustomerListing(f, from)
		if err != nil {
			yield(adcimport.Page[adcimport.Customer]{}, err)
			return
		}
		l.run(ctx, yield)
	}
}

// customerListing is one pass over the ids: one list, or one list per branch.
type customerListing struct {
	branches []int64 // 0: the one list that is not of a branch
	list     func(ctx context.Context, branch int64) ([]int64, error)
	from     place
	pageSize int
}

func (s *Source) newCustomerListing(f adcimport.CustomerFilter, from adcimport.Cursor) (*customerListing, error) {
	l := &customerListing{branches: []int64{0}, list: s.listAll, pageSize: s.cfg.pageSize}
	ids, err := parseIDs("CustomerFilter.CustomerIDs", f.CustomerIDs)
	if err != nil {
		return nil, err
	}
	branches, err := parseIDs("CustomerFilter.SubDealerIDs", f.SubDealerIDs)
	if err != nil {
		return nil, err
	}
	name := "customers"
	switch {
	case len(ids) > 0:
		l.list = func(context.Context, int64) ([]int64, error) { return ids, nil }
	case len(branches) > 0 && s.soap != nil && !s.cfg.assumptions.BranchIsNotSubDealer:
		l.branches, l.list, name = branches, s.listBranch, "customers by sub-dealer"
	}
	return l, l.start(name, from)
}

// start moves to a cursor.
func (l *customerListing) start(name string, from adcimport.Cursor) error {
	if from == "" {
		l.from = place{id: math.MinInt64}
		return nil
	}
	p, ok := parseCursor(from)
	if !ok || (p.branch == 0) != (l.branches[0] == 0) {
		return &CursorError{Listing: name, Cursor: string(from)}
	}
	l.from = p
	for len(l.branches) > 0 && l.branches[0] < p.branch {
		l.branches = l.branches[1:]
	}
	return nil
}

type customerPage = adcimport.Page[adcimport.Customer]

// run yields the pages. A page is held back until it is known whether another
// one follows, for the last one has no Next.
func (l *customerListing) run(ctx context.Context, yield func(customerPage, error) bool) {
	held, err := customerPage{Partial: true}, error(nil)
	some := false
	for _, branch := range l.branches {
		var ids []int64
		if ids, err = l.list(ctx, branch); err != nil {
			break
		}
		total := 0
		if len(l.branches) == 1 && branch == 0 {
			total = len(ids)
		}
		for chunk := range slices.Chunk(l.after(branch, ids), l.pageSize) {
			if some && !yield(held, nil) {
				return
			}
			if err = context.Cause(ctx); err != nil {
				yield(customerPage{}, err)
				return
			}
			held, some = newCustomerPage(branch, chunk, total), true
		}
	}
	if err != nil {
		if !some || yield(held, nil) {
			yield(customerPage{}, err)
		}
		return
	}
	held.Next = ""
	yield(held, nil)
}

// after returns what of a branch's sorted ids comes after the start.
func (l *customerListing) after(branch int64, ids []int64) []int64 {
	if branch != l.from.branch {
		return ids
	}
	i, found := slices.BinarySearch(ids, l.from.id)
	if found {
		i++
	}
	return ids[i:]
}

func newCustomerPage(branch int64, ids []int64, total int) customerPage {
	items := make([]adcimport.Customer, len(ids))
	for i, id := range ids {
		items[i].ID = strconv.FormatInt(id, 10)
	}
	next := place{branch: branch, id: ids[len(ids)-1]}.cursor()
	return customerPage{Items: items, Next: next, Partial: true, Total: total}
}

// listAll asks for the ids of all customers that Include lets in, as far as the
// list call can tell.
func (s *Source) listAll(ctx context.Context, _ int64) ([]int64, error) {
	return told(s.first().CustomerIDs(ctx))
}

func (s *Source) listBranch(ctx context.Context, branch int64) ([]int64, error) {
	return told(s.branches.BranchIDs(ctx, branch))
}

// CheckCustomerFilter refuses ids that are no numbers, and so can never match: a
// sub-dealer is chosen by its id, not by its name.
func (*Source) CheckCustomerFilter(f adcimport.CustomerFilter) error {
	if _, err := parseIDs("CustomerFilter.CustomerIDs", f.CustomerIDs); err != nil {
		return err
	}
	_, err := parseIDs("CustomerFilter.SubDealerIDs", f.SubDealerIDs)
	return err
}

// parseIDs reads the ids of a filter, sorted. They are numbers at Alarm.com,
// and must be written as the service's own are, or nothing would match.
func parseIDs(field string, texts []string) ([]int64, error) {
	ids := make([]int64, 0, len(texts))
	for _, text := range texts {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || id <= 0 || strconv.FormatInt(id, 10) != text {
			return nil, &adcimport.InvalidFilterError{
				Field: field, Part: text, Rule: "must be a positive whole number without leading zeros",
			}
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}
