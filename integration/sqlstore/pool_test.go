package sqlstore_test

import (
	"context"
	"sync"
	"testing"

	"github.com/securitytrax/adcimport/sqlstore"
)

// databasePool lends databases to the rules of a suite, one after the other: to
// make tables for each of them takes longer than all else.
type databasePool struct {
	tb   testing.TB // of the suite, whose end is the databases'
	make func(testing.TB) database

	mu   sync.Mutex
	free []database
}

var tables = []string{"scopes", "runs", "settings", "pruned", "notices", "records", "exceptions", "blocks", "decided"}

// newPool skips the suite where there is no database.
func newPool(tb testing.TB, newDatabase func(testing.TB) database) *databasePool {
	tb.Helper()
	p := &databasePool{tb: tb, make: func(tb testing.TB) database {
		tb.Helper()
		d := newDatabase(tb)
		d.diskless(tb)
		return d
	}}
	p.free = []database{p.make(tb)}
	return p
}

// take lends an empty database until the end of a test.
func (p *databasePool) take(tb testing.TB) database {
	tb.Helper()
	p.mu.Lock()
	n := len(p.free)
	var d database
	if n > 0 {
		d = p.free[n-1]
		p.free = p.free[:n-1]
	}
	p.mu.Unlock()
	if n == 0 {
		d = p.make(p.tb)
	}
	tb.Cleanup(func() { p.giveBack(d) }) // after the test's handles were closed
	return d
}

func (p *databasePool) giveBack(d database) {
	db := d.open(p.tb)
	defer func() { _ = db.Close() }()
	if _, err := sqlstore.Open(context.Background(), db, d.dialect, sqlstore.Options{}); err != nil {
		p.tb.Error(err)
		return
	}
	for _, table := range tables {
		if _, err := db.ExecContext(context.Background(), "DELETE FROM adcimport_"+table); err != nil {
			p.tb.Errorf("empty %s: %v", table, err)
			return
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, d)
}
