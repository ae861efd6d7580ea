package sqlstore_test

import (
	"database/sql"
	"testing"
	"time"

	"github.com/securitytrax/adcimport/adcimporttest/conformance/storetest"
	"github.com/securitytrax/adcimport/internal/dbclock"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/sqlstore"
)

// suiteStore is a store as the conformance suite wants it.
type suiteStore struct {
	ledger.StateStore

	tb     testing.TB
	d      database
	opened func(*sql.DB)
	clock  *dbclock.Offset
}

// noChange leaves a handle as it is.
func noChange(*sql.DB) {}

func newSuiteStore(tb testing.TB, d database, opened func(*sql.DB)) ledger.StateStore {
	tb.Helper()
	s, err := suiteStore{tb: tb, d: d, opened: opened, clock: new(dbclock.Offset)}.Reopen()
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func (s suiteStore) Reopen() (ledger.StateStore, error) {
	db := s.d.open(s.tb)
	s.opened(db)
	store, err := sqlstore.Open(dbclock.With(s.tb.Context(), s.clock), db, s.d.dialect, sqlstore.Options{})
	s.StateStore = store
	return s, err
}

func (s suiteStore) Advance(d time.Duration) { s.clock.Advance(d) }

func TestSuite(t *testing.T) {
	t.Parallel()
	for name, newDatabase := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := newPool(t, newDatabase)
			storetest.Run(t, func(t *testing.T) ledger.StateStore {
				t.Helper()
				return newSuiteStore(t, pool.take(t), noChange)
			})
		})
	}
}

// The host's settings are its business. It may allow the pool one connection
// only: no method may need a second one, also not while an iterator is ranged
// over. And its server's defaults may be others: the store asks for what it
// needs.
func TestSuiteWithOtherSettings(t *testing.T) {
	t.Parallel()
	settings := map[sqlstore.Dialect]string{
		sqlstore.SQLite:     "?_pragma=synchronous(0)&_pragma=foreign_keys(1)&_pragma=case_sensitive_like(1)",
		sqlstore.PostgreSQL: " default_transaction_isolation=serializable synchronous_commit=off TimeZone=Asia/Tokyo DateStyle=German",
	}
	for name, newDatabase := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := newPool(t, newDatabase)
			storetest.Run(t, func(t *testing.T) ledger.StateStore {
				t.Helper()
				d := pool.take(t)
				d.dsn += settings[d.dialect]
				return newSuiteStore(t, d, func(db *sql.DB) { db.SetMaxOpenConns(1) })
			})
		})
	}
}

func TestPrefixesKeepStoresApart(t *testing.T) {
	t.Parallel()
	onDatabases(t, func(t *testing.T, d database) {
		t.Helper()
		first := d.store(t, sqlstore.Options{TablePrefix: "one_"})
		second := d.store(t, sqlstore.Options{TablePrefix: "two_"})
		for _, s := range []*sqlstore.Store{first, second} {
			if _, err := s.Acquire(t.Context(), leaseRequest("run-1")); err != nil {
				t.Fatalf("a store of another prefix is in the way: %v", err)
			}
		}
	})
}
