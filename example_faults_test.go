package adcimport_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// errLostReply is what a client sees when a connection breaks after the request was sent.
var errLostReply = errors.New("connection reset")

// A test of a host says what goes wrong at which call: here SecurityTrax takes a create,
// and its reply is lost. The importer looks before it sends anything again.
func Example_faults() {
	sink := &adcimporttest.Sink{}
	imp, err := adcimport.New(adcimport.Config{
		Link: "acme", Store: new(adcimport.MemoryStore),
		Source:     &adcimporttest.Source{Dealer: adcimporttest.NewDealer(1, 0, 5)},
		Sink:       adcimporttest.FaultySink(sink, adcimporttest.OnCall("CreateUsers", 1, adcimporttest.Fault{Lost: errLostReply})),
		SettleTime: time.Millisecond, // how long a request may still take effect; 30 seconds where nothing is said
	})
	if err != nil {
		log.Fatal(err)
	}
	summary, err := imp.ImportUsers(context.Background(), adcimport.UserFilter{}, adcimport.UserOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(summary)
	fmt.Println(summary.ByReason)
	fmt.Println(len(sink.Users()), "users,", sink.CallCounts()["CreateUsers"], "create call")
	// Output:
	// users completed: 5 read, 0 created, 5 linked, 0 updated, 0 unchanged, 0 skipped, 0 failed
	// map[in_doubt_resolved:5]
	// 5 users, 1 create call
}
