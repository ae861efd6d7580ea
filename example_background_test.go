package adcimport_test

import (
	"context"
	"fmt"
	"log"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// mailer is told when a run in the background has ended.
type mailer struct{}

func (mailer) Name() string { return "mailer" } // by that the store knows whom it told

func (mailer) Notify(_ context.Context, s adcimport.Summary) error {
	fmt.Println("told:", s.Kind, s.Status, s.Counts.Created)
	return nil
}

// A server starts a run and answers at once. The run goes on by itself after a pause, an
// outage or a restart, and whoever is to know is told at the end.
func Example_background() {
	imp, err := adcimport.New(adcimport.Config{
		Link: "acme", Source: &adcimporttest.Source{Dealer: adcimporttest.NewDealer(1, 100, 10)}, Sink: &adcimporttest.Sink{},
		Store: new(adcimport.MemoryStore), Notifiers: []adcimport.Notifier{mailer{}},
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	if _, err := imp.ResumeInterrupted(ctx); err != nil { // at the server's start: what the last process left
		log.Fatal(err)
	}
	options := adcimport.CustomerOptions{}
	options.RunID = "form-1" // a second click on the same form is no second run
	run, err := imp.StartCustomers(ctx, adcimport.CustomerFilter{}, options)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := run.Wait(ctx); err != nil { // a page polls run.Progress instead
		log.Fatal(err)
	}
	again, err := imp.StartCustomers(ctx, adcimport.CustomerFilter{}, options)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the same run:", again.ID() == run.ID())
	if err := imp.Close(ctx); err != nil { // at the server's end
		log.Fatal(err)
	}
	// Output:
	// told: customer completed 90
	// the same run: true
}
