package adcimport_test

import (
	"context"
	"fmt"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

func ExampleImporter_Forget() {
	ctx := context.Background()
	sink := new(adcimporttest.Sink)
	imp, err := adcimport.New(adcimport.Config{
		Link:  "acme",
		Sink:  sink,
		Store: new(adcimport.MemoryStore),
		Source: &adcimporttest.Source{Dealer: &adcimporttest.Dealer{Customers: []adcimport.Customer{
			{ID: "1001", LastName: "Alder"}, {ID: "1002", LastName: "Birch"}, {ID: "1003", LastName: "Cedar"},
		}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{}); err != nil {
		fmt.Println(err)
		return
	}
	sink.DeleteCustomers(sink.Customers()[0].ID) // a person does, in SecurityTrax
	if err := imp.Forget(ctx, adcimport.KindCustomer, "1001"); err != nil {
		fmt.Println(err)
		return
	}
	summary, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
	fmt.Println(summary.Counts.Created, "created,", summary.Counts.Skipped, "known", err)
	// Output:
	// 1 created, 2 known <nil>
}

func ExampleOverwrite() {
	ctx := context.Background()
	sink := new(adcimporttest.Sink)
	source := &adcimporttest.Source{Dealer: &adcimporttest.Dealer{Customers: []adcimport.Customer{
		{ID: "1001", LastName: "Alder", PrimaryEmail: "alder@example.com", PrimaryPhoneNumber: "555-0100"},
	}}}
	cfg := adcimport.Config{Link: "acme", Source: source, Sink: sink, Store: new(adcimport.MemoryStore)}
	email := adcimport.Rule{From: []string{"PrimaryEmail"}, To: "Email", Overwrite: adcimport.OverwriteIfEmpty}
	phone := adcimport.Rule{From: []string{"PrimaryPhoneNumber"}, To: "Phone1", Overwrite: adcimport.OverwriteNever}
	cfg.CustomerMapping = adcimport.DefaultCustomerMapping().With(email, phone)
	imp, err := adcimport.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	var upsert adcimport.CustomerOptions
	upsert.Mode = adcimport.Upsert
	if _, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, upsert); err != nil {
		fmt.Println(err)
		return
	}
	sink.EditCustomer(sink.Customers()[0].ID, func(rec *adcimport.CustomerRecord) { // a person does
		rec.Email, rec.Phone1 = "typed@example.com", "555-0199"
	})
	source.Update(func(d *adcimporttest.Dealer) {
		d.Customers[0].LastName, d.Customers[0].PrimaryEmail, d.Customers[0].PrimaryPhoneNumber = "Changed", "new@example.com", "555-0111"
	})
	summary, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, upsert)
	if err != nil {
		fmt.Println(err)
		return
	}
	rec := sink.Customers()[0].Record
	fmt.Println("updated:", summary.Counts.Updated)
	fmt.Println("name:   ", rec.LastName)
	fmt.Println("e-mail: ", rec.Email)
	fmt.Println("phone:  ", rec.Phone1)
	// Output:
	// updated: 1
	// name:    Changed
	// e-mail:  typed@example.com
	// phone:   555-0199
}

func ExampleParseMapping_overwrite() {
	rule := `{"from": "PrimaryEmail", "to": "Email", "transforms": ["trim"], "overwrite": "if_empty"}`
	m, err := adcimport.ParseMapping([]byte(`{"rules": [` + rule + `]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Rules[0].To, m.Rules[0].Overwrite)
	_, err = adcimport.ParseMapping([]byte(`{"rules": [{"const": "true", "to": "ServiceTwoWayVoice", "overwrite": "if_empty"}]}`))
	fmt.Println(err)
	// Output:
	// Email if_empty
	// mapping: rule 0: ServiceTwoWayVoice: rules[0].overwrite: a boolean is never empty: say always or never
}
