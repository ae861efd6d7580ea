package adcimport_test

import (
	"context"
	"fmt"
	"log"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// Outcomes come one by one, each once it is stored. Breaking stops the run, and
// Resume goes on with it.
func ExampleImporter_ImportCustomersSeq() {
	imp, err := adcimport.New(adcimport.Config{
		Link:      "isp-42",
		Source:    &adcimporttest.Source{Dealer: adcimporttest.NewDealer(1, 100, 10)},
		Sink:      &adcimporttest.Sink{},
		Store:     new(adcimport.MemoryStore),
		BatchSize: 10,
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	var runID string
	for o, err := range imp.ImportCustomersSeq(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(o.Action)
		runID = o.RunID
		break
	}
	run, err := imp.StartResume(ctx, runID)
	if err != nil {
		log.Fatal(err)
	}
	sum, err := run.Wait(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sum.Status, sum.Counts.Created)
	// Output:
	// created
	// completed 90
}

// A person looks at a preview of the first records, and imports what they saw.
func ExamplePlan_Start() {
	imp, err := adcimport.New(adcimport.Config{
		Link:   "isp-42",
		Source: &adcimporttest.Source{Dealer: adcimporttest.NewDealer(1, 100, 10)},
		Sink:   &adcimporttest.Sink{},
		Store:  new(adcimport.MemoryStore),
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	plan, err := imp.PlanCustomers(adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
	if err != nil {
		log.Fatal(err)
	}
	plan.Limit = 20
	for _, err := range plan.Outcomes(ctx) { // show each
		if err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(plan)
	run, err := plan.Start(ctx)
	if err != nil {
		log.Fatal(err)
	}
	sum, err := run.Wait(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sum)
	// Output:
	// preview of customers: 20 read: 20 to create, 0 to link, 0 to update, 0 to leave unchanged, 0 to skip, 0 to reject
	// customers completed: 20 read, 20 created, 0 linked, 0 updated, 0 unchanged, 0 skipped, 0 failed
}

// Ids as a person types them.
func ExampleParseIDs() {
	fmt.Println(adcimport.ParseIDs("1042, 1043,,1042"))
	fmt.Println(adcimport.ParseIDs("1042, ten"))
	// Output:
	// [1042 1043] <nil>
	// [] invalid filter: part 2, "ten": must be a positive whole number of at most 18 digits
}
