package adcimporttest_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// A host tests its own wiring on the fakes: no network, and every call seen.
func ExampleSink() {
	ctx := context.Background()
	source := &adcimporttest.Source{Dealer: adcimporttest.NewDealer(1, 100, 0)}
	sink := &adcimporttest.Sink{}
	imp, err := adcimport.New(adcimport.Config{Link: "acme", Source: source, Sink: sink, Store: new(adcimport.MemoryStore)})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		summary, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
		fmt.Println(summary.Counts.Created, "created,", summary.Counts.Skipped, "skipped", err)
	}
	fmt.Println(len(sink.Customers()), "customers,", source.Calls().CustomerDetails, "details,",
		sink.CallCounts()["CreateCustomers"], "create call")
	// Output:
	// 90 created, 10 skipped <nil>
	// 0 created, 100 skipped <nil>
	// 90 customers, 90 details, 1 create call
}

// The reply of the first create is lost: nobody is created twice, and nobody
// gets a second login mail.
func ExampleFaultySink() {
	ctx := context.Background()
	inner := &adcimporttest.Sink{}
	sink := adcimporttest.FaultySink(inner,
		adcimporttest.OnCall("CreateUsers", 1, adcimporttest.Fault{Lost: errors.New("connection reset")}))
	imp, err := adcimport.New(adcimport.Config{
		Link: "acme", Sink: sink, Store: new(adcimport.MemoryStore), SettleTime: time.Millisecond,
		Source: &adcimporttest.Source{Dealer: &adcimporttest.Dealer{Users: []adcimport.User{
			{ID: "1", FirstName: "Ada", LastName: "Ng", LoginName: "ada", Email: "ada@example.com"},
		}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	summary, err := imp.ImportUsers(ctx, adcimport.UserFilter{}, adcimport.UserOptions{Active: true, CanLogin: true})
	fmt.Println(summary, err)
	fmt.Println(len(inner.Users()), "user,", len(inner.Emails()), "login mail")
	// Output:
	// users completed: 1 read, 0 created, 1 linked, 0 updated, 0 unchanged, 0 skipped, 0 failed <nil>
	// 1 user, 1 login mail
}

// The process dies at a call of its source, sink or store; the next one goes on
// with what is stored.
func ExampleNewFaults() {
	ctx := context.Background()
	sink := &adcimporttest.Sink{}
	faults := adcimporttest.NewFaults(adcimporttest.OnCall("Commit", 2, adcimporttest.Fault{Crash: true}))
	cfg := adcimport.Config{
		Link: "acme", BatchSize: 10, LeaseTTL: 500 * time.Millisecond, SettleTime: time.Millisecond,
		Source: faults.Source(&adcimporttest.Source{Dealer: adcimporttest.NewDealer(1, 0, 30), PageSize: 10}),
		Sink:   faults.Sink(sink),
		Store:  faults.Store(new(adcimport.MemoryStore)),
	}
	importAll := func() error {
		imp, err := adcimport.New(cfg)
		if err != nil {
			return err
		}
		_, err = imp.ImportUsers(ctx, adcimport.UserFilter{}, adcimport.UserOptions{})
		return err
	}
	fmt.Println("crashed:", errors.Is(importAll(), adcimporttest.ErrCrashed))
	faults.Restart()
	err := importAll()
	for err != nil { // ErrRunInProgress, until the lease of the dead one is over
		<-time.After(50 * time.Millisecond)
		err = importAll()
	}
	fmt.Println(len(sink.Users()), "users", err)
	// Output:
	// crashed: true
	// 30 users <nil>
}

// A listing breaks after its first page; the run goes on where it stopped.
func ExampleFaultySource() {
	ctx := context.Background()
	source := adcimporttest.FaultySource(
		&adcimporttest.Source{Dealer: adcimporttest.NewDealer(1, 0, 20), PageSize: 10},
		adcimporttest.OnCall("Users", 2, adcimporttest.Fault{Before: fmt.Errorf("HTTP 401: %w", adcimport.ErrAuth)}),
	)
	imp, err := adcimport.New(adcimport.Config{Link: "acme", Source: source, Sink: new(adcimporttest.Sink), Store: new(adcimport.MemoryStore)})
	if err != nil {
		fmt.Println(err)
		return
	}
	summary, err := imp.ImportUsers(ctx, adcimport.UserFilter{}, adcimport.UserOptions{})
	fmt.Println(summary.Status, summary.Counts.Created, err != nil)
	run, err := imp.StartResume(ctx, summary.RunID)
	if err != nil {
		fmt.Println(err)
		return
	}
	summary, err = run.Wait(ctx)
	fmt.Println(summary.Status, summary.Counts.Created, err)
	// Output:
	// failed 10 true
	// completed 20 <nil>
}
