package adcimport_test

import (
	"context"
	"fmt"
	"log"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// previewRoster has one customer without what SecurityTrax requires.
var previewRoster = []adcimport.Customer{
	{ID: "1001", FirstName: "Ann", LastName: "Alder", PrimaryPhoneNumber: "801-555-0101"},
	{ID: "1002", FirstName: "Ben", LastName: "Birch"},
}

// A preview is the run without its writes. What a person has seen in it, and agreed to,
// is what Start imports.
func Example_preview() {
	sink := &adcimporttest.Sink{}
	phone := adcimport.Rule{From: []string{"PrimaryPhoneNumber"}, To: "Phone1", Required: true}
	imp, err := adcimport.New(adcimport.Config{
		Link: "acme", Source: &adcimporttest.Source{Dealer: &adcimporttest.Dealer{Customers: previewRoster}}, Sink: sink,
		Store: new(adcimport.MemoryStore), CustomerMapping: adcimport.DefaultCustomerMapping().With(phone),
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	plan, err := imp.PlanCustomers(adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
	if err != nil {
		log.Fatal(err)
	}
	for o, err := range plan.Outcomes(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(o.SourceID, o.Action, o.Reason, o.Fields)
	}
	fmt.Println("in SecurityTrax:", len(sink.Customers()))
	run, err := plan.Start(ctx)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := run.Wait(ctx); err != nil {
		log.Fatal(err)
	}
	fmt.Println("in SecurityTrax:", len(sink.Customers()))
	// Output:
	// 1001 created  []
	// 1002 failed invalid_record [{Phone1 required}]
	// in SecurityTrax: 0
	// in SecurityTrax: 1
}
