package adcimport_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// fault 73: in 19 of 30 ordinary nights a summary warned that a rule matched 0 of 3
// records. It warns when a rule was tried on a hundred and never matched before.
func TestFault73_rulesThatMatchNothing_overManyNights(t *testing.T) {
	t.Parallel()
	business := func(s *adcimport.Summary) bool {
		return slices.ContainsFunc(s.Warnings, func(w string) bool { return strings.Contains(w, "(BusinessName) matched 0 of") })
	}
	for name, tt := range map[string]struct {
		nights  []int // how many are new in each
		company int   // the customer that has a company name; 0: nobody
		warned  []int // nights, from 0
	}{
		"a few every night":             {nights: slices.Repeat([]int{3}, 30)},
		"a big first one, and a few":    {nights: []int{150, 3, 0, 7, 99}, warned: []int{0}},
		"big ones":                      {nights: []int{100, 120}, warned: []int{0, 1}},
		"a big one after a match":       {nights: []int{5, 130, 3}, company: 4},
		"a match in the big one":        {nights: []int{130, 130}, company: 130},
		"a match after the warning":     {nights: []int{130, 5, 130}, company: 132, warned: []int{0}},
		"a night just below the number": {nights: []int{99, 99}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(0)
			var warned []int
			n := 0
			for night, fresh := range tt.nights {
				n += fresh
				r.src.Update(func(d *adcimporttest.Dealer) {
					d.Customers = plainCustomers(n)
					for i := range d.Customers {
						if d.Customers[i].ID == strconv.Itoa(tt.company) {
							d.Customers[i].CompanyName = "Example"
						}
					}
				})
				s, err := r.customers(t)
				if err != nil {
					t.Fatal(err)
				}
				if business(s) {
					warned = append(warned, night)
				}
			}
			if !slices.Equal(warned, tt.warned) {
				t.Errorf("warned in the nights %v, want %v", warned, tt.warned)
			}
		})
	}
}
