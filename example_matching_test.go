package adcimport_test

import (
	"context"
	"fmt"
	"log"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// typedInByHand is in SecurityTrax, without an Alarm.com id.
var typedInByHand = adcimport.CustomerRecord{
	FirstName: "Annie", LastName: "Nguyen", Phone1: "(801) 234-5678", Email: "Ann@Example.com",
	Address1: "12 Main St", City: "Provo", State: "UT", Zip: "84601", SaleDate: "2019-03-01",
}

// Who may be in SecurityTrax already waits for a person, and is not created. The person
// says who it is, and the next run links them.
func Example_matching() {
	sink := &adcimporttest.Sink{}
	sink.TypeInCustomer(typedInByHand)
	imp, err := adcimport.New(adcimport.Config{
		Link: "acme", Sink: sink, Store: new(adcimport.MemoryStore),
		Source: &adcimporttest.Source{Dealer: &adcimporttest.Dealer{Customers: []adcimport.Customer{{
			ID: "1001", FirstName: "Ann", LastName: "Nguyen", PrimaryPhoneNumber: "801-234-5678",
			InstallAddress: adcimport.Address{Street1: "12 Main Street", City: "Provo", State: "UT", Zip: "84601"},
		}}}},
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	for range 2 {
		summary, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(summary.ToReview(), "to review,", summary.Counts.Linked, "linked")
		for review, err := range imp.ToReview(ctx, adcimport.KindCustomer) {
			if err != nil {
				log.Fatal(err)
			}
			first := review.Candidates[0]
			fmt.Println(review.SourceID, "may be", first.ID, "by", first.Evidence)
			if err := imp.Decide(ctx, adcimport.KindCustomer, adcimport.Decision{SourceID: review.SourceID, LinkTo: first.ID}); err != nil {
				log.Fatal(err)
			}
		}
	}
	// Output:
	// 1 to review, 0 linked
	// 1001 may be 5001 by [phone address name]
	// 0 to review, 1 linked
}
