package sqlstore_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/sqlstore"
)

// BenchmarkStore is what a run asks of its store for each batch of new records:
// look them up, and commit them with the intents of the next batch.
func BenchmarkStore(b *testing.B) {
	for name, newStore := range map[string]func(*testing.B) ledger.StateStore{
		"memory": func(*testing.B) ledger.StateStore { return new(ledger.MemoryStore) },
		"sqlite": func(b *testing.B) ledger.StateStore { b.Helper(); return newSQLite(b).store(b, sqlstore.Options{}) },
		"postgresql": func(b *testing.B) ledger.StateStore {
			b.Helper()
			return newPostgreSQL(b).store(b, sqlstore.Options{})
		},
	} {
		for _, size := range []int{100, 1000} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) { benchmarkStore(b, newStore(b), size) })
		}
	}
}

func benchmarkStore(b *testing.B, s ledger.StateStore, size int) {
	b.Helper()
	var (
		l   = mustAcquire(b, s)
		ids = make([]string, size)
		seq int64
		n   int
	)
	b.ReportAllocs()
	for b.Loop() {
		seq++
		c := ledger.Commit{Seq: seq, Tally: ledger.Tally{Counts: ledger.Counts{Read: n + size, Created: n + size}}}
		for i := range ids {
			ids[i] = fmt.Sprintf("%08d", n+size)
			id := fmt.Sprintf("%08d", n)
			c.Outcomes = append(c.Outcomes, ledger.Outcome{SourceID: id, SinkID: id, Action: ledger.ActionCreated, At: time.Unix(1e9, 0)})
			c.Records = append(c.Records, ledger.Record{ID: id, Known: true, SinkID: id, Fingerprint: costPrint})
			c.Intents = append(c.Intents, ledger.Intent{ID: ids[i], Fingerprint: costPrint})
			n++
		}
		if _, err := s.Records(b.Context(), l.Scope, l.RunID, ids); err != nil {
			b.Fatal(err)
		}
		if _, err := s.Commit(b.Context(), l, c); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
}
