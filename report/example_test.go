package report_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/report"
)

// exampleImporter is an account of three customers, one of which lacks its
// phone number, and a sink that requires one.
func exampleImporter() (*adcimport.Importer, *adcimporttest.Source) {
	source := &adcimporttest.Source{Dealer: &adcimporttest.Dealer{Customers: []adcimport.Customer{
		customer("1041", "Example", "801-555-0101"), customer("1042", "Example", ""), customer("1043", "Example", "801-555-0101"),
	}}}
	sink := &adcimporttest.Sink{Strict: true}
	sink.Choices.Offices = []adcimport.Choice{{ID: "12"}}
	imp, err := adcimport.New(adcimport.Config{Link: "acme", Source: source, Sink: sink, Store: new(adcimport.MemoryStore)})
	if err != nil {
		panic(err)
	}
	return imp, source
}

func Example() {
	ctx := context.Background()
	imp, source := exampleImporter()
	summary, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{OfficeID: "12"})
	if err != nil {
		fmt.Println(err)
		return
	}
	run, err := report.Of(ctx, imp, summary.RunID, report.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	var file bytes.Buffer
	if err := report.WriteCSV(&file, run.Rows, report.Failures); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(bytes.Count(file.Bytes(), []byte("\r\n"))-1, "to work on")

	// Somebody works on the list at Alarm.com, and then:
	source.Update(func(d *adcimporttest.Dealer) { d.Customers[1].PrimaryPhoneNumber = "801-555-0142" })
	retry, err := imp.StartRetryFailed(ctx, summary.RunID)
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := retry.Wait(ctx); err != nil {
		fmt.Println(err)
		return
	}
	run, err = report.Of(ctx, imp, summary.RunID, report.Options{Retries: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	file.Reset()
	if err := report.WriteCSV(&file, run.Rows, report.Failures); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(bytes.Count(file.Bytes(), []byte("\r\n"))-1, "left")
	// Output:
	// 1 to work on
	// 0 left
}
