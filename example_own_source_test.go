package adcimport_test

import (
	"context"
	"fmt"
	"iter"
	"log"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/adcimporttest/conformance"
)

// list is a whole Source for users that come in one list.
type list []adcimport.User

// Users yields the list as one page; the importer filters it.
func (l list) Users(ctx context.Context, _ adcimport.UserFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.User], error] {
	return adcimport.Pages(ctx, from, func(_ context.Context, at adcimport.Cursor) (adcimport.Page[adcimport.User], error) {
		if at != "" { // of another version, as here the first page is the last
			return adcimport.Page[adcimport.User]{}, fmt.Errorf("cursor %q is of no page", at)
		}
		return adcimport.Page[adcimport.User]{Items: l, Total: len(l)}, nil
	})
}

// A Source of your own is one function that fetches a page; the suite says whether it
// may be trusted.
func Example_ownSource() {
	users := adcimporttest.NewDealer(1, 0, 10).Users
	err := conformance.TestSource(func() (conformance.SourceCase, error) {
		return conformance.SourceCase{Source: adcimport.UsersOnly(list(users)), Users: users, Empty: adcimport.UsersOnly(list{})}, nil
	})
	fmt.Println("broken rules:", err)

	imp, err := adcimport.New(adcimport.Config{
		Link: "acme", Source: adcimport.UsersOnly(list(users)), Sink: &adcimporttest.Sink{}, Store: new(adcimport.MemoryStore),
	})
	if err != nil {
		log.Fatal(err)
	}
	summary, err := imp.ImportUsers(context.Background(), adcimport.UserFilter{}, adcimport.UserOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(summary)
	// Output:
	// broken rules: <nil>
	// users completed: 10 read, 10 created, 0 linked, 0 updated, 0 unchanged, 0 skipped, 0 failed
}
