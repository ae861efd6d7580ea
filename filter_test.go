package adcimport_test

import (
	"testing"

	"github.com/securitytrax/adcimport"
)

func TestFilters_Match(t *testing.T) {
	t.Parallel()
	customer := adcimport.Customer{ID: "5", SubDealerID: "s1"}
	for name, tt := range map[string]struct {
		f    adcimport.CustomerFilter
		want bool
	}{
		"none":         {adcimport.CustomerFilter{}, true},
		"F1 id":        {adcimport.CustomerFilter{CustomerIDs: []string{"4", "5"}}, true},
		"F1 exact":     {adcimport.CustomerFilter{CustomerIDs: []string{"55", "05"}}, false},
		"F2 any":       {adcimport.CustomerFilter{SubDealerIDs: []string{"s0", "s1"}}, true},
		"F2 other":     {adcimport.CustomerFilter{SubDealerIDs: []string{"s2"}}, false},
		"all of them":  {adcimport.CustomerFilter{CustomerIDs: []string{"5"}, SubDealerIDs: []string{"s1"}}, true},
		"not only one": {adcimport.CustomerFilter{CustomerIDs: []string{"5"}, SubDealerIDs: []string{"s2"}}, false},
	} {
		if got := tt.f.Match(customer); got != tt.want {
			t.Errorf("customer, %s: got %v", name, got)
		}
	}
	user := adcimport.User{ID: "7", SubDealerID: "s1", RoleIDs: []string{"r1", "r2"}}
	for name, tt := range map[string]struct {
		f    adcimport.UserFilter
		want bool
	}{
		"none":         {adcimport.UserFilter{}, true},
		"F3 id":        {adcimport.UserFilter{SupportIDs: []string{"7"}}, true},
		"F3 exact":     {adcimport.UserFilter{SupportIDs: []string{"77"}}, false},
		"F4 any":       {adcimport.UserFilter{RoleIDs: []string{"r9", "r2"}}, true},
		"F4 other":     {adcimport.UserFilter{RoleIDs: []string{"r9"}}, false},
		"F5 any":       {adcimport.UserFilter{SubDealerIDs: []string{"s1"}}, true},
		"F5 other":     {adcimport.UserFilter{SubDealerIDs: []string{""}}, false},
		"all of them":  {adcimport.UserFilter{SupportIDs: []string{"7"}, RoleIDs: []string{"r1"}, SubDealerIDs: []string{"s1"}}, true},
		"not only two": {adcimport.UserFilter{SupportIDs: []string{"7"}, RoleIDs: []string{"r1"}, SubDealerIDs: []string{"s2"}}, false},
	} {
		if got := tt.f.Match(user); got != tt.want {
			t.Errorf("user, %s: got %v", name, got)
		}
	}
}
