package adcimport_test

import (
	"context"
	"fmt"
	"log"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// mappingFile is what a host keeps beside its other settings: rules that take the place
// of those of the default mapping that have the same target.
const mappingFile = `{"rules": [
	{"from": "FirstName", "to": "FirstName", "transforms": ["collapse", "title"]},
	{"from": "PrimaryPhoneNumber", "to": "Phone1", "transforms": [{"phone": "dashes"}]},
	{"from": "SubDealerId", "to": "Custom.branch", "transforms": [{"lookup": {"7": "North", "*": "Main"}}]}
]}`

// Rules say which field of Alarm.com becomes which of SecurityTrax, and what happens to
// the value on the way. An explanation shows it step by step.
func Example_mapping() {
	own, err := adcimport.ParseMapping([]byte(mappingFile))
	if err != nil {
		log.Fatal(err) // every mistake, with rule, place and a near name
	}
	sink := &adcimporttest.Sink{}
	imp, err := adcimport.New(adcimport.Config{
		Link: "acme", Sink: sink, Store: new(adcimport.MemoryStore),
		CustomerMapping: adcimport.DefaultCustomerMapping().With(own.Rules...),
		Source: &adcimporttest.Source{Dealer: &adcimporttest.Dealer{Customers: []adcimport.Customer{
			{ID: "1001", FirstName: "ANN  MARIE", LastName: "Alder", PrimaryPhoneNumber: "(801) 555 0101", SubDealerID: "7"},
		}}},
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	e, err := imp.ExplainCustomer(ctx, "1001", adcimport.ExplainOptions{ShowValues: true})
	if err != nil {
		log.Fatal(err)
	}
	for _, step := range e.Rules[0].Steps {
		fmt.Println(step.Step, step.Values)
	}
	if _, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{}); err != nil {
		log.Fatal(err)
	}
	rec := sink.Customers()[0].Record
	fmt.Println(rec.FirstName, rec.LastName, rec.Phone1, rec.Custom)
	// Output:
	// collapse [ANN MARIE]
	// title [Ann Marie]
	// Ann Marie Alder 801-555-0101 map[branch:North]
}
