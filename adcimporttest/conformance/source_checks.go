package conformance

import (
	"errors"
	"fmt"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/ability"
)

// strangeIDs are few sources' ids. A source may take them all the same.
func strangeIDs() []string {
	return []string{"abc", "007", "-1", "1,2", "9999999999999999999999", "\u0661"}
}

func sourceFilterCheck(t *trial, c SourceCase) {
	checker, ok := ability.Find[adcimport.FilterChecker](c.Source)
	if !ok {
		t.leaveOut("the source does not check filters")
		return
	}
	customers, users := customerSide(c), userSide(c)
	customerFilter := func(f sideFilter) error {
		return checker.CheckCustomerFilter(adcimport.CustomerFilter{CustomerIDs: f.ids, SubDealerIDs: f.subs})
	}
	userFilter := func(f sideFilter) error {
		return checker.CheckUserFilter(adcimport.UserFilter{SupportIDs: f.ids, RoleIDs: f.roles, SubDealerIDs: f.subs})
	}
	for _, f := range append(customers.groups(), sideFilter{}, sideFilter{ids: idsOf(customers)}) {
		t.noError(fmt.Sprintf("CheckCustomerFilter %v", f), customerFilter(f))
	}
	for _, f := range append(users.groups(), sideFilter{}, sideFilter{ids: idsOf(users)}) {
		t.noError(fmt.Sprintf("CheckUserFilter %v", f), userFilter(f))
	}
	for _, id := range strangeIDs() {
		for _, f := range []sideFilter{{ids: []string{id}}, {subs: []string{id}}, {roles: []string{id}}} {
			t.filterError(fmt.Sprintf("CheckCustomerFilter %v", f), customerFilter(f))
			t.filterError(fmt.Sprintf("CheckUserFilter %v", f), userFilter(f))
		}
	}
}

func (t *trial) filterError(what string, err error) {
	if err == nil {
		return
	}
	if e, ok := errors.AsType[*adcimport.InvalidFilterError](err); !ok || e.Field == "" || e.Rule == "" {
		t.failf("%s: %v, want an *InvalidFilterError with field and rule", what, err)
	}
}

func idsOf[T any](s *sourceSide[T]) []string {
	ids := make([]string, len(s.want))
	for i, v := range s.want {
		ids[i] = s.id(v)
	}
	return ids
}
