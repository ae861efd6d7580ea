package adcimport_test

import (
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
)

// BenchmarkMappingCustomer maps one customer by the default mapping.
func BenchmarkMappingCustomer(b *testing.B) {
	run, _, err := adcimport.BeginCustomers(adcimport.Mapping{}, nil)
	if err != nil {
		b.Fatal(err)
	}
	c := fullCustomer()
	var rec adcimport.CustomerRecord // one of a batch
	b.ReportAllocs()
	for b.Loop() {
		rec = adcimport.CustomerRecord{}
		if fields := run.Apply(&c, &rec); fields != nil {
			b.Fatal(fields)
		}
	}
}

// fullCustomer has a value in every field.
func fullCustomer() adcimport.Customer {
	return adcimport.Customer{
		ID: "4711", SubDealerID: "12", FirstName: "Ada", LastName: "Lovelace", CompanyName: "Analytical Engines",
		PrimaryPhoneNumber: "(555) 555-0123", PrimaryEmail: "ada@example.com",
		InstallAddress: adcimport.Address{
			Street1: "1 Main St", Street2: "Unit 2", City: "Richmond", State: "VA", Zip: "23220", Country: "US",
		},
		JoinDate:      time.Date(2024, time.February, 29, 23, 59, 0, 0, time.FixedZone("", -8*3600)),
		SalesRepLogin: "rep.one",
		CentralStation: adcimport.CentralStation{
			TwoWayVoiceEnabled: true, AccountNumber: "A-100", ReceiverPhoneNumber: "555-555-0199",
		},
		Commercial: true, Terminated: true, Demo: true, Commitment: true,
		Extra: map[string]string{"source": "web"},
	}
}
