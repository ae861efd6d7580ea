package adcimport_test

import (
	"testing"

	"github.com/securitytrax/adcimport"
)

// BenchmarkMappingCustomer_invalid maps one customer that breaks two rules.
func BenchmarkMappingCustomer_invalid(b *testing.B) {
	m := adcimport.DefaultCustomerMapping().With(
		adcimport.Rule{From: []string{"InstallAddress.Street2"}, To: "Phone1", Transforms: ts(tr("phone"))},
		adcimport.Rule{From: []string{"Extra.none"}, To: "City", Required: true},
	)
	run, _, err := adcimport.BeginCustomers(m, nil)
	if err != nil {
		b.Fatal(err)
	}
	c := fullCustomer()
	var rec adcimport.CustomerRecord
	b.ReportAllocs()
	for b.Loop() {
		rec = adcimport.CustomerRecord{}
		if fields := run.Apply(&c, &rec); len(fields) != 2 {
			b.Fatal(fields)
		}
	}
}

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
