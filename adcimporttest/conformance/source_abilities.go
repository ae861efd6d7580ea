package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/ability"
)

func sourceAbilityRules() []rule[SourceCase] {
	return []rule[SourceCase]{
		{"detail", "a detail is the whole customer, under the id that was asked for", sourceDetail},
		{"detail_unknown", "the detail of an unknown id is ErrNotFound", sourceDetailUnknown},
		{
			"detail_left_out", "the detail of a customer that the source leaves out is ErrFilteredOut, and no listing has it in full",
			sourceLeftOut,
		},
		{
			"customers_include", "a filter that does not include all accounts loses none of the others, also where it names ids; " +
				"what keeps an account out is told by the listing or the detail, and is delivered where the filter names it",
			sourceInclude,
		},
		{"detail_cancel", "a detail under a canceled context is an error", sourceDetailCancel},
		{"detail_concurrent", "details may be asked for at the same time", sourceDetailConcurrent},
		{
			"filter_check", "CheckCustomerFilter and CheckUserFilter take every id in use, and refuse with an *InvalidFilterError",
			sourceFilterCheck,
		},
		{"sub_dealers", "SubDealers has every sub-dealer that a record has, each id once, and returns an error when canceled", sourceSubDealers},
		{"roles", "Roles has every role that a user has, each id once, and returns an error when canceled", sourceRoles},
		{"check", "Check takes an account that can be used, and returns an error when canceled", sourceCheck},
	}
}

// details leaves a rule out where there are none.
func details(t *trial, c SourceCase) (detail func(context.Context, string) (adcimport.Customer, error), ok bool) {
	d, ok := ability.Find[adcimport.CustomerDetailer](c.Source)
	if !ok {
		t.leaveOut("the source has no CustomerDetail")
		return nil, false
	}
	return d.CustomerDetail, true
}

func sourceDetail(t *trial, c SourceCase) {
	detail, ok := details(t, c)
	if !ok {
		return
	}
	for _, want := range c.Customers[:min(len(c.Customers), 20)] {
		got, err := detail(t.ctx, want.ID)
		t.noError("detail of "+want.ID, err)
		if names := differences(got, want); err == nil && len(names) > 0 {
			t.failf("detail of %s differs in %v", want.ID, names)
		}
	}
}

func sourceDetailUnknown(t *trial, c SourceCase) {
	if detail, ok := details(t, c); ok {
		_, err := detail(t.ctx, unknownID(c))
		t.refused("the detail of an unknown id", err, adcimport.ErrNotFound)
	}
}

func sourceLeftOut(t *trial, c SourceCase) {
	s := customerSide(c)
	if len(c.LeftOut) == 0 {
		t.leaveOut("the case has nobody LeftOut")
		return
	}
	if !s.supported(t) {
		return
	}
	for _, id := range c.LeftOut {
		if s.detail == nil {
			break
		}
		_, err := s.detail(t.ctx, id)
		t.refused("the detail of "+id, err, adcimport.ErrFilteredOut)
	}
	for _, f := range []sideFilter{{}, {ids: c.LeftOut}} {
		for _, id := range s.selected(t, f) {
			if slices.Contains(c.LeftOut, id) {
				t.failf("%s is delivered %v", id, f)
			}
		}
	}
}

// sourceInclude lists with each set of included accounts.
func sourceInclude(t *trial, c SourceCase) {
	s := customerSide(c)
	if !s.supported(t) {
		return
	}
	for n := range 1 << 3 {
		in := adcimport.Include{Terminated: n&1 != 0, Demo: n&2 != 0, Commitment: n&4 != 0}
		for _, f := range []sideFilter{{}, {ids: s.expected(sideFilter{})}} {
			if t.err == nil && len(s.want) > 0 {
				t.included(s, f, in)
			}
		}
	}
}

// included checks one listing, of f without what in leaves out, against that with all.
func (t *trial) included(s *sourceSide[adcimport.Customer], f sideFilter, in adcimport.Include) {
	filter := f.customers()
	all := s.ids(s.whole(t, f, ""))
	filter.Include = in
	pages, err := readPages(s.listing(t.ctx, filter))
	t.noError(fmt.Sprintf("list customers with %+v", in), err)
	delivered := s.ids(pages)
	told := s.resolved(t, pages)
	for _, want := range s.want {
		got, ok := told[want.ID]
		named, out := len(f.ids) > 0, in.Excludes(want)
		switch {
		case !slices.Contains(all, want.ID): // another rule's
		case out == "" && !ok:
			t.failf("%s is missing with %+v", want.ID, in)
		case out != "" && named && !slices.Contains(delivered, want.ID):
			t.failf("%s is named, and not delivered with %+v", want.ID, in)
		case ok && in.Excludes(got) != out:
			t.failf("%s is kept out by %q with %+v, want %q", want.ID, in.Excludes(got), in, out)
		}
	}
}

func sourceDetailCancel(t *trial, c SourceCase) {
	detail, ok := details(t, c)
	if !ok || len(c.Customers) == 0 {
		return
	}
	ctx, cancel := context.WithCancel(t.ctx)
	cancel()
	if _, err := detail(ctx, c.Customers[0].ID); err == nil {
		t.failf("a detail under a canceled context succeeded")
	} else if errors.Is(err, adcimport.ErrNotFound) || errors.Is(err, adcimport.ErrDenied) || errors.Is(err, adcimport.ErrFilteredOut) {
		t.failf("a detail under a canceled context is %w: that concerns the customer", err)
	}
}

func sourceDetailConcurrent(t *trial, c SourceCase) {
	detail, ok := details(t, c)
	if !ok {
		return
	}
	list := c.Customers[:min(len(c.Customers), 8)]
	errs := make([]error, len(list))
	var wg sync.WaitGroup
	for i, want := range list {
		wg.Go(func() {
			errs[i] = t.own(func(own *trial) {
				got, err := detail(t.ctx, want.ID)
				own.noError("detail of "+want.ID, err)
				if names := differences(got, want); len(names) > 0 {
					own.failf("detail of %s differs in %v", want.ID, names)
				}
			})
		})
	}
	wg.Wait()
	t.noError("several details at a time", errors.Join(errs...))
}

// lists checks a list to choose from.
func (t *trial) lists(what string, list func(context.Context) ([]adcimport.Choice, error), needed []string) {
	choices, err := list(t.ctx)
	if errors.Is(err, errors.ErrUnsupported) {
		return // as good as not there
	}
	t.noError(what, err)
	var ids []string
	for _, c := range choices {
		if c.ID == "" || slices.Contains(ids, c.ID) {
			t.failf("%s has id %q more than once, or empty", what, c.ID)
		}
		ids = append(ids, c.ID)
	}
	for _, id := range needed {
		if !slices.Contains(ids, id) {
			t.failf("%s does not have %s, which is in use", what, id)
		}
	}
	ctx, cancel := context.WithCancel(t.ctx)
	cancel()
	if _, err := list(ctx); err == nil {
		t.failf("%s under a canceled context returned without an error", what)
	}
}

func sourceSubDealers(t *trial, c SourceCase) {
	l, ok := ability.Find[adcimport.SubDealerLister](c.Source)
	if !ok {
		t.leaveOut("the source has no SubDealers")
		return
	}
	var needed []string
	for _, v := range c.Customers {
		needed = append(needed, some(v.SubDealerID)...)
	}
	for _, v := range c.Users {
		needed = append(needed, some(v.SubDealerID)...)
	}
	t.lists("SubDealers", l.SubDealers, distinct(needed))
}

func sourceRoles(t *trial, c SourceCase) {
	l, ok := ability.Find[adcimport.RoleLister](c.Source)
	if !ok {
		t.leaveOut("the source has no Roles")
		return
	}
	var needed []string
	for _, v := range c.Users {
		needed = append(needed, v.RoleIDs...)
	}
	t.lists("Roles", l.Roles, distinct(needed))
}

func sourceCheck(t *trial, c SourceCase) {
	l, ok := ability.Find[adcimport.Checker](c.Source)
	if !ok {
		t.leaveOut("the source has no Check")
		return
	}
	t.checker("Check", l.Check)
}

func (t *trial) checker(what string, check func(context.Context) error) {
	t.noError(what, check(t.ctx))
	ctx, cancel := context.WithCancel(t.ctx)
	cancel()
	if check(ctx) == nil {
		t.failf("%s under a canceled context returned without an error", what)
	}
}
