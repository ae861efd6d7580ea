package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/ledger"
)

func mustExec(tb testing.TB, db interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}, query string, args ...any,
) {
	tb.Helper()
	if _, err := db.ExecContext(tb.Context(), query, args...); err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
}

func sorted[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }

func leaseRequest(runID string) ledger.LeaseRequest {
	return ledger.LeaseRequest{
		Scope: ledger.Scope{Account: "link-1", Kind: ledger.KindCustomer}, Link: "link-1", RunID: runID, Owner: "owner-" + runID,
		TTL: time.Minute,
	}
}

// mustAcquire is the lease of run-1.
func mustAcquire(tb testing.TB, s ledger.StateStore) ledger.Lease {
	tb.Helper()
	l, err := s.Acquire(tb.Context(), leaseRequest("run-1"))
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// createdCommit is a commit of new records.
func createdCommit(seq int64, cursor string, ids ...string) ledger.Commit {
	at := ledger.Cursor(cursor)
	c := ledger.Commit{Seq: seq, Cursor: &at, Tally: ledger.Tally{Counts: ledger.Counts{Read: len(ids), Created: len(ids)}}}
	for _, id := range ids {
		c.Outcomes = append(c.Outcomes, ledger.Outcome{SourceID: id, SinkID: "9", Action: ledger.ActionCreated})
		c.Records = append(c.Records, ledger.Record{ID: id, Known: true, SinkID: "9"})
	}
	return c
}

func commitError(tb testing.TB, s ledger.StateStore, l ledger.Lease, c ledger.Commit) error {
	tb.Helper()
	_, err := s.Commit(tb.Context(), l, c)
	return err
}

// knownOf are those of ids that are known.
func knownOf(tb testing.TB, s ledger.StateStore, ids ...string) map[string]ledger.Record {
	tb.Helper()
	found, err := s.Records(tb.Context(), leaseRequest("").Scope, "", ids)
	if err != nil {
		tb.Fatal(err)
	}
	maps.DeleteFunc(found, func(_ string, r ledger.Record) bool { return !r.Known })
	return found
}

// openOf are the ids of open records.
func openOf(tb testing.TB, s ledger.StateStore) []string {
	tb.Helper()
	list, err := collect(s.List(tb.Context(), leaseRequest("").Scope, ledger.Query{States: []ledger.RecordState{ledger.StateOpen}}))
	if err != nil {
		tb.Fatal(err)
	}
	var ids []string
	for _, r := range list {
		ids = append(ids, r.ID)
	}
	return ids
}

// wantStored wants n outcomes of run-1, all known, with counts and cursor of
// the same checkpoint.
func wantStored(tb testing.TB, s ledger.StateStore, n int, cursor string) {
	tb.Helper()
	outcomes, err := collect(s.Outcomes(tb.Context(), "run-1", 0))
	if err != nil {
		tb.Fatal(err)
	}
	var ids []string
	for _, o := range outcomes {
		ids = append(ids, o.SourceID)
	}
	st, err := s.Run(tb.Context(), "run-1")
	if err != nil {
		tb.Fatal(err)
	}
	want := []any{n, n, n, ledger.Cursor(cursor)}
	got := []any{len(ids), len(knownOf(tb, s, ids...)), st.Counts.Created, st.Cursor}
	if diff := cmp.Diff(want, got); diff != "" {
		tb.Errorf("outcomes, known, counts, cursor (-want +got):\n%s", diff)
	}
}

// verdictOf is what a caller can tell of an error.
func verdictOf(err error) string {
	for _, known := range []error{
		ledger.ErrRunInProgress, ledger.ErrLeaseLost, ledger.ErrNotFound, ledger.ErrRunExists, ledger.ErrRunEnded, ledger.ErrNotDue,
	} {
		if errors.Is(err, known) {
			text := known.Error()
			if busy, ok := errors.AsType[*ledger.RunInProgressError](err); ok {
				text += fmt.Sprint(busy.Account, busy.Link, busy.Kind, busy.RunID, busy.Owner, busy.Heartbeat.IsZero(), busy.EndsIn > 0)
			}
			return text
		}
	}
	if invalid, ok := errors.AsType[*ledger.InvalidRequestError](err); ok {
		return invalid.Error()
	}
	if err != nil {
		return "unexpected: " + err.Error()
	}
	return ""
}

func collect[T any](list func(func(T, error) bool)) ([]T, error) {
	var all []T
	for v, err := range list {
		if err != nil {
			return all, err
		}
		all = append(all, v)
	}
	return all, nil
}
