package adcimport_test

import (
	"bytes"
	"context"
	"fmt"
	"log"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/report"
)

// reported has one customer without what SecurityTrax requires.
var reported = []adcimport.Customer{
	{ID: "1001", FirstName: "Ann", LastName: "Alder"}, {ID: "1002", FirstName: "Ben"},
}

// What became of the records of a run is written from the store, row by row: the work
// list for a person, and the whole for whoever asks later.
func Example_reports() {
	name := adcimport.Rule{From: []string{"LastName"}, To: "LastName", Required: true}
	imp, err := adcimport.New(adcimport.Config{
		Link: "acme", Source: &adcimporttest.Source{Dealer: &adcimporttest.Dealer{Customers: reported}}, Sink: &adcimporttest.Sink{},
		Store: new(adcimport.MemoryStore), CustomerMapping: adcimport.DefaultCustomerMapping().With(name),
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	summary, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
	if err != nil {
		log.Fatal(err)
	}
	for _, part := range []report.Part{report.All, report.Failures} {
		run, err := report.Of(ctx, imp, summary.RunID, report.Options{})
		if err != nil {
			log.Fatal(err)
		}
		var file bytes.Buffer
		if err := report.WriteCSV(&file, run.Rows, part); err != nil {
			log.Fatal(err)
		}
		fmt.Println(bytes.Count(file.Bytes(), []byte("\n"))-1, "rows")
	}
	// Output:
	// 2 rows
	// 1 rows
}
