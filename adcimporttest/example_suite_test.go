package adcimporttest_test

import (
	"context"
	"fmt"
	"os"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// A Source is held to its contract: what it must deliver is given beside it.
func ExampleTestSource() {
	dealer := adcimporttest.NewDealer(1, 30, 10)
	err := adcimporttest.TestSource(func() (adcimporttest.SourceCase, error) {
		return adcimporttest.SourceCase{
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
	err = adcimporttest.TestSink(func() (adcimporttest.SinkCase, error) {
		dir, err := os.MkdirTemp(all, "rule")
		return adcimporttest.SinkCase{Sink: adcimport.CustomersOnlySink(dirSink{dir})}, err
	})
	fmt.Println(err)
	// Output: <nil>
}

// forgetful answers Find as if nothing were there.
type forgetful struct{ *adcimporttest.Sink }

func (forgetful) FindUsers(context.Context, []adcimport.UserKey) (map[string][]string, error) {
	return nil, nil
}

// A mistake is named by the rule that it breaks, with what was seen.
func ExampleTestSink_mistake() {
	err := adcimporttest.TestSink(func() (adcimporttest.SinkCase, error) {
		return adcimporttest.SinkCase{Sink: adcimport.UsersOnlySink(forgetful{new(adcimporttest.Sink)})}, nil
	})
	for name := range brokenRules(err) {
		if name == "users_find_created" {
			fmt.Println("caught by", name)
		}
	}
	// Output: caught by users_find_created
}

// A StateStore is held to its contract.
func ExampleTestStateStore() {
	err := adcimporttest.TestStateStore(func() (adcimport.StateStore, error) {
		return new(adcimport.MemoryStore), nil // yours, and empty
	})
	fmt.Println(err)
	// Output: <nil>
}
