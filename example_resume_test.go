package adcimport_test

import (
	"context"
	"fmt"
	"log"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// resumable is what a process that starts anew makes again: the same link over the same
// store.
func resumable(store adcimport.StateStore, sink adcimport.Sink) *adcimport.Importer {
	imp, err := adcimport.New(adcimport.Config{
		Link: "acme", Source: &adcimporttest.Source{Dealer: adcimporttest.NewDealer(1, 100, 10)}, Sink: sink, Store: store,
		BatchSize: 10, // how many records one commit has
	})
	if err != nil {
		log.Fatal(err)
	}
	return imp
}

// A process ends in the middle of a run; the next one finds the run in the store and
// goes on from its last commit.
func Example_resume() {
	ctx, store, sink := context.Background(), new(adcimport.MemoryStore), new(adcimporttest.Sink)
	for _, err := range resumable(store, sink).ImportCustomersSeq(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{}) {
		if err != nil {
			log.Fatal(err)
		}
		break // after the first record
	}

	imp := resumable(store, sink)
	for run, err := range imp.Runs(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(run.Status, "with", run.Counts.Created, "created")
		summary, err := imp.Resume(ctx, run.RunID)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(summary.Status, "with", summary.Counts.Created, "created, in SecurityTrax:", len(sink.Customers()))
	}
	// Output:
	// held with 10 created
	// completed with 90 created, in SecurityTrax: 90
}
