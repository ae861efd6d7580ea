package adcimporttest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// Fault 80: a customer and a user can be edited and deleted between two runs.
func TestDealer_people(t *testing.T) {
	t.Parallel()
	type seen struct {
		Done             bool
		Customers, Users []string // last names
	}
	tests := map[string]struct {
		do   func(d *adcimporttest.Dealer) bool
		want seen
	}{
		"edit a customer": {func(d *adcimporttest.Dealer) bool {
			return d.EditCustomer("2", func(c *adcimport.Customer) { c.LastName = "Else" })
		}, seen{true, []string{"One", "Else"}, []string{"Rep", "Other"}}},
		"edit a customer who is not there": {func(d *adcimporttest.Dealer) bool {
			return d.EditCustomer("3", func(c *adcimport.Customer) { c.LastName = "Else" })
		}, seen{false, []string{"One", "Two"}, []string{"Rep", "Other"}}},
		"edit a user": {func(d *adcimporttest.Dealer) bool {
			return d.EditUser("8", func(u *adcimport.User) { u.LastName = "Else" })
		}, seen{true, []string{"One", "Two"}, []string{"Rep", "Else"}}},
		"edit a user who is not there": {func(d *adcimporttest.Dealer) bool {
			return d.EditUser("1", func(*adcimport.User) {})
		}, seen{false, []string{"One", "Two"}, []string{"Rep", "Other"}}},
		"delete a customer": {func(d *adcimporttest.Dealer) bool {
			return d.DeleteCustomers("1", "3") == 1
		}, seen{true, []string{"Two"}, []string{"Rep", "Other"}}},
		"delete both users": {func(d *adcimporttest.Dealer) bool {
			return d.DeleteUsers("7", "8") == 2
		}, seen{true, []string{"One", "Two"}, nil}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := &adcimporttest.Source{Full: true, Dealer: &adcimporttest.Dealer{
				Customers: []adcimport.Customer{{ID: "1", LastName: "One"}, {ID: "2", LastName: "Two"}},
				Users:     []adcimport.User{{ID: "7", LastName: "Rep"}, {ID: "8", LastName: "Other"}},
			}}
			var got seen
			source.Update(func(d *adcimporttest.Dealer) { got.Done = tt.do(d) })
			for p, err := range source.Customers(t.Context(), adcimport.CustomerFilter{}, "") {
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range p.Items {
					got.Customers = append(got.Customers, c.LastName)
				}
			}
			for p, err := range source.Users(t.Context(), adcimport.UserFilter{}, "") {
				if err != nil {
					t.Fatal(err)
				}
				for _, u := range p.Items {
					got.Users = append(got.Users, u.LastName)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
