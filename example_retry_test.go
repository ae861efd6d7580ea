package adcimport_test

import (
	"context"
	"fmt"
	"log"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// required is a rule that SecurityTrax has as well: without a phone number nobody.
var required = adcimport.Rule{From: []string{"PrimaryPhoneNumber"}, To: "Phone1", Required: true}

// A record that failed says why; somebody mends it at Alarm.com, and a retry takes it
// and nothing else.
func Example_retry() {
	source := &adcimporttest.Source{Dealer: &adcimporttest.Dealer{Customers: []adcimport.Customer{
		{ID: "1001", LastName: "Alder", PrimaryPhoneNumber: "801-555-0101"}, {ID: "1002", LastName: "Birch"},
	}}}
	imp, err := adcimport.New(adcimport.Config{
		Link: "acme", Source: source, Sink: &adcimporttest.Sink{}, Store: new(adcimport.MemoryStore),
		CustomerMapping: adcimport.DefaultCustomerMapping().With(required),
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	first, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
	if err != nil {
		log.Fatal(err)
	}
	for o, err := range imp.Outcomes(ctx, first.RunID) {
		if err != nil {
			log.Fatal(err)
		}
		if o.Action == adcimport.ActionFailed {
			fmt.Println(o.SourceID, o.Reason, o.Fields)
		}
	}

	source.Update(func(d *adcimporttest.Dealer) { d.Customers[1].PrimaryPhoneNumber = "801-555-0102" })
	retry, err := imp.RetryFailed(ctx, first.RunID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(retry)
	// Output:
	// 1002 invalid_record [{Phone1 required}]
	// customers completed: 1 read, 1 created, 0 linked, 0 updated, 0 unchanged, 0 skipped, 0 failed
}
