package adcimport_test

import (
	"context"
	"fmt"
	"log"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// people own the e-mail address once SecurityTrax has one.
var peoplesEmail = adcimport.Rule{From: []string{"PrimaryEmail"}, To: "Email", Overwrite: adcimport.OverwriteIfEmpty}

// Upsert also brings what changed at Alarm.com, but not over what people own.
func Example_updating() {
	sink := &adcimporttest.Sink{}
	source := &adcimporttest.Source{Dealer: &adcimporttest.Dealer{Customers: []adcimport.Customer{
		{ID: "1001", LastName: "Alder", PrimaryEmail: "alder@example.com"}, {ID: "1002", LastName: "Birch"},
	}}}
	imp, err := adcimport.New(adcimport.Config{
		Link: "acme", Source: source, Sink: sink, Store: new(adcimport.MemoryStore),
		CustomerMapping: adcimport.DefaultCustomerMapping().With(peoplesEmail),
	})
	if err != nil {
		log.Fatal(err)
	}
	var options adcimport.CustomerOptions
	options.Mode = adcimport.Upsert
	ctx := context.Background()
	if _, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, options); err != nil {
		log.Fatal(err)
	}

	sink.EditCustomer(sink.Customers()[0].ID, func(rec *adcimport.CustomerRecord) { rec.Email = "typed@example.com" })
	source.Update(func(d *adcimporttest.Dealer) {
		d.Customers[0].LastName, d.Customers[0].PrimaryEmail = "Alder-Ash", "new@example.com"
	})
	summary, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, options)
	if err != nil {
		log.Fatal(err)
	}
	rec := sink.Customers()[0].Record
	fmt.Println(summary.Counts.Updated, "updated,", summary.Counts.Unchanged, "unchanged:", rec.LastName, rec.Email)
	// Output:
	// 1 updated, 1 unchanged: Alder-Ash typed@example.com
}
