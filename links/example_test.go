package links_test

import (
	"context"
	"fmt"
	"log"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/links"
)

// A host of three dealers, of which two import at a time.
func Example() {
	ctx := context.Background()
	dealers := map[string]*adcimporttest.Dealer{
		"acme": adcimporttest.NewDealer(1, 40, 3), "bell": adcimporttest.NewDealer(2, 40, 3), "cole": adcimporttest.NewDealer(3, 40, 3),
	}
	store := new(adcimport.MemoryStore) // package sqlstore has one that lasts
	set, err := links.New(links.Config{
		Open: func(_ context.Context, link string) (adcimport.Config, error) {
			dealer, ok := dealers[link]
			if !ok {
				return adcimport.Config{}, adcimport.ErrNotFound
			}
			return adcimport.Config{ // packages alarmcom and securitytrax have the real ends
				Source: &adcimporttest.Source{Dealer: dealer}, Sink: &adcimporttest.Sink{}, Store: store,
			}, nil
		},
		Links:   func(context.Context) ([]string, error) { return []string{"acme", "bell", "cole"}, nil },
		MaxRuns: 2,
	})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := set.ResumeAll(ctx); err != nil { // what the last process did not finish
		log.Fatal(err)
	}
	var runs []*adcimport.Run
	for _, link := range []string{"acme", "bell", "cole"} {
		run, err := set.StartCustomers(ctx, link, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
		if err != nil {
			log.Fatal(err)
		}
		runs = append(runs, run)
	}
	for _, run := range runs {
		if _, err := run.Wait(ctx); err != nil {
			log.Fatal(err)
		}
	}
	for info, err := range set.Runs(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(info.Link, info.Status, info.Counts.Created)
	}
	if err := set.Close(ctx); err != nil { // at the host's end
		log.Fatal(err)
	}
	// Output:
	// acme completed 40
	// bell completed 38
	// cole completed 34
}

// Every night at half past two, where the dealer is. A host calls RunSchedules in a
// goroutine that it waits for.
func ExampleSet_RunSchedules() {
	var schedules links.LocalSchedules // OpenSchedules keeps them in a file
	nightly := links.Schedule{
		Link: "acme", Kind: adcimport.KindCustomer, At: "02:30", Zone: "America/Denver",
		CustomerOptions: adcimport.CustomerOptions{OfficeID: "12"},
	}
	if err := schedules.Set(context.Background(), nightly); err != nil {
		log.Fatal(err)
	}
	set, err := links.New(links.Config{Open: func(context.Context, string) (adcimport.Config, error) {
		return adcimport.Config{}, adcimport.ErrNotFound // see the example of the package
	}})
	if err != nil {
		log.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- set.RunSchedules(context.Background(), &schedules) }()
	if err := set.Close(context.Background()); err != nil {
		log.Fatal(err)
	}
	fmt.Println(<-ended)
	// Output: importer is closed
}
