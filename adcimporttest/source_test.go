package adcimporttest_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

var (
	_ adcimport.Source           = (*adcimporttest.Source)(nil)
	_ adcimport.CustomerDetailer = (*adcimporttest.Source)(nil)
	_ adcimport.SubDealerLister  = (*adcimporttest.Source)(nil)
	_ adcimport.RoleLister       = (*adcimporttest.Source)(nil)
	_ adcimport.Checker          = (*adcimporttest.Source)(nil)
)

// handmade is a dealer in no order: 9, 10 and 100 tell numbers from text.
func handmade() *adcimporttest.Dealer {
	return &adcimporttest.Dealer{
		Customers: []adcimport.Customer{
			{ID: "100", SubDealerID: "1", LastName: "hundred"},
			{ID: "9", SubDealerID: "2", LastName: "nine"},
			{ID: "10", SubDealerID: "1", LastName: "ten"},
			{ID: "11", Terminated: true},
			{ID: "12", Demo: true},
			{ID: "13", Commitment: true},
		},
		Users: []adcimport.User{
			{ID: "30", RoleIDs: []string{"a", "b"}, SubDealerID: "1"},
			{ID: "4", RoleIDs: []string{"b"}},
			{ID: "5", RoleIDs: []string{"c"}, SubDealerID: "2"},
		},
	}
}

type customerPage = adcimport.Page[adcimport.Customer]

func customerPages(t *testing.T, seq iter.Seq2[customerPage, error]) (ids []string, pages []customerPage) {
	t.Helper()
	for page, err := range seq {
		if err != nil {
			t.Fatalf("list customers: %v", err)
		}
		pages = append(pages, page)
		for _, c := range page.Items {
			ids = append(ids, c.ID)
		}
	}
	return ids, pages
}

func TestSourceListsByFilter(t *testing.T) {
	t.Parallel()
	type customerFilter = adcimport.CustomerFilter
	tests := map[string]struct {
		full   bool
		filter adcimport.CustomerFilter
		want   []string
	}{
		"all, sorted as numbers":       {want: []string{"9", "10", "11", "12", "13", "100"}},
		"F1 named ids, unknown too":    {filter: customerFilter{CustomerIDs: []string{"100", "77", "9"}}, want: []string{"9", "77", "100"}},
		"F1 named ids, whole":          {full: true, filter: customerFilter{CustomerIDs: []string{"100", "77", "9"}}, want: []string{"9", "100"}},
		"F2 sub-dealer":                {filter: customerFilter{SubDealerIDs: []string{"1"}}, want: []string{"10", "100"}},
		"F2 any of several, whole":     {full: true, filter: customerFilter{SubDealerIDs: []string{"1", "2"}}, want: []string{"9", "10", "100"}},
		"F2 nobody has the sub-dealer": {filter: customerFilter{SubDealerIDs: []string{"8"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &adcimporttest.Source{Dealer: handmade(), PageSize: 2, Full: tt.full}
			ids, pages := customerPages(t, s.Customers(t.Context(), tt.filter, ""))
			if diff := cmp.Diff(tt.want, ids); diff != "" {
				t.Errorf("ids (-want +got):\n%s", diff)
			}
			for _, p := range pages {
				whole := len(p.Items) > 0 && p.Items[0].LastName != ""
				if p.Partial == tt.full || whole != tt.full && len(p.Items) > 0 || p.Total != len(tt.want) {
					t.Errorf("page %+v: full %v, total %d", p, tt.full, len(tt.want))
				}
			}
		})
	}
}

func TestSourceResumesAfterEachPage(t *testing.T) {
	t.Parallel()
	s := &adcimporttest.Source{Dealer: adcimporttest.NewDealer(5, 50, 0), PageSize: 7}
	all, pages := customerPages(t, s.Customers(t.Context(), adcimport.CustomerFilter{}, ""))
	at := 0
	for _, p := range pages[:len(pages)-1] {
		at += len(p.Items)
		rest, _ := customerPages(t, s.Customers(t.Context(), adcimport.CustomerFilter{}, p.Next))
		if diff := cmp.Diff(all[at:], rest); diff != "" {
			t.Errorf("from %q (-want +got):\n%s", p.Next, diff)
		}
	}
	if pages[len(pages)-1].Next != "" {
		t.Error("the last page has a next one")
	}
}

func TestSourceReadsEachPageAnew(t *testing.T) {
	t.Parallel()
	s := &adcimporttest.Source{Dealer: handmade(), PageSize: 1}
	var ids []string
	for page, err := range s.Customers(t.Context(), adcimport.CustomerFilter{}, "") {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, page.Items[0].ID)
		if len(ids) == 1 {
			s.Update(func(d *adcimporttest.Dealer) {
				d.Customers = slices.DeleteFunc(d.Customers, func(c adcimport.Customer) bool { return c.ID == "9" || c.ID == "10" })
				d.Customers = append(d.Customers, adcimport.Customer{ID: "50"}, adcimport.Customer{ID: "3"})
			})
		}
	}
	if diff := cmp.Diff([]string{"9", "11", "12", "13", "50", "100"}, ids); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
}

func TestSourceIteratorConvention(t *testing.T) {
	t.Parallel()
	s := &adcimporttest.Source{Dealer: handmade(), PageSize: 1}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seq := s.Customers(ctx, adcimport.CustomerFilter{}, "")
	for _, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if ids, _ := customerPages(t, seq); len(ids) != 6 {
		t.Errorf("ranging again after break: %v", ids)
	}
	n, last := 0, error(nil)
	for page, err := range seq {
		n, last = n+1, err
		cancel()
		if err != nil && page.Items != nil {
			t.Errorf("error with a page: %+v", page)
		}
	}
	if n != 2 || !errors.Is(last, context.Canceled) {
		t.Errorf("canceled after the first page: %d yields, last error %v", n, last)
	}
}

func TestSourceDetail(t *testing.T) {
	t.Parallel()
	s := &adcimporttest.Source{Dealer: handmade()}
	for id, want := range map[string]error{
		"9": nil, "77": adcimport.ErrNotFound, "11": nil, "12": nil, "13": nil,
	} {
		c, err := s.CustomerDetail(t.Context(), id)
		if !errors.Is(err, want) || id == "9" && c.LastName != "nine" || c.Terminated != (id == "11") {
			t.Errorf("detail of %s: %+v, %v, want %v", id, c, err, want)
		}
	}
	s.Update(func(d *adcimporttest.Dealer) { d.Customers = d.Customers[2:] })
	if _, err := s.CustomerDetail(t.Context(), "9"); !errors.Is(err, adcimport.ErrNotFound) {
		t.Errorf("detail of a removed customer: %v", err)
	}
	if c, err := s.CustomerDetail(t.Context(), "10"); err != nil || c.LastName != "ten" {
		t.Errorf("detail after another customer was removed: %+v, %v", c, err)
	}
	if got := s.Calls(); got.CustomerDetails != 7 || len(got.CustomerDetailIDs) != 7 || got.CustomerPages != 0 {
		t.Errorf("calls: %+v", got)
	}
}

func TestSourceUsersByFilter(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		filter adcimport.UserFilter
		want   []string
	}{
		"all":                {want: []string{"4", "5", "30"}},
		"F3 support ids":     {filter: adcimport.UserFilter{SupportIDs: []string{"30", "77"}}, want: []string{"30"}},
		"F4 any of the role": {filter: adcimport.UserFilter{RoleIDs: []string{"b"}}, want: []string{"4", "30"}},
		"F5 sub-dealer":      {filter: adcimport.UserFilter{SubDealerIDs: []string{"1", "2"}}, want: []string{"5", "30"}},
		"all must match":     {filter: adcimport.UserFilter{RoleIDs: []string{"b"}, SubDealerIDs: []string{"1"}}, want: []string{"30"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &adcimporttest.Source{Dealer: handmade(), PageSize: 2}
			var ids []string
			for page, err := range s.Users(t.Context(), tt.filter, "") {
				if err != nil {
					t.Fatal(err)
				}
				for _, u := range page.Items {
					ids = append(ids, u.ID)
				}
			}
			if diff := cmp.Diff(tt.want, ids); diff != "" {
				t.Errorf("ids (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSourceZeroValueIsAnEmptyAccount(t *testing.T) {
	t.Parallel()
	var s adcimporttest.Source
	ids, pages := customerPages(t, s.Customers(t.Context(), adcimport.CustomerFilter{}, ""))
	if len(ids) != 0 || len(pages) != 1 {
		t.Errorf("customers: %v in %d pages", ids, len(pages))
	}
	if _, err := s.CustomerDetail(t.Context(), "1"); !errors.Is(err, adcimport.ErrNotFound) {
		t.Errorf("detail: %v", err)
	}
	for name, f := range map[string]func(context.Context) ([]adcimport.Choice, error){"sub-dealers": s.SubDealers, "roles": s.Roles} {
		if got, err := f(t.Context()); len(got) != 0 || err != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	s.Update(func(d *adcimporttest.Dealer) { d.AddCustomers(20) })
	if ids, _ = customerPages(t, s.Customers(t.Context(), adcimport.CustomerFilter{}, "")); len(ids) == 0 {
		t.Error("nothing listed after customers were added")
	}
}

func TestSourceIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	s := &adcimporttest.Source{Dealer: adcimporttest.NewDealer(1, 100, 10), PageSize: 5}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for page, err := range s.Customers(t.Context(), adcimport.CustomerFilter{}, "") {
				if err != nil {
					t.Errorf("list: %v", err)
					return
				}
				for _, c := range page.Items {
					if _, err := s.CustomerDetail(t.Context(), c.ID); err != nil {
						t.Errorf("detail: %v", err)
					}
				}
				s.Update(func(d *adcimporttest.Dealer) { d.Customers[i].LastName += "!" })
				s.Calls()
			}
			s.Update(func(d *adcimporttest.Dealer) { d.AddCustomers(i) })
		})
	}
	wg.Wait()
}
