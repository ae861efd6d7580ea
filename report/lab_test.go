package report_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares with a file under testdata, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -run %s -update writes it)", err, t.Name())
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// lab is a link whose store holds what a test puts there.
type lab struct {
	store  *adcimport.MemoryStore
	cfg    adcimport.Config
	flying []ledger.Intent // of the next ledger
}

func newLab() *lab {
	l := &lab{store: new(adcimport.MemoryStore)}
	l.cfg = adcimport.Config{
		Link: "acme", Store: dated{l.store}, Sink: new(adcimporttest.Sink),
		Source: &adcimporttest.Source{Dealer: new(adcimporttest.Dealer)},
	}
	return l
}

// dated is a store whose runs were all started at one time, and took a minute and
// a half.
type dated struct{ *adcimport.MemoryStore }

func (s dated) Run(ctx context.Context, id string) (ledger.RunState, error) {
	st, err := s.MemoryStore.Run(ctx, id)
	return onDate(st), err
}

func (s dated) Runs(ctx context.Context, q ledger.RunQuery) iter.Seq2[ledger.RunState, error] {
	return func(yield func(ledger.RunState, error) bool) {
		for st, err := range s.MemoryStore.Runs(ctx, q) {
			if !yield(onDate(st), err) {
				return
			}
		}
	}
}

func onDate(st ledger.RunState) ledger.RunState {
	st.Started = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	if !st.Finished.IsZero() {
		st.Finished = st.Started.Add(90 * time.Second)
	}
	return st
}

func (l *lab) importer(t *testing.T) *adcimport.Importer {
	t.Helper()
	imp, err := adcimport.New(l.cfg)
	if err != nil {
		t.Fatal(err)
	}
	return imp
}

// ledgerLab holds a run with every kind of row, two retries of it, records in
// flight, and a run of the other kind.
func ledgerLab(t *testing.T) *lab {
	t.Helper()
	l := newLab()
	at := time.Date(2026, 3, 4, 5, 6, 7, 891, time.FixedZone("", -7*3600))
	fields := []adcimport.FieldError{{Field: "Phone1", Rule: "is required"}, {Field: "State", Rule: `must be one of "72", really`}}
	out := func(id, sinkID string, a adcimport.Action, r adcimport.Reason, f ...adcimport.FieldError) adcimport.Outcome {
		at = at.Add(time.Second)
		return adcimport.Outcome{SourceID: id, SinkID: sinkID, Action: a, Reason: r, Fields: f, At: at}
	}
	l.ledger(t, "run-a", "", adcimport.Counts{Read: 13, Created: 1, Linked: 1, Updated: 1, Unchanged: 1, Skipped: 5, Failed: 4},
		map[adcimport.Reason]int{
			adcimport.ReasonAlreadyImported: 2, adcimport.ReasonDuplicateInSource: 1, adcimport.ReasonFilteredOut: 2,
			adcimport.ReasonInvalidRecord: 2, adcimport.ReasonInDoubt: 1, adcimport.ReasonRejectedBySink: 1,
		},
		out("1", "91", adcimport.ActionCreated, ""),
		out("2", "92", adcimport.ActionLinked, ""),
		out("3", "93", adcimport.ActionUpdated, ""),
		out("4", "94", adcimport.ActionUnchanged, ""),
		out("5", "", adcimport.ActionSkipped, adcimport.ReasonFilteredOut),
		out("6", "", adcimport.ActionSkipped, adcimport.ReasonFilteredOut),
		out("7", "", adcimport.ActionFailed, adcimport.ReasonInvalidRecord, fields...),
		out("8", "", adcimport.ActionFailed, adcimport.ReasonInvalidRecord, fields[0]),
		out("9", "", adcimport.ActionFailed, adcimport.ReasonInDoubt),
		out("=1+1", "", adcimport.ActionFailed, adcimport.ReasonRejectedBySink),
	)
	l.ledger(t, "retry-1", "run-a", adcimport.Counts{Read: 4, Created: 1, Failed: 3}, map[adcimport.Reason]int{adcimport.ReasonInvalidRecord: 3},
		out("7", "97", adcimport.ActionCreated, ""),
		out("8", "", adcimport.ActionFailed, adcimport.ReasonInvalidRecord, fields[1]),
		out("=1+1", "", adcimport.ActionFailed, adcimport.ReasonInvalidRecord, fields[1]),
	)
	l.flying = []ledger.Intent{{ID: "9", Again: true}, {ID: "14"}}
	l.ledger(t, "retry-2", "retry-1", adcimport.Counts{Read: 2, Linked: 1, Failed: 1}, map[adcimport.Reason]int{adcimport.ReasonSourceNotFound: 1},
		out("8", "98", adcimport.ActionLinked, ""),
		out("7", "", adcimport.ActionFailed, adcimport.ReasonSourceNotFound), // done stays done
	)
	lease := l.acquire(t, adcimport.KindUser, "users", "")
	outs := []adcimport.Outcome{out("7", "u7", adcimport.ActionCreated, "")}
	if _, err := l.store.Commit(t.Context(), lease, ledger.Commit{Seq: 1, Outcomes: outs}); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *lab) acquire(t *testing.T, k adcimport.Kind, runID, retryOf string) ledger.Lease {
	t.Helper()
	filter := `{"v":1,"filter":{}}`
	if retryOf != "" {
		filter = fmt.Sprintf(`{"v":1,"filter":{},"retry_of":%q}`, retryOf)
	}
	lease, err := l.store.Acquire(t.Context(), ledger.LeaseRequest{
		Scope: ledger.Scope{Account: "acme", Kind: k}, Link: "acme", RunID: runID, Owner: runID, TTL: time.Minute,
		State: ledger.RunState{Filter: []byte(filter), Options: []byte(`{"v":1,"options":{},"mapping":""}`), RetryOf: retryOf},
	})
	if err != nil {
		t.Fatal(err)
	}
	return lease
}

func (l *lab) ledger(t *testing.T, runID, retryOf string, c adcimport.Counts, by map[adcimport.Reason]int, outs ...adcimport.Outcome) {
	t.Helper()
	lease := l.acquire(t, adcimport.KindCustomer, runID, retryOf)
	commit := ledger.Commit{Seq: 1, Outcomes: outs, Intents: l.flying, Tally: ledger.Tally{Counts: c, ByReason: by}}
	for _, o := range outs {
		switch {
		case o.Action.Done():
			commit.Records = append(commit.Records, ledger.Record{ID: o.SourceID, Known: true, SinkID: o.SinkID})
		case o.Reason == adcimport.ReasonInDoubt:
			commit.Records = append(commit.Records, ledger.Record{ID: o.SourceID, State: ledger.StateParked})
		}
	}
	if _, err := l.store.Commit(t.Context(), lease, commit); err != nil {
		t.Fatal(err)
	}
	end := ledger.End{Status: adcimport.StatusCompleted, Warnings: []string{"rule 3 (Phone1) matched 0 of 13 records"}}
	if _, err := l.store.Release(t.Context(), lease, end); err != nil {
		t.Fatal(err)
	}
}

var errDisk = errors.New("disk full")

// brokenWriter takes some bytes.
type brokenWriter struct{ left int }

func (w *brokenWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errDisk
	}
	return len(p), nil
}
