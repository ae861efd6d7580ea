package adcimport_test

import (
	"context"
	"fmt"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// hostUnderTest is what a host does with the settings that it is given: a test gives it
// those of the fakes.
func hostUnderTest(ctx context.Context, adc alarmcom.Config, st securitytrax.Config, office string) (*adcimport.Summary, error) {
	source, err := alarmcom.New(adc)
	if err != nil {
		return nil, err
	}
	sink, err := securitytrax.New(st)
	if err != nil {
		return nil, err
	}
	imp, err := adcimport.New(adcimport.Config{Link: "acme", Source: source, Sink: sink, Store: new(adcimport.MemoryStore)})
	if err != nil {
		return nil, err
	}
	return imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{OfficeID: office})
}

// A host's own test runs its real clients against servers on this machine that behave
// like the services, count their requests, and fail when they are told to.
func Example_fakes() {
	alarm, crm := alarmcomtest.NewServer(adcimporttest.NewDealer(1, 30, 0)), securitytraxtest.NewServer()
	defer alarm.Close()
	defer crm.Close()
	office := crm.AddOffice("Main")

	summary, err := hostUnderTest(context.Background(), alarm.Config(), crm.Config(), office)
	fmt.Println(summary, err)
	fmt.Println(summary.ByReason)
	fmt.Println(len(crm.Customers()), "customers,", alarm.Count("GetCustomerInfo_V2"), "details,", crm.Count("POST /customers"), "creates")
	// Output:
	// customers completed: 30 read, 27 created, 0 linked, 0 updated, 0 unchanged, 0 skipped, 3 failed <nil>
	// map[invalid_record:3]
	// 27 customers, 30 details, 27 creates
}
