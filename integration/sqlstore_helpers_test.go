package integration_test

import (
	"context"
	"database/sql"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// mustAcquire is the lease of run-1.
func mustAcquire(tb testing.TB, s adcimport.StateStore) ledger.Lease {
	tb.Helper()
	l, err := s.Acquire(tb.Context(), leaseRequest("run-1"))
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

func mustExec(tb testing.TB, db interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}, query string, args ...any,
) {
	tb.Helper()
	if _, err := db.ExecContext(tb.Context(), query, args...); err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
}

func createdCommit(cursor string, ids ...string) ledger.Commit {
	c := ledger.Commit{Cursor: adcimport.Cursor(cursor), Counts: adcimport.Counts{Created: len(ids)}}
	for _, id := range ids {
		c.Outcomes = append(c.Outcomes, adcimport.Outcome{SourceID: id, SinkID: "9", Action: adcimport.ActionCreated})
	}
	return c
}

// wantStored wants n outcomes of run-1, all known, with counts and cursor of
// the same checkpoint.
func wantStored(tb testing.TB, s adcimport.StateStore, n int, cursor string) {
	tb.Helper()
	var ids []string
	for o, err := range s.Outcomes(tb.Context(), "run-1") {
		if err != nil {
			tb.Fatal(err)
		}
		ids = append(ids, o.SourceID)
	}
	st, err := s.Run(tb.Context(), "run-1")
	if err != nil {
		tb.Fatal(err)
	}
	want := []any{n, n, n, adcimport.Cursor(cursor)}
	got := []any{len(ids), len(knownOf(tb, s, ids...)), st.Counts.Created, st.Cursor}
	if diff := cmp.Diff(want, got); diff != "" {
		tb.Errorf("outcomes, known, counts, cursor (-want +got):\n%s", diff)
	}
}
