package conformance_test

import (
	"context"
	"fmt"
	"os"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/adcimporttest/conformance"
)

// A Source is held to its contract: what it must deliver is given beside it.
func ExampleTestSource() {
	dealer := adcimporttest.NewDealer(1, 30, 10)
	err := conformance.TestSource(func() (conformance.SourceCase, error) {
		return conformance.SourceCase{
			Source: adcimport.UsersOnly(&adcimporttest.Source{Dealer: dealer, PageSize: 4}), // yours
			Users:  dealer.Clone().Users,                                                    // what it must deliver
			Empty:  new(adcimporttest.Source),                                               // and one without records
		}, nil
	})
	fmt.Println(err)
	// Output: <nil>
}

// A Sink is held to its contract: a new destination for each rule.
func ExampleTestSink() {
	all, err := os.MkdirTemp("", "partner")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(all) }()
	err = conformance.TestSink(func() (conformance.SinkCase, error) {
		dir, err := os.MkdirTemp(all, "rule")
		return conformance.SinkCase{Sink: adcimport.CustomersOnlySink(dirSink{dir})}, err
	})
	fmt.Println(err)
	// Output: <nil>
}

// forgetful finds as if nothing were there.
type forgetful struct{ *adcimporttest.Sink }

func (forgetful) FindUsers(context.Context, []adcimport.UserKey) (map[string][]string, error) {
	return nil, nil
}

// A mistake is named by the rule that it breaks, with what was seen.
func ExampleTestSink_mistake() {
	err := conformance.TestSink(func() (conformance.SinkCase, error) {
		return conformance.SinkCase{Sink: adcimport.UsersOnlySink(forgetful{new(adcimporttest.Sink)})}, nil
	})
	for name := range brokenRules(err) {
		if name == "users_find_created" {
			fmt.Println("caught by", name)
		}
	}
	// Output: caught by users_find_created
}

// A sink that does not ask CheckWrite writes in a run that was stopped.
func ExampleStoppedRun() {
	var sink adcimporttest.Sink
	err := conformance.StoppedRun(context.Background(), func(ctx context.Context) {
		results, err := sink.CreateUsers(ctx, []adcimport.UserRecord{{AlarmComID: "1"}})
		fmt.Println(results[0].Status == adcimport.WriteNotSent, err)
	})
	fmt.Println(len(sink.Users()), err)
	// Output:
	// true <nil>
	// 0 <nil>
}
