package adcimport_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// The Go snippets of docs/mapping.md are in these examples word for word;
// TestMappingDoc_snippets compares.

func ExampleMapping_With() {
	m := adcimport.DefaultCustomerMapping().With(
		adcimport.Rule{
			From: []string{"FirstName"}, To: "FirstName",
			Transforms: []adcimport.Transform{{Name: "collapse"}, {Name: "title"}},
		},
		adcimport.Rule{Const: "alarm.com", To: "Custom.lead_source"},
	)
	if err := m.CheckCustomers(nil); err != nil {
		fmt.Println(err)
	}
	fmt.Println(len(m.Rules), "rules")
	// Output: 15 rules
}

func ExampleParseMapping() {
	file := []byte(`{"rules": [{"from": "FirstName", "to": "FirstName", "transforms": ["title"]}]}`)
	m, err := adcimport.ParseMapping(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	cfg := adcimport.Config{CustomerMapping: m}
	fmt.Println(len(cfg.CustomerMapping.Rules), "rule")
	// Output: 1 rule
}

func ExampleTransformFunc() {
	transforms := map[string]adcimport.TransformFunc{
		"dealer_code": func(in string) (string, error) {
			code, ok := strings.CutPrefix(in, "D-")
			if !ok {
				return "", errors.New("no dealer code")
			}
			return code, nil
		},
	}
	m := adcimport.Mapping{Rules: []adcimport.Rule{{
		From:       []string{"CentralStationInfo.AccountNumber"},
		To:         "AccountNumber",
		Transforms: []adcimport.Transform{{Name: "trim"}, {Name: "dealer_code"}},
	}}}
	cfg := adcimport.Config{CustomerMapping: m, Transforms: transforms}
	fmt.Println(cfg.CustomerMapping.CheckCustomers(cfg.Transforms))
	fmt.Println(cfg.CustomerMapping.CheckCustomers(nil))
	// Output:
	// <nil>
	// mapping: rule 0: AccountNumber: rules[0].transforms[1]: unknown transform "dealer_code"
}

func ExampleCustomerFill() {
	fill := adcimport.CustomerFill{LastNameFromCompany: true, FirstName: "Unknown", SaleDate: "2020-01-01"}
	cfg := adcimport.Config{CustomerMapping: fill.Mapping()}
	fmt.Println(cfg.CustomerMapping.CheckCustomers(nil))
	// Output: <nil>
}

func ExampleImporter_ExplainCustomer() {
	m, err := adcimport.ParseMapping([]byte(`{"rules": [
		{"from": "FirstName", "to": "FirstName", "transforms": ["collapse", "title"]},
		{"from": "PrimaryPhoneNumber", "to": "Phone1", "transforms": ["phone"]}
	]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	dealer := &adcimporttest.Dealer{Customers: []adcimport.Customer{{ID: "4711", FirstName: "ADA ", PrimaryPhoneNumber: "555-0143"}}}
	imp, err := adcimport.New(adcimport.Config{
		Link: "dealer-1", Source: &adcimporttest.Source{Dealer: dealer}, Sink: &adcimporttest.Sink{},
		Store: new(adcimport.MemoryStore), CustomerMapping: m,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	e, err := imp.ExplainCustomer(ctx, "4711", adcimport.ExplainOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(e)
	// Output:
	// customer 4711
	// rule 0: FirstName = ‹3 letters›
	//   from FirstName: ‹3 letters, 1 space›
	//   collapse: ‹3 letters›
	//   title: ‹3 letters›
	// rule 1: Phone1: error: must be a US or Canadian phone number
	//   from PrimaryPhoneNumber: ‹7 digits, 1 other›
	//   phone: error: must be a US or Canadian phone number
}

func ExampleMapping_ExplainCustomer() {
	customer := adcimport.Customer{ID: "4711", FirstName: "ADA "}
	m := adcimport.Mapping{Rules: []adcimport.Rule{{From: []string{"FirstName"}, To: "FirstName", Transforms: []adcimport.Transform{{Name: "title"}}}}}
	e, err := m.ExplainCustomer(nil, customer, adcimport.ExplainOptions{ShowValues: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range e.Rules {
		fmt.Printf("%s = %q\n", r.To, r.Output)
	}
	// Output:
	// FirstName = "Ada "
}
