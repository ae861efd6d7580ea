package adcimport_test

import (
	"context"
	"fmt"
	"log"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/audit"
)

// audited is an account of three customers.
var audited = []adcimport.Customer{{ID: "1001", LastName: "Alder"}, {ID: "1002", LastName: "Birch"}, {ID: "1003", LastName: "Cedar"}}

// An audit says where Alarm.com, the ledger and SecurityTrax differ. It writes nothing.
func Example_audit() {
	source := &adcimporttest.Source{Dealer: &adcimporttest.Dealer{Customers: audited}}
	sink, store := &adcimporttest.Sink{}, new(adcimport.MemoryStore)
	imp, err := adcimport.New(adcimport.Config{Link: "acme", Source: source, Sink: sink, Store: store})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	if _, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{}); err != nil {
		log.Fatal(err)
	}

	sink.DeleteCustomers(sink.Customers()[1].ID)                                     // in SecurityTrax, by hand
	source.Update(func(d *adcimporttest.Dealer) { d.Customers = d.Customers[:2:2] }) // one left Alarm.com
	for f, err := range audit.Customers(ctx, audit.Config{Link: "acme", Source: source, Sink: sink, Store: store}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(f.SourceID, f.What)
	}
	// Output:
	// 1002 gone_in_securitytrax
	// 1003 gone_at_alarm_com
}
