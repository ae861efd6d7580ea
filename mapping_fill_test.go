package adcimport_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
)

func TestCustomerFill(t *testing.T) {
	t.Parallel()
	type fill = adcimport.CustomerFill
	all := fill{
		FirstName: "Unknown", LastName: "Nobody", Phone1: "2025550100", City: "Richmond", State: "VA", SaleDate: "2020-01-01",
	}
	company := all
	company.LastNameFromCompany = true
	filled := adcimport.CustomerRecord{
		FirstName: "Unknown", LastName: "Nobody", BusinessName: "Acme", Phone1: "2025550100", City: "Richmond", State: "VA", SaleDate: "2020-01-01",
	}
	withCompany := filled
	withCompany.LastName = "Acme"
	for name, tt := range map[string]struct {
		fill fill
		in   adcimport.Customer
		want adcimport.CustomerRecord
	}{
		"nothing":         {fill{}, adcimport.Customer{CompanyName: "Acme"}, adcimport.CustomerRecord{BusinessName: "Acme"}},
		"values":          {all, adcimport.Customer{CompanyName: "Acme"}, filled},
		"company's name":  {company, adcimport.Customer{CompanyName: " Acme "}, withCompany},
		"no company":      {fill{LastNameFromCompany: true, LastName: "N"}, adcimport.Customer{LastName: " "}, adcimport.CustomerRecord{LastName: "N"}},
		"what there is":   {company, fullCustomer(), func() adcimport.CustomerRecord { r, _ := mapCustomer(t, adcimport.Mapping{}, fullCustomer()); return r }()},
		"name as written": {company, adcimport.Customer{LastName: "L", CompanyName: "Acme"}, func() adcimport.CustomerRecord { r := filled; r.LastName = "L"; return r }()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, fields := mapCustomer(t, tt.fill.Mapping(), tt.in)
			if fields != nil {
				t.Errorf("field errors %v", fields)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("record (-want +got):\n%s", diff)
			}
		})
	}
	if diff := cmp.Diff(adcimport.DefaultCustomerMapping(), fill{}.Mapping()); diff != "" {
		t.Errorf("the zero fill (-default +got):\n%s", diff)
	}
	want := []string{"mapping: rule 9: SaleDate: rules[9].default: must be a date, as in 2024-03-31"}
	if diff := cmp.Diff(want, mappingErrors(t, fill{SaleDate: "today"}.Mapping().CheckCustomers(nil))); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}
