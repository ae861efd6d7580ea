package ledger_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/ledger"
)

func memoryRequest() ledger.LeaseRequest {
	return ledger.LeaseRequest{
		Scope: ledger.Scope{Account: "acme", Kind: ledger.KindCustomer},
		Link:  "acme", RunID: "run-1", Owner: "host-1", TTL: time.Minute,
	}
}

// A first import in miniature: each batch's outcomes come with the next batch's
// intents.
func TestMemoryStore_smoke(t *testing.T) {
	t.Parallel()
	var s ledger.MemoryStore
	l, err := s.Acquire(t.Context(), memoryRequest())
	if err != nil || !l.First {
		t.Fatal(l, err)
	}
	var former []string
	for n := range 3 {
		c := importCommit(int64(n+1), former, 300)
		states, err := s.Commit(t.Context(), l, c)
		if err != nil || len(states) != 300 || states[0] != ledger.IntentFresh {
			t.Fatal(states, err)
		}
		former = nil
		for _, in := range c.Intents {
			former = append(former, in.ID)
		}
	}
	got, err := s.Records(t.Context(), l.Scope, "run-1", append(former[:1:1], "1-7", "none"))
	if err != nil || len(got) != 2 || got["1-7"].Here.Action != ledger.ActionCreated || got[former[0]].State != ledger.StateOpen {
		t.Fatal(got, err)
	}
	n := 0
	for _, err := range s.Outcomes(t.Context(), "run-1", 10) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	st, err := s.Release(t.Context(), l, ledger.End{Status: ledger.StatusCompleted})
	if n != 590 || err != nil || st.Status != ledger.StatusCompleted || st.Alive {
		t.Fatal(n, st, err)
	}
}

// importCommit is what an import of new records commits for each batch.
func importCommit(seq int64, former []string, size int) ledger.Commit {
	cursor := ledger.Cursor(strconv.FormatInt(seq, 10))
	c := ledger.Commit{Seq: seq, Cursor: &cursor}
	for _, id := range former {
		c.Outcomes = append(c.Outcomes, ledger.Outcome{SourceID: id, SinkID: "s" + id, Action: ledger.ActionCreated})
		c.Records = append(c.Records, ledger.Record{ID: id, Known: true, SinkID: "s" + id, Fingerprint: "f"})
	}
	for i := range size {
		c.Intents = append(c.Intents, ledger.Intent{ID: fmt.Sprintf("%d-%d", seq, i), Fingerprint: "f"})
	}
	return c
}

// However many records a commit has, the same import leaves the same behind.
func TestMemoryStore_batchSizes(t *testing.T) {
	t.Parallel()
	var want []string
	for _, size := range []int{300, 1, 7, 256} {
		var s ledger.MemoryStore
		l, err := s.Acquire(t.Context(), memoryRequest())
		if err != nil {
			t.Fatal(err)
		}
		importInBatches(t, &s, l, size)
		got := storedTexts(t, &s, l)
		if want == nil {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" || len(got) != 601 {
			t.Errorf("in batches of %d, %d lines (-want +got):\n%s", size, len(got), diff)
		}
	}
}

// importInBatches commits 300 creates, each batch's outcomes with the next one's
// intents.
func importInBatches(t *testing.T, s *ledger.MemoryStore, l ledger.Lease, size int) {
	t.Helper()
	var former []string
	for from, seq := 0, int64(1); from < 300+size; from, seq = from+size, seq+1 {
		c := importCommit(seq, former, 0)
		former = nil
		for i := from; i < min(from+size, 300); i++ {
			former = append(former, strconv.Itoa(i))
		}
		c.Intents = intents(former...)
		c.Tally.Counts.Created = min(from, 300)
		if _, err := s.Commit(t.Context(), l, c); err != nil {
			t.Fatal(err)
		}
	}
}

// storedTexts are records, outcomes and counts, a line each.
func storedTexts(t *testing.T, s *ledger.MemoryStore, l ledger.Lease) []string {
	t.Helper()
	var lines []string
	for r, err := range s.List(t.Context(), l.Scope, ledger.Query{Known: true, RunID: l.RunID}) {
		lines = append(lines, fmt.Sprintf("%+v %v", r, err))
	}
	for o, err := range s.Outcomes(t.Context(), l.RunID, 0) {
		lines = append(lines, fmt.Sprintf("%+v %v", o, err))
	}
	st, err := s.Run(t.Context(), l.RunID)
	return append(lines, fmt.Sprintf("%+v %v", st.Counts, err))
}

func BenchmarkMemoryStore(b *testing.B) {
	for _, size := range []int{100, 1000} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			b.ReportAllocs()
			var s ledger.MemoryStore
			l, err := s.Acquire(b.Context(), memoryRequest())
			if err != nil {
				b.Fatal(err)
			}
			var former []string
			var records int
			for seq := int64(1); b.Loop(); seq++ {
				b.StopTimer()
				c := importCommit(seq, former, size)
				b.StartTimer()
				if _, err := s.Commit(b.Context(), l, c); err != nil {
					b.Fatal(err)
				}
				former = former[:0]
				for i := range c.Intents {
					former = append(former, c.Intents[i].ID)
				}
				records += size
			}
			b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
