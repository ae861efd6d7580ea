package adcimporttest

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/clone"
)

// Source is an in-memory [adcimport.Source] over a [Dealer], with the abilities
// of the real one: details, sub-dealers, roles, check. Like Alarm.com's SOAP
// services it lists ids only, and details are asked for one by one.
//
// Listings are sorted by id, as a number, and the cursor is the last id
// delivered; each page is read from the dealer as it is then. Filters are
// pushed down: a filter that names ids delivers those ids, of which an unknown
// one is found out by its detail ([adcimport.ErrNotFound]). Accounts that a filter
// does not include are listed too, with the field that says so.
//
// The zero value is an empty account that works. Set the fields before first
// use; after that, change the dealer through [Source.Update] only. It is safe
// for concurrent use.
type Source struct {
	Dealer   *Dealer // nil: an empty account; shared with the caller, not copied
	PageSize int     // records per page; 0: 100
	Full     bool    // pages hold whole customers instead of ids; named ids that do not exist are then not delivered

	mu        sync.Mutex
	calls     SourceCalls
	version   int // of the dealer: grows with every Update
	customers map[string]int
	indexed   int // version that customers is of, plus one; 0: none
}

// SourceCalls counts the calls that a [Source] got.
type SourceCalls struct {
	CustomerPages, UserPages   int
	CustomerDetails            int
	SubDealers, Roles, Checks  int
	CustomerDetailIDs          []string // asked for, in order of arrival
	CustomersListed, UserLists int      // listings begun: one call each on Alarm.com's wire
}

// Calls returns the calls since the beginning or the last ResetCalls.
func (s *Source) Calls() SourceCalls {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls
	calls.CustomerDetailIDs = slices.Clone(calls.CustomerDetailIDs)
	return calls
}

// ResetCalls begins to count anew.
func (s *Source) ResetCalls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = SourceCalls{}
}

// Update changes the dealer while nobody reads it. A nil Dealer becomes an
// empty one. Records keep their place by id, wherever change puts them.
func (s *Source) Update(change func(*Dealer)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Dealer == nil {
		s.Dealer = new(Dealer)
	}
	change(s.Dealer)
	s.version++
}

// Customers lists the account's customers; see [Source].
func (s *Source) Customers(
	ctx context.Context, f adcimport.CustomerFilter, from adcimport.Cursor,
) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	f.CustomerIDs, f.SubDealerIDs = slices.Clone(f.CustomerIDs), slices.Clone(f.SubDealerIDs)
	l := listing[adcimport.Customer]{
		source: s,
		lists:  &s.calls.CustomersListed,
		pages:  &s.calls.CustomerPages,
		id:     func(c adcimport.Customer) string { return c.ID },
		read:   func() []adcimport.Customer { return s.selectCustomers(f) },
		clone:  clone.Customer,
	}
	if !s.Full {
		l.partial = true
		l.clone = func(c adcimport.Customer) adcimport.Customer {
			return adcimport.Customer{ID: c.ID, Terminated: c.Terminated, Demo: c.Demo, Commitment: c.Commitment}
		}
	}
	return l.seq(ctx, from)
}

// Users lists the account's users; pages hold whole users, as Alarm.com's
// GetRepList does.
func (s *Source) Users(
	ctx context.Context, f adcimport.UserFilter, from adcimport.Cursor,
) iter.Seq2[adcimport.Page[adcimport.User], error] {
	f.SupportIDs, f.RoleIDs, f.SubDealerIDs = slices.Clone(f.SupportIDs), slices.Clone(f.RoleIDs), slices.Clone(f.SubDealerIDs)
	l := listing[adcimport.User]{
		source: s,
		lists:  &s.calls.UserLists,
		pages:  &s.calls.UserPages,
		id:     func(u adcimport.User) string { return u.ID },
		read:   func() []adcimport.User { return s.selectUsers(f) },
		clone:  clone.User,
	}
	return l.seq(ctx, from)
}

// CustomerDetail returns one customer, [adcimport.ErrNotFound] for an unknown id.
func (s *Source) CustomerDetail(ctx context.Context, id string) (adcimport.Customer, error) {
	if err := context.Cause(ctx); err != nil {
		return adcimport.Customer{}, fmt.Errorf("detail of customer %s: %w", id, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls.CustomerDetails++
	s.calls.CustomerDetailIDs = append(s.calls.CustomerDetailIDs, id)
	c := s.customer(id)
	if c == nil {
		return adcimport.Customer{}, fmt.Errorf("detail of customer %s: %w", id, adcimport.ErrNotFound)
	}
	return clone.Customer(*c), nil
}

// SubDealers returns the account's sub-dealers.
func (s *Source) SubDealers(ctx context.Context) ([]adcimport.Choice, error) {
	return s.choices(ctx, &s.calls.SubDealers, func(d *Dealer) []adcimport.Choice { return d.SubDealers })
}

// Roles returns the account's roles.
func (s *Source) Roles(ctx context.Context) ([]adcimport.Choice, error) {
	return s.choices(ctx, &s.calls.Roles, func(d *Dealer) []adcimport.Choice { return d.Roles })
}

// Check says that the account is usable.
func (s *Source) Check(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls.Checks++
	return context.Cause(ctx)
}

func (s *Source) choices(ctx context.Context, n *int, of func(*Dealer) []adcimport.Choice) ([]adcimport.Choice, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	*n++
	if s.Dealer == nil {
		return nil, nil
	}
	return slices.Clone(of(s.Dealer)), nil
}

// customer finds a customer by id. The lock is held.
func (s *Source) customer(id string) *adcimport.Customer {
	if s.Dealer == nil {
		return nil
	}
	if s.indexed != s.version+1 {
		s.customers = make(map[string]int, len(s.Dealer.Customers))
		for i := range s.Dealer.Customers {
			s.customers[s.Dealer.Customers[i].ID] = i
		}
		s.indexed = s.version + 1
	}
	if i, ok := s.customers[id]; ok {
		return &s.Dealer.Customers[i]
	}
	return nil
}

// selectCustomers returns what a listing delivers, in no order. The lock is
// held.
func (s *Source) selectCustomers(f adcimport.CustomerFilter) []adcimport.Customer {
	if len(f.CustomerIDs) > 0 && !s.Full {
		named := make([]adcimport.Customer, len(f.CustomerIDs))
		for i, id := range f.CustomerIDs {
			named[i].ID = id
		}
		return named
	}
	var out []adcimport.Customer
	if s.Dealer == nil {
		return nil
	}
	for i := range s.Dealer.Customers {
		if c := &s.Dealer.Customers[i]; f.Match(*c) {
			out = append(out, *c)
		}
	}
	return out
}

func (s *Source) selectUsers(f adcimport.UserFilter) []adcimport.User {
	if s.Dealer == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.Dealer.Users), func(u adcimport.User) bool { return !f.Match(u) })
}

// byID orders ids as numbers; ids are written without leading zeros.
func byID(a, b string) int {
	if d := cmp.Compare(len(a), len(b)); d != 0 {
		return d
	}
	return cmp.Compare(a, b)
}
