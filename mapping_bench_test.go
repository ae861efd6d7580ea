package adcimport_test

import (
	"testing"

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
