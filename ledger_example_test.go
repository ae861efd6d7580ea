package adcimport_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// exampleImporter is an account of three customers, one of which lacks its
// phone number, and a sink that requires one.
func exampleImporter() *adcimport.Importer {
	d := &adcimporttest.Dealer{Customers: []adcimport.Customer{
		labCustomer("1041"), labCustomer("1042", func(c *adcimport.Customer) { c.PrimaryPhoneNumber = "" }), labCustomer("1043"),
	}}
	source := &adcimporttest.Source{Dealer: d}
	sink := &adcimporttest.Sink{Strict: true}
	sink.Choices.Offices = []adcimport.Choice{{ID: "12"}}
	imp, err := adcimport.New(adcimport.Config{Link: "acme", Source: source, Sink: sink, Store: new(adcimport.MemoryStore)})
	if err != nil {
		panic(err)
	}
	return imp
}

func ExampleImporter_PlanCustomers() {
	ctx := context.Background()
	imp := exampleImporter()
	options := adcimport.CustomerOptions{OfficeID: "12"}

	plan, err := imp.PlanCustomers(adcimport.CustomerFilter{}, options)
	if err != nil {
		fmt.Println(err)
		return
	}
	for o, err := range plan.Outcomes(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if o.Action == adcimport.ActionFailed {
			fmt.Println(o.SourceID, o.Reason, o.Fields)
		}
	}
	fmt.Println(plan)
	// Output:
	// 1042 invalid_record [{Phone1 is required}]
	// preview of customers: 3 read: 2 to create, 0 to link, 0 to update, 0 to leave unchanged, 0 to skip, 1 to reject
}

func ExampleRunOptions_budget() {
	ctx := context.Background()
	imp := exampleImporter()

	options := adcimport.CustomerOptions{OfficeID: "12"}
	options.MaxFailures = -1 // none tolerated
	summary, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, options)
	if errors.Is(err, adcimport.ErrTooManyFailures) {
		fmt.Println(summary.Status, "and resumable:", summary.Counts.Failed, "failed")
	}
	// Output:
	// stopped and resumable: 1 failed
}

func ExampleImporter_Prune() {
	ctx := context.Background()
	imp := exampleImporter()

	n, err := imp.Prune(ctx, time.Now().AddDate(0, -3, 0)) // keep three months
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(n, "runs pruned")
	// Output:
	// 0 runs pruned
}
