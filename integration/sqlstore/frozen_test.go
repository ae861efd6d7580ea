package sqlstore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/sqlstore"
)

// A host that freezes in the middle of a transaction holds the lock on its
// lease. The server ends the transaction, so that a successor needs no human;
// the host finds its lease lost when it goes on.
func TestPostgreSQLHostFreezesInATransaction(t *testing.T) {
	t.Parallel()
	d := newPostgreSQL(t)
	f := &faults{thaw: make(chan struct{}), next: func(n int64) fate {
		if n == 1 {
			return frozen
		}
		return fine
	}}
	successor := d.store(t, sqlstore.Options{RetryFor: time.Minute})
	host := d.store(t, sqlstore.Options{})
	req := leaseRequest("run-1")
	req.TTL = 100 * time.Millisecond
	l, err := host.Acquire(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	stuck := d.faultyStore(t, f, sqlstore.Options{RetryFor: time.Minute})
	result := make(chan error, 1)
	go func() { result <- commitError(t, stuck, l, createdCommit(1, "c", "1")) }()
	for f.commits.Load() == 0 {
		mustExec(t, d.open(t), "SELECT pg_sleep(0.05)")
	}
	next, err := successor.Acquire(t.Context(), leaseRequest("run-2"))
	if err != nil || next.Epoch <= l.Epoch {
		t.Fatalf("take-over: %+v, %v", next, err)
	}
	close(f.thaw)
	if err := <-result; !errors.Is(err, ledger.ErrLeaseLost) {
		t.Errorf("the host's commit: %v, want ErrLeaseLost", err)
	}
	wantStored(t, successor, 0, "")
}
