package adcimport_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// SPEC "Filters", over HTTP.

func TestSpec_F1_CustomersByID(t *testing.T) {
	t.Parallel()
	demo := person("30", func(c *adcimport.Customer) { c.Demo = true })
	gone := person("40", func(c *adcimport.Customer) { c.Terminated = true })
	w := newWorld(t, &adcimporttest.Dealer{
		Customers: []adcimport.Customer{person("1"), person("12"), person("123"), person("20"), demo, gone},
	})
	ids, err := adcimport.ParseIDs(" 12, 20,,12,999 ,30,40")
	if err != nil {
		t.Fatal(err)
	}
	s := w.importCustomers(t, adcimport.CustomerFilter{CustomerIDs: ids}, w.customerOptions())
	if diff := cmp.Diff([]string{"12", "20"}, imported(w.crm.Customers())); diff != "" {
		t.Errorf("exact matches only (-want +got):\n%s", diff)
	}
	if n := w.alarm.Count("GetCustomerList_V2") + w.alarm.Count("GetCustomerListByBranchId"); n != 0 {
		t.Errorf("%d lists were asked for, to read named customers", n)
	}
	got := map[string]adcimport.Outcome{}
	for o, err := range w.imp.Outcomes(t.Context(), s.RunID) {
		if err != nil {
			t.Fatal(err)
		}
		got[o.SourceID] = o
	}
	if o := got["999"]; o.Action != adcimport.ActionFailed || o.Reason != adcimport.ReasonSourceNotFound {
		t.Errorf("unknown id: %s/%s, want failed/source_not_found", o.Action, o.Reason)
	}
	for _, id := range []string{"30", "40"} {
		if o := got[id]; o.Action != adcimport.ActionSkipped || o.Reason != adcimport.ReasonExcluded {
			t.Errorf("excluded account %s: %s/%s, want skipped/excluded", id, o.Action, o.Reason)
		}
	}
}

func TestSpec_F2_CustomersBySubDealer(t *testing.T) {
	t.Parallel()
	dealer := adcimporttest.NewDealer(21, 200, 0)
	chosen := []string{dealer.SubDealers[1].ID, dealer.SubDealers[3].ID}
	inChosen := func(c adcimport.Customer) bool { return slices.Contains(chosen, c.SubDealerID) }
	w := newWorld(t, dealer)
	w.importCustomers(t, adcimport.CustomerFilter{SubDealerIDs: chosen}, w.customerOptions())
	want := idsOf(dealer.Importable(), customerID, inChosen)
	if diff := cmp.Diff(want, imported(w.crm.Customers())); diff != "" {
		t.Errorf("any of the sub-dealers (-want +got):\n%s", diff)
	}

	t.Run("F1 and F2 must both match", func(t *testing.T) {
		t.Parallel()
		inside := idsOf(dealer.Importable(), customerID, inChosen)[0]
		outside := idsOf(dealer.Importable(), customerID, func(c adcimport.Customer) bool { return !inChosen(c) })[0]
		w := newWorld(t, dealer)
		s := w.importCustomers(t, adcimport.CustomerFilter{CustomerIDs: []string{inside, outside}, SubDealerIDs: chosen},
			w.customerOptions())
		if diff := cmp.Diff([]string{inside}, imported(w.crm.Customers())); diff != "" {
			t.Errorf("customers (-want +got):\n%s", diff)
		}
		if n := s.ByReason[adcimport.ReasonFilteredOut]; n != 1 {
			t.Errorf("%d filtered out, want 1: %+v", n, s)
		}
	})
	t.Run("a sub-dealer that matches nobody is a warning", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, dealer)
		s := w.importCustomers(t, adcimport.CustomerFilter{SubDealerIDs: []string{"987654"}}, w.customerOptions())
		if s.Counts.Created != 0 || len(s.Warnings) == 0 {
			t.Errorf("%+v, want nothing created and a warning", s)
		}
	})
}

func TestSpec_F3_F4_F5_Users(t *testing.T) {
	t.Parallel()
	dealer := adcimporttest.NewDealer(22, 0, 100)
	all := dealer.ImportableUsers(false)
	sub, roles := dealer.SubDealers[0].ID, []string{dealer.Roles[0].ID, dealer.Roles[2].ID}
	hasRole := func(u adcimport.User) bool {
		return slices.ContainsFunc(u.RoleIDs, func(id string) bool { return slices.Contains(roles, id) })
	}
	tests := map[string]struct {
		filter adcimport.UserFilter
		keep   func(adcimport.User) bool
	}{
		"F3 support ids": {
			adcimport.UserFilter{SupportIDs: []string{all[3].ID, all[7].ID}},
			func(u adcimport.User) bool { return u.ID == all[3].ID || u.ID == all[7].ID },
		},
		"F4 roles":       {adcimport.UserFilter{RoleIDs: roles}, hasRole},
		"F5 sub-dealers": {adcimport.UserFilter{SubDealerIDs: []string{sub}}, func(u adcimport.User) bool { return u.SubDealerID == sub }},
		"F4 and F5": {
			adcimport.UserFilter{RoleIDs: roles, SubDealerIDs: []string{sub}},
			func(u adcimport.User) bool { return hasRole(u) && u.SubDealerID == sub },
		},
		"none": {adcimport.UserFilter{}, everyone[adcimport.User]},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dealer)
			w.importUsers(t, tt.filter, w.userOptions())
			want := idsOf(all, userID, tt.keep)
			if len(want) == 0 {
				t.Fatal("the case selects nobody")
			}
			if diff := cmp.Diff(want, imported(w.crm.Users())); diff != "" {
				t.Errorf("users (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("F3 an unknown support id", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, dealer)
		s := w.importUsers(t, adcimport.UserFilter{SupportIDs: []string{all[0].ID, "1"}}, w.userOptions())
		if s.Counts.Created != 1 || s.ByReason[adcimport.ReasonSourceNotFound] != 1 {
			t.Errorf("%+v, want 1 created and 1 source_not_found", s)
		}
	})
}

func TestSpec_F6_ListsComeFromAlarmCom(t *testing.T) {
	t.Parallel()
	dealer := adcimporttest.NewDealer(23, 1, 1)
	w := newWorld(t, dealer)
	users, err := w.imp.UserChoices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	customers, err := w.imp.CustomerChoices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	byID := func(a, b adcimport.Choice) int { return len(a.ID)*100 - len(b.ID)*100 + strings.Compare(a.ID, b.ID) }
	sorted := func(c []adcimport.Choice) []adcimport.Choice { return slices.SortedFunc(slices.Values(c), byID) }
	for what, got := range map[string][]adcimport.Choice{"customers": customers.SubDealers, "users": users.SubDealers} {
		if diff := cmp.Diff(sorted(dealer.SubDealers), sorted(got)); diff != "" {
			t.Errorf("sub-dealers for %s (-want +got):\n%s", what, diff)
		}
	}
	if diff := cmp.Diff(sorted(dealer.Roles), sorted(users.Roles)); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
}

func TestSpec_F_ABadFilterIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, adcimporttest.NewDealer(24, 5, 0))
	for _, id := range []string{"", " 12", "abc", "12;13"} {
		_, err := w.imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{CustomerIDs: []string{id}}, w.customerOptions())
		bad, ok := errors.AsType[*adcimport.InvalidFilterError](err)
		if !ok || bad.Part != id {
			t.Errorf("id %q: %v, want *InvalidFilterError that names it", id, err)
		}
	}
	if n := len(w.crm.Customers()); n != 0 {
		t.Errorf("%d customers were written", n)
	}
}
