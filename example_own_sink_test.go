package adcimport_test

import (
	"context"
	"fmt"
	"log"
	"sync"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/adcimporttest/conformance"
)

// shelf is a whole Sink for customers, by their Alarm.com id.
type shelf struct{ held sync.Map }

func (s *shelf) FindCustomers(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
	found := make(map[string][]string)
	for _, k := range keys {
		if _, ok := s.held.Load(k.ID); ok {
			found[k.ID] = []string{"shelf-" + k.ID}
		}
	}
	return found, context.Cause(ctx) // a canceled look-up is an error, and never "nothing there"
}

func (s *shelf) CreateCustomers(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	results := make([]adcimport.WriteResult, len(recs))
	for i, rec := range recs {
		results[i] = adcimport.WriteResult{Status: adcimport.WriteCreated, ID: "shelf-" + rec.AlarmComID}
		if err := adcimport.CheckWrite(ctx); err != nil { // another process may have taken over
			results[i] = adcimport.WriteResult{Status: adcimport.WriteNotSent, Err: err}
		} else if _, there := s.held.LoadOrStore(rec.AlarmComID, rec); there {
			results[i].Status = adcimport.WriteExists
		}
	}
	return results, nil
}

// A Sink of your own finds and creates. The suite says whether it may be trusted.
func Example_ownSink() {
	fmt.Println("broken rules:", conformance.TestSink(func() (conformance.SinkCase, error) {
		return conformance.SinkCase{Sink: adcimport.CustomersOnlySink(new(shelf))}, nil
	}))
	imp, err := adcimport.New(adcimport.Config{
		Link: "acme", Source: &adcimporttest.Source{Dealer: adcimporttest.NewDealer(1, 100, 0)},
		Sink: adcimport.CustomersOnlySink(new(shelf)), Store: new(adcimport.MemoryStore),
	})
	if err != nil {
		log.Fatal(err)
	}
	summary, err := imp.ImportCustomers(context.Background(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(summary)
	// Output:
	// broken rules: <nil>
	// customers completed: 100 read, 90 created, 0 linked, 0 updated, 0 unchanged, 10 skipped, 0 failed
}
