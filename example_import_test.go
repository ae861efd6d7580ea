package adcimport_test

import (
	"context"
	"fmt"
	"log"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// exampleLink names the link between one Alarm.com account and one SecurityTrax account.
const exampleLink = "isp-42"

// A host names the link, the two ends and the store, and imports: users first, so that
// customers find their reps. Here the ends are fakes; packages alarmcom, securitytrax
// and sqlstore have the real ones.
func Example() {
	imp, err := adcimport.New(adcimport.Config{
		Link:   exampleLink,
		Source: &adcimporttest.Source{Dealer: adcimporttest.NewDealer(1, 100, 10)},
		Sink:   &adcimporttest.Sink{},
		Store:  new(adcimport.MemoryStore),
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	for range 2 { // the second time finds nothing new
		users, err := imp.ImportUsers(ctx, adcimport.UserFilter{}, adcimport.UserOptions{Active: true})
		if err != nil {
			log.Fatal(err)
		}
		customers, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(users)
		fmt.Println(customers)
	}
	// Output:
	// users completed: 10 read, 10 created, 0 linked, 0 updated, 0 unchanged, 0 skipped, 0 failed
	// customers completed: 100 read, 90 created, 0 linked, 0 updated, 0 unchanged, 10 skipped, 0 failed
	// users completed: 10 read, 0 created, 0 linked, 0 updated, 0 unchanged, 10 skipped, 0 failed
	// customers completed: 100 read, 0 created, 0 linked, 0 updated, 0 unchanged, 100 skipped, 0 failed
}
