package adcimport_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/report"
)

// FuzzReport_addsUp: over random pasts and faults, with a break and a
// resumption, the rows of a report and the two reasons that have none are the
// run's counts. So is its summary after a retry.
func FuzzReport_addsUp(f *testing.F) {
	for seed := range uint64(40) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 2))
		l := newLab(adcimporttest.NewDealer(seed, 80+r.IntN(100), 30+r.IntN(40)))
		k := adcimport.KindCustomer
		if r.IntN(3) == 0 {
			k = adcimport.KindUser
		}
		o := randomPast(t, r, l, k)
		_, run := l.both(t, r, k, o)
		left := 1 + r.IntN(200)
		for _, err := range run {
			if err != nil && !errors.Is(err, adcimport.ErrTooManyFailures) {
				t.Fatal(err)
			}
			if left--; left == 0 {
				break
			}
		}
		imp := l.importer(t)
		st := newestRun(t, imp)
		checkAddsUp(t, imp, st.RunID)
		for range 1000 { // a budget may stop it again and again
			if st = newestRun(t, imp); st.Status == adcimport.StatusCompleted {
				break
			}
			resume(t, imp, st.RunID)
			checkAddsUp(t, imp, st.RunID)
		}
		if st.Status != adcimport.StatusCompleted {
			t.Fatalf("the run is still %s", st.Status)
		}
		l.cfg.Source = l.source // nothing is denied any more
		imp = l.importer(t)
		retry, err := imp.StartRetryFailed(t.Context(), st.RunID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := retry.Wait(t.Context()); err != nil && !errors.Is(err, adcimport.ErrTooManyFailures) {
			t.Fatal(err)
		}
		checkAddsUp(t, imp, retry.ID())
		if of := newestRun(t, imp).RetryOf; of != st.RunID {
			t.Errorf("the retry is one of %q, want %q", of, st.RunID)
		}
		checkRetried(t, imp, st.Summary)
	})
}

func newestRun(t *testing.T, imp *adcimport.Importer) adcimport.RunInfo {
	t.Helper()
	for st, err := range imp.Runs(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	t.Fatal("no run")
	return adcimport.RunInfo{}
}

func resume(t *testing.T, imp *adcimport.Importer, id string) {
	t.Helper()
	run, err := imp.StartResume(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run.Wait(t.Context()); err != nil && !errors.Is(err, adcimport.ErrTooManyFailures) {
		t.Fatal(err)
	}
}

// reportRows is the sink's id, action and reason of each record of a report.
func reportRows(t *testing.T, imp *adcimport.Importer, runID string, o report.Options) map[string]string {
	t.Helper()
	run, err := report.Of(t.Context(), imp, runID, o)
	if err != nil {
		t.Fatal(err)
	}
	rows := make(map[string]string)
	for row, err := range run.Rows {
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := rows[row.SourceID]; ok {
			t.Errorf("%s has two rows", row.SourceID)
		}
		rows[row.SourceID] = fmt.Sprintf("%s|%s|%s", row.SinkID, row.Action, row.Reason)
	}
	return rows
}

// rowCounts are the rows of a report by action.
func rowCounts(t *testing.T, imp *adcimport.Importer, runID string, o report.Options) (c adcimport.Counts) {
	t.Helper()
	for _, row := range reportRows(t, imp, runID, o) {
		if action := adcimport.Action(strings.Split(row, "|")[1]); action != adcimport.ActionInFlight {
			c.Add(action)
		}
	}
	return c
}

func checkAddsUp(t *testing.T, imp *adcimport.Importer, runID string) {
	t.Helper()
	s := runInfo(t, imp, runID)
	rows := rowCounts(t, imp, runID, report.Options{})
	rows = withPassing(s, rows)
	if diff := cmp.Diff(s.Counts, rows); diff != "" {
		t.Errorf("run %s, %s: (-counts +rows):\n%s", runID, s.Status, diff)
	}
	if c := s.Counts; c.Read != c.Created+c.Linked+c.Updated+c.Unchanged+c.Skipped+c.Failed {
		t.Errorf("run %s: %+v does not add up", runID, c)
	}
}

func runInfo(t *testing.T, imp *adcimport.Importer, runID string) adcimport.Summary {
	t.Helper()
	for st, err := range imp.Runs(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if st.RunID == runID {
			return st.Summary
		}
	}
	t.Fatalf("no run %s", runID)
	return adcimport.Summary{}
}

// checkRetried compares the summary after a retry with its rows.
func checkRetried(t *testing.T, imp *adcimport.Importer, s adcimport.Summary) {
	t.Helper()
	own := rowCounts(t, imp, s.RunID, report.Options{})
	rows := rowCounts(t, imp, s.RunID, report.Options{Retries: true})
	rows.AddN(adcimport.ActionSkipped, s.Counts.Skipped-own.Skipped)
	rows.AddN(adcimport.ActionUnchanged, s.Counts.Unchanged-own.Unchanged)
	run, err := report.Of(t.Context(), imp, s.RunID, report.Options{Retries: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rows, run.Summary.Counts); diff != "" {
		t.Errorf("run %s after its retry (-rows +counts):\n%s", s.RunID, diff)
	}
}
