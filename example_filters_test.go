package adcimport_test

import (
	"context"
	"fmt"
	"log"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// branches is an account with customers in two branches, one of them terminated.
var branches = &adcimporttest.Dealer{
	SubDealers: []adcimport.Choice{{ID: "7", Name: "North"}, {ID: "8", Name: "South"}},
	Customers: []adcimport.Customer{
		{ID: "1001", SubDealerID: "7", LastName: "Alder"},
		{ID: "1002", SubDealerID: "8", LastName: "Birch"},
		{ID: "1003", SubDealerID: "7", LastName: "Cedar", Terminated: true},
	},
}

// A person chooses from lists, sees how many there are, and imports those.
func Example_filters() {
	imp, err := adcimport.New(adcimport.Config{
		Link: "acme", Source: &adcimporttest.Source{Dealer: branches}, Sink: &adcimporttest.Sink{}, Store: new(adcimport.MemoryStore),
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	choices, err := imp.CustomerChoices(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("to choose from:", choices.SubDealers)

	filter := adcimport.CustomerFilter{SubDealerIDs: []string{"7"}}
	found, err := imp.CountCustomers(ctx, filter)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("new in North:", found.New, "and terminated:", found.Excluded.Terminated)

	filter.Include.Terminated = true
	summary, err := imp.ImportCustomers(ctx, filter, adcimport.CustomerOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(summary)
	// Output:
	// to choose from: [{7 North} {8 South}]
	// new in North: 1 and terminated: 1
	// customers completed: 2 read, 2 created, 0 linked, 0 updated, 0 unchanged, 0 skipped, 0 failed
}
