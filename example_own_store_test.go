package adcimport_test

import (
	"context"
	"fmt"
	"log"
	"sync/atomic"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/adcimporttest/conformance/storetest"
	"github.com/securitytrax/adcimport/ledger"
)

// countedStore is a store of your own in the smallest form: another one, of which a
// method does more. A whole one is examples/statestore.
type countedStore struct {
	adcimport.StateStore

	commits atomic.Int64
}

func (s *countedStore) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
	s.commits.Add(1)
	return s.StateStore.Commit(ctx, l, c)
}

// A store of your own remembers what runs did. The suite says whether it keeps its
// promises: a commit is one transaction, and a lease that was lost writes nothing.
func Example_ownStore() {
	err := storetest.Test(func() (adcimport.StateStore, error) {
		return &countedStore{StateStore: new(adcimport.MemoryStore)}, nil // new and empty
	})
	fmt.Println("broken rules:", err)

	store := &countedStore{StateStore: new(adcimport.MemoryStore)}
	imp, err := adcimport.New(adcimport.Config{
		Link: "acme", Source: &adcimporttest.Source{Dealer: adcimporttest.NewDealer(1, 0, 200)}, Sink: &adcimporttest.Sink{},
		Store: store,
	})
	if err != nil {
		log.Fatal(err)
	}
	summary, err := imp.ImportUsers(context.Background(), adcimport.UserFilter{}, adcimport.UserOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(summary.Counts.Created, "created, fewer than ten commits:", store.commits.Load() < 10)
	// Output:
	// broken rules: <nil>
	// 200 created, fewer than ten commits: true
}
