package sqlstore_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/internal/dbclock"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/sqlstore"
)

// cost is what statements ask of a database.
type cost struct {
	statements int
	rows       int // that PostgreSQL's scans read
	pages      int // that PostgreSQL touched
	scans      []string
}

// costs measures statements, each with the parameters that the store gave it, and
// under the settings of its transaction.
func costs(tb testing.TB, db *sql.DB, d sqlstore.Dialect, list []statement) cost {
	tb.Helper()
	c := cost{statements: len(list)}
	settings := ""
	for _, s := range list {
		if strings.Contains(s.query, "enable_seqscan") {
			settings = s.query
		}
		if s.query == "COMMIT" {
			settings = ""
		}
		if d == sqlstore.SQLite {
			c.scans = append(c.scans, sqliteScans(tb, db, s)...)
		} else {
			c.addPlan(tb, db, settings, s)
		}
	}
	return c
}

// plan is a node of what EXPLAIN says.
type plan struct {
	Type     string  `json:"Node Type"`
	Relation string  `json:"Relation Name"`
	Rows     float64 `json:"Actual Rows"`
	Loops    float64 `json:"Actual Loops"`
	Filtered float64 `json:"Rows Removed by Filter"`
	Checked  float64 `json:"Rows Removed by Index Recheck"`
	Hit      int     `json:"Shared Hit Blocks"`
	Read     int     `json:"Shared Read Blocks"`
	Plans    []plan  `json:"Plans"`
}

var explainable = regexp.MustCompile(`^(SELECT|WITH|INSERT|UPDATE|DELETE)\b`)

// addPlan runs a statement once more, and takes it back.
func (c *cost) addPlan(tb testing.TB, db *sql.DB, settings string, s statement) {
	tb.Helper()
	query := strings.TrimSpace(s.query)
	if !explainable.MatchString(query) {
		return
	}
	tx, err := db.BeginTx(tb.Context(), nil)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if settings != "" {
		mustExec(tb, tx, settings)
	}
	var text []byte
	err = tx.QueryRowContext(tb.Context(), "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) "+query, s.args...).Scan(&text)
	if err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
	var plans []struct{ Plan plan }
	if err := json.Unmarshal(text, &plans); err != nil {
		tb.Fatal(err)
	}
	c.pages += plans[0].Plan.Hit + plans[0].Plan.Read
	c.addNode(plans[0].Plan)
}

func (c *cost) addNode(p plan) {
	if p.Relation != "" && strings.Contains(p.Type, "Scan") {
		c.rows += int((p.Rows + p.Filtered + p.Checked) * p.Loops)
	}
	for _, sub := range p.Plans {
		c.addNode(sub)
	}
}

// small are the tables in SQLite's plans that are no tables: lists that are
// parameters, and rows that were found before.
var small = regexp.MustCompile(`^SCAN (json_each|j|t|s|a|o|CONSTANT ROW|n)\b`)

// sqliteScans are the parts of a statement that read a table from end to end.
func sqliteScans(tb testing.TB, db *sql.DB, s statement) []string {
	tb.Helper()
	query := strings.TrimSpace(s.query)
	if !explainable.MatchString(query) {
		return nil
	}
	rows, err := db.QueryContext(tb.Context(), "EXPLAIN QUERY PLAN "+query, s.args...)
	if err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	var scans []string
	for rows.Next() {
		var (
			id, parent, unused int
			detail             string
		)
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			tb.Fatal(err)
		}
		if strings.HasPrefix(detail, "SCAN ") && !small.MatchString(detail) || strings.Contains(detail, "AUTOMATIC") {
			scans = append(scans, detail+" in "+query)
		}
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	return scans
}

// imported is a store with a run under way.
type imported struct {
	tb       testing.TB
	store    *sqlstore.Store
	db       *sql.DB
	dialect  sqlstore.Dialect
	recorder *recorder
	clock    *dbclock.Offset
	lease    ledger.Lease
	seq      int64
	n        int // records that are known
	failed   int // records that failed
}

var costScope = ledger.Scope{Account: "link-1", Kind: ledger.KindCustomer}

func newImported(tb testing.TB, d database) *imported {
	tb.Helper()
	db, r := d.recorded(tb)
	clock := new(dbclock.Offset)
	s, err := sqlstore.Open(dbclock.With(tb.Context(), clock), db, d.dialect, sqlstore.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	if d.dialect == sqlstore.PostgreSQL { // nobody tells the planner how large the tables are
		for _, table := range []string{"scopes", "runs", "settings", "records", "exceptions", "blocks", "decided"} {
			mustExec(tb, db, "ALTER TABLE adcimport_"+table+" SET (autovacuum_enabled = false)")
		}
	}
	m := &imported{tb: tb, store: s, db: db, dialect: d.dialect, recorder: r, clock: clock}
	m.acquire(ledger.ResumeNew)
	return m
}

func (m *imported) acquire(how ledger.Resume) {
	m.tb.Helper()
	l, err := m.store.Acquire(m.tb.Context(), ledger.LeaseRequest{
		Scope: costScope, Link: "link-1", RunID: "run-1", Owner: fmt.Sprint("owner-", m.seq), TTL: time.Hour, Resume: how,
	})
	if err != nil {
		m.tb.Fatal(err)
	}
	m.lease, m.seq = l, 0
}

func (m *imported) commit(c ledger.Commit) {
	m.tb.Helper()
	m.seq++
	c.Seq = m.seq
	if _, err := m.store.Commit(m.tb.Context(), m.lease, c); err != nil {
		m.tb.Fatal(err)
	}
}

const costPrint = "00ff10e4c5b3a291807060504030201000ff10e4c5b3a2918070605040302010"

// create commits n new records, and intends the n after them.
func (m *imported) create(n int) {
	m.tb.Helper()
	c := ledger.Commit{Tally: ledger.Tally{Counts: ledger.Counts{Read: m.n + n, Created: m.n + n}}}
	for range n {
		id := fmt.Sprintf("%08d", m.n)
		c.Outcomes = append(c.Outcomes, ledger.Outcome{SourceID: id, SinkID: "9" + id, Action: ledger.ActionCreated, At: time.Now()})
		c.Records = append(c.Records, ledger.Record{ID: id, Known: true, SinkID: "9" + id, Fingerprint: costPrint})
		c.Intents = append(c.Intents, ledger.Intent{ID: fmt.Sprintf("%08d", m.n+n), Fingerprint: costPrint})
		m.n++
	}
	m.commit(c)
}

// fail commits n records that failed; again: the ones of last time.
func (m *imported) fail(n int, again bool) {
	m.tb.Helper()
	if again {
		m.failed -= n
	}
	c := ledger.Commit{}
	for range n {
		id := fmt.Sprintf("f-%08d", m.failed)
		c.Outcomes = append(c.Outcomes, ledger.Outcome{SourceID: id, Action: ledger.ActionFailed, Reason: ledger.ReasonRejectedBySink, At: time.Now()})
		c.Records = append(c.Records, ledger.Record{ID: id, State: ledger.StateFailed, Attempts: 1})
		m.failed++
	}
	m.commit(c)
}

func (m *imported) lookUp(format string, last, n int) {
	m.tb.Helper()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf(format, last-1-i)
	}
	found, err := m.store.Records(m.tb.Context(), costScope, "run-1", ids)
	if err != nil || len(found) != n {
		m.tb.Fatalf("%d records of %d: %v", len(found), n, err)
	}
}

// tasks are what a run asks of its store for a batch of 100.
var tasks = map[string]func(*imported){
	"commit of new records":     func(m *imported) { m.create(100) },
	"look-up of known records":  func(m *imported) { m.lookUp("%08d", m.n, 100) },
	"look-up of failed records": func(m *imported) { m.lookUp("f-%08d", m.failed, 100) },
	"commit of failed records":  func(m *imported) { m.fail(100, false) },
	"the same again":            func(m *imported) { m.fail(100, true) },
	"resumption": func(m *imported) {
		m.create(100)
		m.clock.Advance(2 * time.Hour)
		m.acquire(ledger.ResumeAsked)
	},
	"newest": func(m *imported) {
		if _, err := collect(m.store.List(m.tb.Context(), costScope, ledger.Query{Newest: true, Limit: 100})); err != nil {
			m.tb.Fatal(err)
		}
	},
	"exceptions": func(m *imported) {
		if _, err := collect(m.store.List(m.tb.Context(), costScope, ledger.Query{Limit: 100})); err != nil {
			m.tb.Fatal(err)
		}
	},
}

func (m *imported) costs() map[string]cost {
	m.tb.Helper()
	all := make(map[string]cost)
	for _, name := range sorted(tasks) {
		list := m.recorder.during(func() { tasks[name](m) })
		all[name] = costs(m.tb, m.db, m.dialect, list)
	}
	return all
}

// grow fills the store up to n known records, and n/10 failed ones.
func (m *imported) grow(n int) {
	m.tb.Helper()
	for m.n < n {
		m.create(min(1000, n-m.n))
	}
	for m.failed < n/10 {
		m.fail(min(1000, n/10-m.failed), false)
	}
	m.fail(100, false)
}

// What a batch costs does not depend on what is stored, without statistics.
func TestCostsDoNotGrow(t *testing.T) {
	t.Parallel()
	onDatabases(t, func(t *testing.T, d database) {
		t.Helper()
		m := newImported(t, d)
		m.grow(1000)
		few := m.costs()
		m.grow(50_000)
		many := m.costs()
		for _, name := range sorted(tasks) {
			t.Logf("%-26s %+v, then %+v", name, few[name], many[name])
			if why := grows(few[name], many[name]); why != "" {
				t.Errorf("%s: %s", name, why)
			}
		}
	})
}

// grows says what of a cost depends on how much is stored. A level more of an
// index is a page more for each look into it.
func grows(few, many cost) string {
	switch {
	case few.statements != many.statements:
		return fmt.Sprintf("%d statements, then %d", few.statements, many.statements)
	case many.rows > few.rows+few.rows/20+10:
		return fmt.Sprintf("%d rows, then %d", few.rows, many.rows)
	case many.pages > few.pages+few.pages/4+50:
		return fmt.Sprintf("%d pages, then %d", few.pages, many.pages)
	case len(many.scans) > 0:
		return "scans: " + strings.Join(many.scans, "; ")
	}
	return ""
}

// The guard sees statements that grow: the join by which schema version 1 looked
// records up, and on SQLite one that no index helps.
func TestCostsOfAJoinGrow(t *testing.T) {
	t.Parallel()
	onDatabases(t, func(t *testing.T, d database) {
		t.Helper()
		planted := map[sqlstore.Dialect]string{
			sqlstore.PostgreSQL: `SELECT j.id, k.sink_id, x.state
FROM (SELECT e.v ->> 0 AS id FROM json_array_elements(CAST($1 AS JSON)) AS e(v)) AS j
LEFT JOIN adcimport_records k ON k.scope = 1 AND k.id = j.id
LEFT JOIN adcimport_exceptions x ON x.scope = 1 AND x.id = j.id
WHERE k.id IS NOT NULL OR x.id IS NOT NULL`,
			sqlstore.SQLite: `SELECT id FROM adcimport_records WHERE sink_id IN (SELECT value FROM json_each(?))`,
		}[d.dialect]
		m := newImported(t, d)
		var ids [][1]string
		for i := range 100 {
			ids = append(ids, [1]string{fmt.Sprintf("%08d", i)})
		}
		list, err := json.Marshal(ids)
		if err != nil {
			t.Fatal(err)
		}
		measure := func() cost {
			return costs(t, m.db, d.dialect, []statement{{planted, []any{string(list)}}})
		}
		m.grow(1000)
		few := measure()
		m.grow(20_000)
		many := measure()
		if grows(few, many) == "" {
			t.Errorf("the guard sees no growth: %+v, then %+v", few, many)
		}
	})
}

// A commit is the same number of statements for ten records and for a thousand,
// and a look-up is one.
func TestStatementsOfABatch(t *testing.T) {
	t.Parallel()
	want := map[sqlstore.Dialect][]int{
		sqlstore.SQLite: {11, 11, 12, 12, 1, 1}, sqlstore.PostgreSQL: {10, 10, 11, 11, 1, 1},
	}
	onDatabases(t, func(t *testing.T, d database) {
		t.Helper()
		m := newImported(t, d)
		var got []int
		count := func(do func()) { got = append(got, len(m.recorder.during(do))) }
		m.create(10)
		count(func() { m.create(10) })
		m.create(1000)
		count(func() { m.create(1000) })
		m.fail(1000, false)
		count(func() { m.fail(10, true) })
		count(func() { m.failed += 990; m.fail(1000, true) })
		count(func() { m.lookUp("%08d", m.n, 10) })
		count(func() { m.lookUp("%08d", m.n, 2000) })
		if diff := cmp.Diff(want[d.dialect], got); diff != "" {
			t.Errorf("statements of commits of new and of failed records, and of look-ups (-want +got):\n%s", diff)
		}
	})
}
