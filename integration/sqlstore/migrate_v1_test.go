package sqlstore_test

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/sqlstore"
)

// fromV1 fills an empty database with what the code of schema version 1 wrote.
func fromV1(tb testing.TB, d database) {
	tb.Helper()
	fromFixture(tb, d, "testdata/v1")
}

// What version 1 wrote is found again through the store.
func TestMigrationFromV1(t *testing.T) {
	t.Parallel()
	onDatabases(t, func(t *testing.T, d database) {
		t.Helper()
		fromV1(t, d)
		s := d.store(t, sqlstore.Options{})
		for name, check := range map[string]func(*testing.T, ledger.StateStore){
			"records": v1Records, "exceptions": v1Exceptions, "runs": v1Runs, "outcomes": v1Outcomes, "here": v1Here,
		} {
			t.Run(name, func(t *testing.T) { check(t, s) })
		}
		v1GoesOn(t, s)
		v1TablesAreGone(t, d.open(t))
		d.store(t, sqlstore.Options{}) // opened again, nothing is to be done
	})
}

const (
	v1Hex   = "00ff10e4c5b3a2918070605040302010"
	v1Upper = "00FF10E4C5B3A2918070605040302010"
	v1Text  = "not hexadecimal ü"
)

var v1Scope = ledger.Scope{Account: "link-1", Kind: ledger.KindCustomer}

func v1Records(t *testing.T, s ledger.StateStore) {
	t.Helper()
	got, err := s.Records(t.Context(), v1Scope, "", []string{"c-000", "c-001", "c-002", "c-003", "c-011", "c-012", "c-100", "f-1", "l-1", "s-1", "no"})
	if err != nil {
		t.Fatal(err)
	}
	known := func(id, hash, run string) ledger.Record {
		return ledger.Record{ID: id, Known: true, SinkID: "sink-" + id, Fingerprint: hash, RunID: run}
	}
	want := map[string]ledger.Record{
		"c-000": known("c-000", v1Hex, "run-1"), "c-001": known("c-001", v1Upper, "run-1"), "c-002": known("c-002", v1Text, "run-1"),
		"c-003": known("c-003", "", "run-1"), "c-011": known("c-011", "", "run-2"), "c-012": known("c-012", "", "run-2"),
		"c-100": known("c-100", "", "run-6"), "f-1": known("f-1", "", "run-2"), "l-1": known("l-1", "", "run-1"),
		"s-1": {ID: "s-1", RunID: "run-1"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	all, err := collect(s.List(t.Context(), v1Scope, ledger.Query{Known: true}))
	if err != nil || len(all) != 243 {
		t.Errorf("%d known records, want 243: %v", len(all), err)
	}
	old, err := s.Records(t.Context(), ledger.Scope{Account: "link-4", Kind: ledger.KindCustomer}, "", []string{"old"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]ledger.Record{"old": known("old", "", "run-8")}, old); diff != "" {
		t.Errorf("record of a pruned run (-want +got):\n%s", diff)
	}
	newest, err := collect(s.List(t.Context(), v1Scope, ledger.Query{Newest: true, Limit: 5}))
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range newest {
		ids = append(ids, r.ID)
	}
	if diff := cmp.Diff([]string{"c-100", "c-012", "c-011", "t-1", "f-1"}, ids); diff != "" {
		t.Errorf("newest (-want +got):\n%s", diff)
	}
}

func v1At(run, second int) time.Time {
	return time.Date(2026, 1, run, 10, 0, second, 123456000, time.UTC)
}

func v1Exceptions(t *testing.T, s ledger.StateStore) {
	t.Helper()
	got, err := collect(s.List(t.Context(), v1Scope, ledger.Query{}))
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if got[i].State == ledger.StateOpen { // by the clock of when it was made
			if got[i].Since.Year() < 2026 {
				t.Errorf("%s is open since %s", got[i].ID, got[i].Since)
			}
			got[i].Since = time.Time{}
		}
	}
	open := func(id, hash string, times int, run string) ledger.Record {
		return ledger.Record{ID: id, Fingerprint: hash, State: ledger.StateOpen, Sent: times, Unproved: times, RunID: run}
	}
	want := []ledger.Record{
		{ID: "c-010", Known: true, SinkID: "sink-c-010", Fingerprint: v1Hex, State: ledger.StateFailed, Since: v1At(2, 3), RunID: "run-2"},
		{ID: "p-1", State: ledger.StateParked, Since: v1At(3, 1), Sent: 1, Unproved: 1, RunID: "run-3"},
		{ID: "f-3", State: ledger.StateFailed, Since: v1At(6, 2), RunID: "run-6"},
		open("f-2", v1Hex, 1, "run-3"), open("o-1", v1Hex, 1, ""), open("o-2", "", 1, ""), open("o-3", v1Upper, 1, ""),
		open("p-2", v1Text, 2, "run-3"),
	}
	byState := func(a, b ledger.Record) int {
		if a.State == ledger.StateOpen && b.State == ledger.StateOpen {
			return strings.Compare(a.ID, b.ID)
		}
		return 0
	}
	slices.SortStableFunc(got, byState)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("exceptions (-want +got):\n%s", diff)
	}
}

func v1Runs(t *testing.T, s ledger.StateStore) {
	t.Helper()
	got, err := collect(s.Runs(t.Context(), ledger.RunQuery{Link: "link-1"}))
	if err != nil {
		t.Fatal(err)
	}
	run := func(n int, status ledger.RunStatus, counts ledger.Counts, by map[ledger.Reason]int) ledger.RunState {
		id := fmt.Sprint("run-", n)
		st := ledger.RunState{
			Summary: ledger.Summary{
				RunID: id, Link: "link-1", Kind: ledger.KindCustomer, Status: status, Counts: counts, ByReason: by,
				Started: v1At(n, 0), Finished: v1At(n, 59), Warnings: []string{"at the end"},
			},
			Filter: []byte(`{"version":1,"run":"` + id + `"}`), Options: []byte(`{"version":1}`), Driver: ledger.DriverImporter,
			Progress: ledger.Progress{Read: counts.Read},
		}
		if status == ledger.StatusRunning || status == ledger.StatusInterrupted {
			st.Finished, st.Warnings = time.Time{}, []string{"a warning of " + id}
		}
		return st
	}
	first := run(1, ledger.StatusCompleted, ledger.Counts{Read: 244, Created: 240, Linked: 1, Skipped: 1, Failed: 2}, map[ledger.Reason]int{
		ledger.ReasonFilteredOut: 1, ledger.ReasonInvalidRecord: 1, ledger.ReasonRejectedBySink: 1,
	})
	first.Cursor, first.Listed, first.Notices = "page-3", true, []string{"mail", "hook"}
	second := run(2, ledger.StatusFailed, ledger.Counts{Read: 10, Created: 1, Linked: 1, Updated: 1, Unchanged: 1, Skipped: 5, Failed: 1}, map[ledger.Reason]int{
		ledger.ReasonAlreadyImported: 4, ledger.ReasonDuplicateInSource: 1, ledger.ReasonInvalidRecord: 1, ledger.ReasonInDoubtResolved: 1,
	})
	second.Cursor = "page-2"
	second.Passing = ledger.Tally{Counts: ledger.Counts{Read: 5, Skipped: 5}, ByReason: map[ledger.Reason]int{
		ledger.ReasonAlreadyImported: 4, ledger.ReasonDuplicateInSource: 1,
	}}
	third := run(3, ledger.StatusStopped, ledger.Counts{Read: 3, Failed: 3}, nil)
	third.Cursor = "x"
	fourth := run(4, ledger.StatusPaused, ledger.Counts{}, nil)
	fourth.PausedUntil = v1At(5, 0)
	sixth := run(6, ledger.StatusRunning, ledger.Counts{Read: 7, Updated: 1, Failed: 1, Skipped: 5}, map[ledger.Reason]int{
		ledger.ReasonAlreadyImported: 3, ledger.ReasonDuplicateInSource: 1, ledger.ReasonFilteredOut: 1, ledger.ReasonUsernameTaken: 1,
	})
	sixth.Cursor, sixth.Owner, sixth.Epoch = "page-9", "host-run-6", 6
	sixth.Passing = ledger.Tally{Counts: ledger.Counts{Read: 4, Skipped: 4}, ByReason: map[ledger.Reason]int{
		ledger.ReasonAlreadyImported: 3, ledger.ReasonDuplicateInSource: 1,
	}}
	want := []ledger.RunState{sixth, run(5, ledger.StatusInterrupted, ledger.Counts{}, nil), fourth, third, second, first}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(ledger.RunState{}, "Heartbeat", "DueIn")); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
	held, err := s.Run(t.Context(), "run-7")
	if err != nil || !held.Alive || held.Status != ledger.StatusRunning {
		t.Errorf("the run that holds its lease: %+v, %v", held, err)
	}
	if _, err := s.Run(t.Context(), "run-8"); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("the run that was pruned: %v", err)
	}
}

func v1Outcomes(t *testing.T, s ledger.StateStore) {
	t.Helper()
	all, err := collect(s.Outcomes(t.Context(), "run-1", 0))
	if err != nil || len(all) != 244 || all[80].SourceID != "f-1" || all[243].SourceID != "c-239" {
		t.Fatalf("%d outcomes of run-1: %v", len(all), err)
	}
	wantFirst := ledger.Outcome{
		RunID: "run-1", Kind: ledger.KindCustomer, SourceID: "f-1", Action: ledger.ActionFailed, Reason: ledger.ReasonInvalidRecord,
		Fields: []ledger.FieldError{{Field: "email", Rule: "must be an address"}}, At: v1At(1, 7),
	}
	if diff := cmp.Diff(wantFirst, all[80]); diff != "" {
		t.Errorf("a failed outcome (-want +got):\n%s", diff)
	}
	second, err := collect(s.Outcomes(t.Context(), "run-2", 1))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range second {
		got = append(got, fmt.Sprint(o.SourceID, " ", o.Action, " ", o.Reason))
	}
	want := []string{"t-1 linked in_doubt_resolved", "c-010 failed invalid_record", "c-011 updated ", "c-012 unchanged "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes of run-2 from place 1 (-want +got):\n%s", diff)
	}
}

// What a run that may go on decided is known of its records, also where a later
// run decided again.
func v1Here(t *testing.T, s ledger.StateStore) {
	t.Helper()
	got, err := s.Records(t.Context(), v1Scope, "run-3", []string{"p-1", "p-2", "f-2", "f-1"})
	if err != nil {
		t.Fatal(err)
	}
	here := make(map[string]ledger.Verdict)
	for id, r := range got {
		here[id] = r.Here
	}
	doubt := ledger.Verdict{Action: ledger.ActionFailed, Reason: ledger.ReasonInDoubt}
	want := map[string]ledger.Verdict{
		"p-1": doubt, "p-2": doubt, "f-2": {Action: ledger.ActionFailed, Reason: ledger.ReasonRejectedBySink}, "f-1": {},
	}
	if diff := cmp.Diff(want, here); diff != "" {
		t.Errorf("what run-3 decided (-want +got):\n%s", diff)
	}
}

// v1GoesOn resumes what version 1 left unfinished.
func v1GoesOn(t *testing.T, s ledger.StateStore) {
	t.Helper()
	req := ledger.LeaseRequest{Scope: v1Scope, Link: "link-1", RunID: "run-6", Owner: "me", TTL: time.Hour, Resume: ledger.ResumeDue}
	l, err := s.Acquire(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if l.Epoch != 7 || l.First || l.State.Pass != 0 || l.State.Cursor != "page-9" {
		t.Errorf("lease %+v", l)
	}
	outcome := ledger.Outcome{SourceID: "f-3", SinkID: "9", Action: ledger.ActionCreated}
	if _, err := s.Commit(t.Context(), l, ledger.Commit{Seq: 1, Outcomes: []ledger.Outcome{outcome}}); err != nil {
		t.Fatal(err)
	}
	all, err := collect(s.Outcomes(t.Context(), "run-6", 0))
	if err != nil || len(all) != 2 || all[1].SourceID != "f-3" || all[1].Action != ledger.ActionCreated {
		t.Errorf("outcomes after a later one of the same record: %+v, %v", all, err)
	}
	req.Scope = ledger.Scope{Account: "link-2", Kind: ledger.KindUser}
	req.Link, req.RunID = "link-2", "run-7"
	if _, err := s.Acquire(t.Context(), req); !errors.Is(err, ledger.ErrRunInProgress) {
		t.Errorf("the held lease: %v", err)
	}
	req.Scope, req.Link, req.RunID, req.Resume = ledger.Scope{Account: "new", Kind: ledger.KindUser}, "new", "run-new", ledger.ResumeNew
	if _, err := s.Acquire(t.Context(), req); err != nil {
		t.Errorf("a new scope and run after the migration: %v", err)
	}
}

func v1TablesAreGone(t *testing.T, db *sql.DB) {
	t.Helper()
	for _, table := range []string{"leases", "known", "intents", "parked", "outcomes", "v1_runs", "v1_known"} {
		if _, err := db.ExecContext(t.Context(), "SELECT 1 FROM adcimport_"+table); err == nil {
			t.Errorf("there is a table %s", table)
		}
	}
}

// Hosts start at the same time on tables of version 1.
func TestMigrationFromV1Once(t *testing.T) {
	t.Parallel()
	onDatabases(t, func(t *testing.T, d database) {
		t.Helper()
		fromV1(t, d)
		var wg sync.WaitGroup
		errs := make([]error, 5)
		for i := range errs {
			db := d.open(t)
			wg.Go(func() {
				_, errs[i] = sqlstore.Open(t.Context(), db, d.dialect, sqlstore.Options{RetryFor: time.Minute})
			})
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		all, err := collect(d.store(t, sqlstore.Options{}).List(t.Context(), v1Scope, ledger.Query{Known: true}))
		if err != nil || len(all) != 243 {
			t.Errorf("%d known records: %v", len(all), err)
		}
	})
}

// A migration that fails leaves everything as it was.
func TestMigrationFromV1IsWhole(t *testing.T) {
	t.Parallel()
	onDatabases(t, func(t *testing.T, d database) {
		t.Helper()
		fromV1(t, d)
		db := d.open(t)
		mustExec(t, db, "CREATE TABLE adcimport_decided (x INTEGER)")
		if _, err := sqlstore.Open(t.Context(), db, d.dialect, sqlstore.Options{}); err == nil {
			t.Fatal("Open made a table that was there")
		}
		var known, version int
		row := db.QueryRowContext(t.Context(), "SELECT (SELECT COUNT(*) FROM adcimport_known), version FROM adcimport_schema_version")
		if err := row.Scan(&known, &version); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]int{245, 1}, []int{known, version}); diff != "" {
			t.Errorf("known records and version (-want +got):\n%s", diff)
		}
		mustExec(t, db, "DROP TABLE adcimport_decided")
		if _, err := sqlstore.Open(t.Context(), db, d.dialect, sqlstore.Options{}); err != nil {
			t.Errorf("Open after the table was dropped: %v", err)
		}
	})
}
