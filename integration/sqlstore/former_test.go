package sqlstore_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/sqlstore"
)

// says is what a store says of everything: testdata/v2.
type says struct {
	Records  map[string][]ledger.Record // by account and kind
	Runs     []ledger.RunState
	Outcomes map[string][]ledger.Outcome
	Here     map[string]ledger.Record // what run-1 decided
	Sink     []string                 // Alarm.com's ids of the customers that the sink has, in the order of its own
}

func formerly(t *testing.T, d database) (s says) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("testdata/v2/%s.json", d.dialect))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// now is what the store says of the same.
func now(t *testing.T, s *sqlstore.Store, then says) says {
	t.Helper()
	var err error
	take := func(e error) { err = errors.Join(err, e) }
	got := says{Records: make(map[string][]ledger.Record), Outcomes: make(map[string][]ledger.Outcome), Sink: then.Sink}
	for name := range then.Records {
		account, kind, _ := strings.Cut(name, "/")
		for _, q := range []ledger.Query{{Known: true}, {}} {
			list, e := collect(s.List(t.Context(), ledger.Scope{Account: account, Kind: ledger.Kind(kind)}, q))
			take(e)
			got.Records[name] = append(got.Records[name], list...)
		}
	}
	var e error
	got.Runs, e = collect(s.Runs(t.Context(), ledger.RunQuery{}))
	take(e)
	for _, r := range got.Runs {
		got.Outcomes[r.RunID], e = collect(s.Outcomes(t.Context(), r.RunID, 0))
		take(e)
	}
	got.Here, e = s.Records(t.Context(), ledger.Scope{Account: "account-link-2", Kind: ledger.KindCustomer}, "run-1", sorted(then.Here))
	take(e)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// Version 2 is written otherwise than at its beginning. What was written then says
// today what it said then, and what was begun goes on.
func TestFormerVersion2(t *testing.T) {
	t.Parallel()
	onDatabases(t, func(t *testing.T, d database) {
		t.Helper()
		fromFixture(t, d, "testdata/v2")
		s, then := d.store(t, sqlstore.Options{}), formerly(t, d)
		if len(then.Runs) != 5 || len(then.Sink) != 25 || len(then.Here) != 11 {
			t.Fatalf("%d runs, %d customers, %d records: the fixture is short", len(then.Runs), len(then.Sink), len(then.Here))
		}
		same := cmp.Options{cmpopts.EquateEmpty(), cmpopts.IgnoreFields(ledger.RunState{}, "DueIn"), cmpopts.EquateApproxTime(0)}
		if diff := cmp.Diff(then, now(t, s, then), same); diff != "" {
			t.Errorf("what was said then, and is said now (-then +now):\n%s", diff)
		}
		held := ledger.LeaseRequest{
			Scope: ledger.Scope{Account: "account-link-3", Kind: ledger.KindUser}, Link: "link-4", RunID: "run-6", Owner: "me", TTL: time.Minute,
		}
		if _, err := s.Acquire(t.Context(), held); !errors.Is(err, ledger.ErrRunInProgress) {
			t.Errorf("the held lease: %v", err)
		}
		formerImportGoesOn(t, s, then)
	})
}

// formerImportGoesOn resumes the import that died when half of a batch had arrived.
func formerImportGoesOn(t *testing.T, s *sqlstore.Store, then says) {
	t.Helper()
	dealer, sink := adcimporttest.NewDealer(5, 60, 0), &adcimporttest.Sink{}
	for _, id := range then.Sink {
		sink.TypeInCustomer(adcimport.CustomerRecord{AlarmComID: id})
	}
	imp, err := adcimport.New(adcimport.Config{
		Link: "link-1", Source: &adcimporttest.Source{Dealer: dealer, PageSize: 20}, Sink: sink, Store: s, BatchSize: 10,
		FingerprintKey: []byte("key"), SettleTime: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	sum, err := imp.Resume(t.Context(), "run-import")
	if err != nil || sum.Status != adcimport.StatusCompleted {
		t.Fatalf("%v, %v", sum, err)
	}
	times := make(map[string]int)
	for _, c := range sink.Customers() {
		times[c.Record.AlarmComID]++
	}
	for _, c := range dealer.Importable() {
		if _, there := times[c.ID]; !there {
			t.Errorf("customer %s is not there", c.ID)
		}
	}
	for id, n := range times {
		if n != 1 {
			t.Errorf("customer %s is there %d times", id, n)
		}
	}
	outcomes, err := collect(s.Outcomes(t.Context(), "run-import", 0))
	if err != nil {
		t.Fatal(err)
	}
	before := then.Outcomes["run-import"]
	if diff := cmp.Diff(before, outcomes[:min(len(before), len(outcomes))]); diff != "" {
		t.Errorf("outcomes from before (-then +now):\n%s", diff)
	}
	st, err := s.Run(t.Context(), "run-import")
	if err != nil || st.Labels["job"] != "7" || st.Counts.Linked != 5 || st.Counts.Created+5 != len(times) || len(outcomes) != len(times) {
		t.Errorf("%d outcomes, %d customers; the run: %+v, %v", len(outcomes), len(times), st, err)
	}
}

// The tables of a version never change: whoever changes a schema raises its version, or
// hosts of both would have one number for two schemas.
func TestSchemaIsThatOfItsVersion(t *testing.T) {
	t.Parallel()
	schemas := map[sqlstore.Dialect]string{
		sqlstore.SQLite: `SELECT name || COALESCE(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name`,
		sqlstore.PostgreSQL: `SELECT table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || COALESCE(column_default, '') ||
 ' ' || COALESCE(collation_name, '') || ' ' || is_identity FROM information_schema.columns WHERE table_schema = current_schema()
UNION ALL SELECT regexp_replace(indexdef, ' ON [^ ]+\.', ' ON ') FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1`,
	}
	for name, newDatabase := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			former, fresh := newDatabase(t), newDatabase(t)
			fromFixture(t, former, "testdata/v2")
			fresh.store(t, sqlstore.Options{})
			var lists [2][]string
			for i, d := range []database{former, fresh} {
				rows, err := d.open(t).QueryContext(t.Context(), schemas[d.dialect])
				if err != nil {
					t.Fatal(err)
				}
				for rows.Next() {
					var one string
					if err := rows.Scan(&one); err != nil {
						t.Fatal(err)
					}
					lists[i] = append(lists[i], one)
				}
				if err := errors.Join(rows.Err(), rows.Close()); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(lists[0], lists[1]); diff != "" || len(lists[0]) < 14 {
				t.Errorf("%d tables, indexes or columns (-former +fresh):\n%s", len(lists[0]), diff)
			}
		})
	}
}
