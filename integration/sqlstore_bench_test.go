package integration_test

import (
	"fmt"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/sqlstore"
)

// BenchmarkStore is what a run asks of its store for each batch of 100 records
// that are new: look them up, intend them, commit their outcomes.
func BenchmarkStore(b *testing.B) {
	for name, newStore := range map[string]func(*testing.B) adcimport.StateStore{
		"memory": func(*testing.B) adcimport.StateStore { return new(adcimport.MemoryStore) },
		"sqlite": func(b *testing.B) adcimport.StateStore { b.Helper(); return newSQLite(b).store(b, sqlstore.Options{}) },
		"postgresql": func(b *testing.B) adcimport.StateStore {
			b.Helper()
			return newPostgreSQL(b).store(b, sqlstore.Options{})
		},
	} {
		b.Run(name, func(b *testing.B) { benchmarkStore(b, newStore(b)) })
	}
}

func benchmarkStore(b *testing.B, s adcimport.StateStore) {
	b.Helper()
	const size = 100
	var (
		l   = mustAcquire(b, s)
		ids = make([]string, size)
		in  = make([]ledger.Intent, size)
		n   int
	)
	b.ReportAllocs()
	for b.Loop() {
		c := ledger.Commit{
			Outcomes: make([]adcimport.Outcome, size), Known: make(map[string]ledger.Known, size),
			Counts: adcimport.Counts{Read: n + size, Created: n + size},
		}
		for i := range ids {
			n++
			ids[i] = fmt.Sprintf("%08d", n)
			in[i] = ledger.Intent{ID: ids[i], Fingerprint: "0123456789abcdef0123456789abcdef"}
			c.Outcomes[i] = adcimport.Outcome{SourceID: ids[i], SinkID: ids[i], Action: adcimport.ActionCreated}
			c.Known[ids[i]] = ledger.Known{SinkID: ids[i], Fingerprint: in[i].Fingerprint}
		}
		if _, err := s.Known(b.Context(), l.Link, l.Kind, ids); err != nil {
			b.Fatal(err)
		}
		if _, err := s.Intend(b.Context(), l, in); err != nil {
			b.Fatal(err)
		}
		if err := s.Commit(b.Context(), l, c); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
}
