package adcimport_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
)

// A count is from list and ledger alone: no detail, no call of the sink, no lease,
// nothing written.
func TestImporter_CountCustomers(t *testing.T) {
	t.Parallel()
	type filter = adcimport.CustomerFilter
	some := func(t *testing.T, r *rig) { // 12 of 30 are known, and one failed
		t.Helper()
		r.refuses(map[string]bool{"13": true})
		if _, err := r.customers(t, adcimport.RunOptions{Limit: 13}); err != nil {
			t.Fatal(err)
		}
		r.sink.create = nil
	}
	for name, tt := range map[string]struct {
		spoil  func(*rig)
		before func(*testing.T, *rig)
		f      filter
		want   adcimport.Found
	}{
		"nobody is known": {want: adcimport.Found{Listed: 30, New: 30}},
		"some are":        {before: some, want: adcimport.Found{Listed: 30, Known: 12, New: 18}},
		"named":           {before: some, f: filter{CustomerIDs: []string{"12", "13", "14", "14"}}, want: adcimport.Found{Listed: 3, Known: 1, New: 2}},
		"everybody is known": {before: func(t *testing.T, r *rig) {
			t.Helper()
			if _, err := r.customers(t); err != nil {
				t.Fatal(err)
			}
		}, want: adcimport.Found{Listed: 30, Known: 30}},
		"a sub-dealer, of which a list of ids says nothing": {
			spoil: func(r *rig) { r.cfg.Source = &unfiltered{r.src} }, f: filter{SubDealerIDs: []string{"7"}},
			want: adcimport.Found{Listed: 30, New: 30, AtMost: true},
		},
		"a sub-dealer, pushed down": {f: filter{SubDealerIDs: []string{"7"}}, want: adcimport.Found{Listed: 1, New: 1, AtMost: true}},
		"a sub-dealer, from whole pages": {
			spoil: func(r *rig) { r.src.Full = true }, f: filter{SubDealerIDs: []string{"7"}}, want: adcimport.Found{Listed: 1, New: 1},
		},
		"a sub-dealer, from whole pages of everybody": {
			spoil: func(r *rig) { r.src.Full, r.cfg.Source = true, &unfiltered{r.src} }, f: filter{SubDealerIDs: []string{"7"}},
			want: adcimport.Found{Listed: 1, New: 1},
		},
		"a source that delivers more": {
			spoil: func(r *rig) { r.cfg.Source = &unfiltered{r.src} }, f: filter{CustomerIDs: []string{"3", "99"}}, want: adcimport.Found{Listed: 1, New: 1},
		},
		"repeated, and without an id": {
			spoil: func(r *rig) {
				r.cfg.Source = adcimport.CustomersOnly(pagesOf([]string{"1", "2", "", "1"}, []string{"2", "a\x00", "3"}))
			}, want: adcimport.Found{Listed: 5, New: 3},
		},
		"an empty account": {spoil: func(r *rig) { r.src.Dealer.Customers = nil }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(30)
			r.src.Dealer.Customers[6].SubDealerID = "7"
			if tt.spoil != nil {
				tt.spoil(r)
			}
			imp := r.importer(t)
			if tt.before != nil {
				tt.before(t, r)
			}
			sink, details, store := r.sink.CallCounts(), r.src.Calls().CustomerDetails, r.store.count()
			r.sink.check = errBoom // it is not asked
			got, err := imp.CountCustomers(t.Context(), tt.f)
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if diff := cmp.Diff(sink, r.sink.CallCounts()); diff != "" || r.src.Calls().CustomerDetails != details {
				t.Errorf("details were read, or the sink was asked:\n%s", diff)
			}
			for method, n := range r.store.count() {
				if method != "Records" && method != "Run" && method != "Runs" && n != store[method] {
					t.Errorf("%s was called", method)
				}
			}
		})
	}
}

func TestImporter_CountUsers(t *testing.T) {
	t.Parallel()
	r := newRig(0)
	r.src.Dealer.Users = []adcimport.User{
		{ID: "1", LoginName: "a", RoleIDs: []string{"7"}}, {ID: "2", LoginName: "b", RoleIDs: []string{"8"}}, {ID: "3", LoginName: "c", RoleIDs: []string{"7"}},
	}
	imp := r.importer(t)
	if _, err := imp.ImportUsers(t.Context(), adcimport.UserFilter{SupportIDs: []string{"1"}}, adcimport.UserOptions{}); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		f    adcimport.UserFilter
		want adcimport.Found
	}{
		"all":    {adcimport.UserFilter{}, adcimport.Found{Listed: 3, Known: 1, New: 2}},
		"a role": {adcimport.UserFilter{RoleIDs: []string{"7"}}, adcimport.Found{Listed: 2, Known: 1, New: 1}},
		"no one": {adcimport.UserFilter{RoleIDs: []string{"9"}}, adcimport.Found{}},
		"an id":  {adcimport.UserFilter{SupportIDs: []string{"2"}}, adcimport.Found{Listed: 1, New: 1}},
	} {
		if got, err := imp.CountUsers(t.Context(), tt.f); err != nil || got != tt.want {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, tt.want)
		}
	}
}

// It counts while a run is at work, and what moves to an account with its first run
// is known.
func TestImporter_CountCustomers_besideRunsAndAccounts(t *testing.T) {
	t.Parallel()
	r := newRig(20)
	imp := r.importer(t)
	r.cfg.Events.Committed = func(ctx context.Context, _ adcimport.RunInfo, p adcimport.Progress) {
		got, err := imp.CountCustomers(ctx, adcimport.CustomerFilter{})
		if err != nil || got.Listed != 20 || got.Known+got.New != 20 || got.Known < p.Counts.Created-10 {
			t.Errorf("at %d: %+v, %v", p.Counts.Created, got, err)
		}
	}
	if _, err := r.customers(t); err != nil {
		t.Fatal(err)
	}
	r.cfg.SinkAccount = "account"
	if got, err := r.importer(t).CountCustomers(t.Context(), adcimport.CustomerFilter{}); err != nil || got.Known != 20 {
		t.Errorf("moved: %+v, %v", got, err)
	}
}

func TestImporter_CountCustomers_errors(t *testing.T) {
	t.Parallel()
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tt := range map[string]struct {
		ended bool // the context
		spoil func(*rig)
		f     adcimport.CustomerFilter
		is    error
	}{
		"a list that fails": {spoil: func(r *rig) {
			r.src.page = func(int, adcimport.Page[adcimport.Customer]) (p adcimport.Page[adcimport.Customer], err error) {
				return p, errLogin
			}
		}, is: adcimport.ErrAuth},
		"a store that fails":   {spoil: func(r *rig) { r.store.before = failOn("Records", 1) }, is: errBoom},
		"no customers":         {spoil: func(r *rig) { r.cfg.Source = adcimport.UsersOnly(r.src) }, is: errors.ErrUnsupported},
		"a context that ended": {ended: true, is: context.Canceled},
	} {
		r := newRig(30)
		if tt.spoil != nil {
			tt.spoil(r)
		}
		ctx := t.Context()
		if tt.ended {
			ctx = canceled
		}
		got, err := r.importer(t).CountCustomers(ctx, tt.f)
		if !errors.Is(err, tt.is) || got != (adcimport.Found{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	_, err := newRig(3).importer(t).CountCustomers(t.Context(), adcimport.CustomerFilter{CustomerIDs: []string{" 1"}})
	if _, ok := errors.AsType[*adcimport.InvalidFilterError](err); !ok {
		t.Errorf("a filter that is none: %v", err)
	}
}
