package adcimport_test

import (
	"context"
	"fmt"
	"log"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/links"
)

// dealerSeeds stand for a host's table of dealers: link and what its ends are made of.
var dealerSeeds = map[string]uint64{"acme": 1, "bell": 2}

// A host of many dealers has one set of links, which opens the importer of each when it
// is first asked for, and bounds how many runs are at work.
func Example_links() {
	store := new(adcimport.MemoryStore) // one for all links
	set, err := links.New(links.Config{
		Open: func(_ context.Context, link string) (adcimport.Config, error) {
			seed, ok := dealerSeeds[link]
			if !ok {
				return adcimport.Config{}, adcimport.ErrNotFound
			}
			source := &adcimporttest.Source{Dealer: adcimporttest.NewDealer(seed, 40, 3)}
			return adcimport.Config{Source: source, Sink: &adcimporttest.Sink{}, Store: store}, nil
		},
		Links:   func(context.Context) ([]string, error) { return []string{"acme", "bell"}, nil },
		MaxRuns: 1,
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	for _, link := range []string{"acme", "bell", "nobody"} {
		run, err := set.StartCustomers(ctx, link, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
		if err != nil {
			fmt.Println(link, "is no link")
			continue
		}
		summary, err := run.Wait(ctx)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(link, summary.Status, summary.Counts.Created)
	}
	if err := set.Close(ctx); err != nil {
		log.Fatal(err)
	}
	// Output:
	// acme completed 40
	// bell completed 38
	// nobody is no link
}
