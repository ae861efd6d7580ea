package adcimport_test

import (
	"context"
	"fmt"
	"log"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// calls counts what a run asks of its ends.
type calls map[string]int

// events are the hooks of an importer; each may be left out. Those of a run are called
// one at a time.
func (c calls) events() adcimport.Events {
	return adcimport.Events{
		Call: func(ctx context.Context, _ adcimport.RunInfo, call adcimport.CallInfo) (context.Context, func(error)) {
			if call.End != "store" {
				c[call.Operation]++
			}
			return ctx, func(error) {} // told when the call has returned
		},
		Committed: func(_ context.Context, _ adcimport.RunInfo, p adcimport.Progress) {
			fmt.Println(p.Counts.Read, "of", p.Total)
		},
		RunEnded: func(_ context.Context, s adcimport.Summary, err error) { fmt.Println(s.Status, err) },
	}
}

// Hooks see what a run does: for progress, metrics and traces. Module otelimport makes
// OpenTelemetry's of them.
func Example_events() {
	seen := calls{}
	imp, err := adcimport.New(adcimport.Config{
		Link: "acme", Source: &adcimporttest.Source{Dealer: adcimporttest.NewDealer(1, 0, 20)}, Sink: &adcimporttest.Sink{},
		Store: new(adcimport.MemoryStore), BatchSize: 10, Events: seen.events(),
	})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := imp.ImportUsers(context.Background(), adcimport.UserFilter{}, adcimport.UserOptions{}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(seen)
	// Output:
	// 10 of 20
	// 20 of 20
	// 20 of 20
	// completed <nil>
	// map[Sink.CreateUsers:2 Sink.FindUsers:2 Sink.MatchUsers:2 Source.Users:1]
}
