package report_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/report"
)

func TestOf_refuses(t *testing.T) {
	t.Parallel()
	l := ledgerLab(t)
	imp := l.importer(t)
	if _, err := report.Of(t.Context(), imp, "nobody", report.Options{}); !errors.Is(err, adcimport.ErrNotFound) {
		t.Errorf("an unknown run gives %v", err)
	}
	other := l.cfg
	other.Link = "other"
	elsewhere, err := adcimport.New(other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := report.Of(t.Context(), elsewhere, "run-a", report.Options{}); !errors.Is(err, adcimport.ErrNotFound) {
		t.Errorf("another link's run gives %v", err)
	}
	if _, err := imp.Prune(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := report.Of(t.Context(), imp, "run-a", report.Options{}); !errors.Is(err, adcimport.ErrNotFound) {
		t.Errorf("a pruned run gives %v", err)
	}
}

// A context that ends before or after Of ends the report.
func TestOf_heedsItsContext(t *testing.T) {
	t.Parallel()
	imp := ledgerLab(t).importer(t)
	for _, o := range []report.Options{{}, {Retries: true}} {
		ctx, cancel := context.WithCancel(t.Context())
		run, err := report.Of(ctx, imp, "run-a", o)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		for name, w := range map[string]write{"CSV": asCSV(report.All), "JSON Lines": asJSONL(report.All), "text": report.WriteText} {
			if err := w(io.Discard, run); !errors.Is(err, context.Canceled) {
				t.Errorf("%+v: %s, canceled, gives %v", o, name, err)
			}
		}
		if _, err := report.Of(ctx, imp, "run-a", o); !errors.Is(err, context.Canceled) {
			t.Errorf("%+v, canceled, gives %v", o, err)
		}
	}
}

// brokenStore fails one of the questions that a report asks.
type brokenStore struct {
	*adcimport.MemoryStore
	runs, inDoubt bool
}

func (s *brokenStore) Runs(ctx context.Context, q ledger.RunQuery) iter.Seq2[ledger.RunState, error] {
	if s.runs {
		return func(yield func(ledger.RunState, error) bool) { yield(ledger.RunState{}, errDisk) }
	}
	return s.MemoryStore.Runs(ctx, q)
}

func (s *brokenStore) List(ctx context.Context, sc ledger.Scope, q ledger.Query) iter.Seq2[ledger.Record, error] {
	if s.inDoubt {
		return func(yield func(ledger.Record, error) bool) { yield(ledger.Record{}, errDisk) }
	}
	return s.MemoryStore.List(ctx, sc, q)
}

func TestOf_tellsABrokenStore(t *testing.T) {
	t.Parallel()
	l := ledgerLab(t)
	store := &brokenStore{MemoryStore: l.store, runs: true}
	l.cfg.Store = store
	imp := l.importer(t)
	if _, err := report.Of(t.Context(), imp, "run-a", report.Options{}); !errors.Is(err, errDisk) {
		t.Errorf("a list of runs that breaks gives %v", err)
	}
	store.runs, store.inDoubt = false, true
	run, err := report.Of(t.Context(), imp, "run-a", report.Options{Retries: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := report.WriteCSV(io.Discard, run.Rows, report.All); !errors.Is(err, errDisk) {
		t.Errorf("a list of those in flight that breaks gives %v", err)
	}
}

// The summary after the retries is the sum of the rows, and says which had the
// last word.
func TestOf_retries(t *testing.T) {
	t.Parallel()
	imp := ledgerLab(t).importer(t)
	run, err := report.Of(t.Context(), imp, "run-a", report.Options{Retries: true})
	if err != nil {
		t.Fatal(err)
	}
	want := adcimport.Counts{Read: 13, Created: 2, Linked: 2, Updated: 1, Unchanged: 1, Skipped: 5, Failed: 2}
	if diff := cmp.Diff(want, run.Summary.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"retry-1", "retry-2"}, run.Retries); diff != "" {
		t.Errorf("retries (-want +got):\n%s", diff)
	}
	first, err := report.Of(t.Context(), imp, "run-a", report.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if first.Summary.Counts.Failed != 4 || first.Summary.ByReason[adcimport.ReasonInvalidRecord] != 2 || first.Retries != nil {
		t.Errorf("without retries: %+v", first)
	}
}

// lateStore says of some records that they are in flight which the ledger has,
// as when a run commits them between the two questions.
type lateStore struct {
	*adcimport.MemoryStore
	ids []string
}

func (s *lateStore) List(context.Context, ledger.Scope, ledger.Query) iter.Seq2[ledger.Record, error] {
	return func(yield func(ledger.Record, error) bool) {
		for _, id := range s.ids {
			if !yield(ledger.Record{ID: id, State: ledger.StateOpen}, nil) {
				return
			}
		}
	}
}

// fault 77: a run at work commits a create while its report is written. The
// record was in the report twice: as created and as in flight.
func TestOf_aRunAtWorkHasEachRecordOnce(t *testing.T) {
	t.Parallel()
	l := newLab()
	l.ledger(t, "run-a", "", adcimport.Counts{Read: 2, Created: 1, Failed: 1}, nil,
		adcimport.Outcome{SourceID: "1", SinkID: "91", Action: adcimport.ActionCreated},
		adcimport.Outcome{SourceID: "2", Action: adcimport.ActionFailed, Reason: adcimport.ReasonNotSent})
	l.cfg.Store = &lateStore{l.store, []string{"1", "2", "3"}}
	run, err := report.Of(t.Context(), l.importer(t), "run-a", report.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"1": "91|created||", "2": "|in_flight||", "3": "|in_flight||"}
	for range 2 { // rows can be read again
		if diff := cmp.Diff(want, csvRows(t, run, report.All)); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
	}
}

// longStore has a ledger that is made while it is read, and fails at its end.
type longStore struct {
	*adcimport.MemoryStore
	rows    int
	written func() int
	late    int // rows that were read before anything was written
}

func (s *longStore) Outcomes(context.Context, string, int) iter.Seq2[adcimport.Outcome, error] {
	return func(yield func(adcimport.Outcome, error) bool) {
		for i := range s.rows {
			if s.written() == 0 {
				s.late++
			}
			if !yield(adcimport.Outcome{SourceID: strconv.Itoa(i), Action: adcimport.ActionFailed}, nil) {
				return
			}
		}
		yield(adcimport.Outcome{}, errDisk)
	}
}

// When w breaks, as when a browser goes away, the rest of the ledger is not read.
func TestWrite_stopsReadingWhenTheWriterBreaks(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]write{"CSV": asCSV(report.All), "JSON Lines": asJSONL(report.All)} {
		l := ledgerLab(t)
		store := &longStore{MemoryStore: l.store, rows: 50_000, written: func() int { return 0 }}
		l.cfg.Store = store
		run, err := report.Of(t.Context(), l.importer(t), "run-a", report.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := write(&brokenWriter{left: 10_000}, run); !errors.Is(err, errDisk) || store.late > 10_000 {
			t.Errorf("%s: %v after %d rows", name, err, store.late)
		}
	}
}

// A report goes out as it is read: a ledger need not fit into memory.
func TestOf_streams(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]write{"CSV": asCSV(report.All), "JSON Lines": asJSONL(report.Failures)} {
		l := ledgerLab(t)
		var b strings.Builder
		store := &longStore{MemoryStore: l.store, rows: 50_000, written: b.Len}
		l.cfg.Store = store
		run, err := report.Of(t.Context(), l.importer(t), "run-a", report.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := write(&b, run); !errors.Is(err, errDisk) {
			t.Errorf("%s: a store that breaks gives %v", name, err)
		}
		if store.late > 1000 || strings.Count(b.String(), "\n") < 50_000 {
			t.Errorf("%s: %d rows were read before one was written; %d lines", name, store.late, strings.Count(b.String(), "\n"))
		}
	}
}
