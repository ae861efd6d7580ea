package sqlstore_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/sqlstore"
)

// fault 52: an import whose connections are cut 200 times ends as any other.
func TestPostgreSQLImportWithCuts(t *testing.T) {
	t.Parallel()
	d := newPostgreSQL(t)
	d.diskless(t)
	d.dsn += postgresDrivers["pgx"]
	const cuts, users = 200, 400
	var requests, made atomic.Int64
	all := []trouble{
		{when: beforeIt},
		{when: afterIt, reset: true},
		{when: amidReply},
		{when: inFlight, reset: true},
		{when: insteadOfIt, instead: raise("25006"), sticky: true},
		{when: afterIt},
		{when: insteadOfIt, instead: "SELECT pg_terminate_backend(pg_backend_pid())"},
	}
	store := d.proxied(t, func(string) *trouble {
		if requests.Add(1)%19 != 0 || made.Load() == cuts {
			return nil
		}
		return &all[made.Add(1)%int64(len(all))]
	}, func(int) string { return "" }).store(t, sqlstore.Options{RetryFor: time.Minute})
	sink := &adcimporttest.Sink{}
	imp, err := adcimport.New(adcimport.Config{
		Link: "link-1", Store: store, Sink: sink, BatchSize: 2, LeaseTTL: time.Hour, SettleTime: time.Millisecond,
		Source: &adcimporttest.Source{Dealer: adcimporttest.NewDealer(1, 0, users), PageSize: 4},
	})
	if err != nil {
		t.Fatal(err)
	}
	sum, err := imp.ImportUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ids := make(map[string]int)
	for _, u := range sink.Users() {
		ids[u.Record.AlarmComID]++
	}
	want := []any{adcimport.StatusCompleted, users, users, users, int64(cuts)}
	got := []any{sum.Status, sum.Counts.Created, len(ids), len(sink.Users()), made.Load()}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("status, created, people, users, cuts (-want +got):\n%s", diff)
	}
}
