package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/securitytrax/adcimport/ledger"
)

// lookUpSize is how many records are looked up at a time where it is for the
// store to say.
const lookUpSize = 500

// pointer says where a run's outcome of a record is stored, and what it says in
// short. The zero value points nowhere.
type pointer struct {
	run, block int64
	verdict    string
	status     ledger.RunStatus // of the run; empty: it was pruned
}

// counts reports whether the run may go on, so that what it decided matters.
func (p pointer) counts() bool {
	return p.run != 0 && p.status != "" && p.status != ledger.StatusCompleted
}

// storedRecord is what there is of a record, without what the open batch makes
// of it.
type storedRecord struct {
	ledger.Record

	exists    bool
	exception bool    // it has a row among the exceptions
	at        pointer // to its last outcome
	hereBlock int64   // of the outcome of the run that was asked for; 0: none
}

// openBatch is no record's id; see lookUpSQL.
const openBatch = ""

// found is the result of a look-up.
type found struct {
	records map[string]storedRecord // of ids of which anything is stored
	open    []ledger.OpenIntent
	isOpen  map[string]int // places in open
}

// lookUp reads what is stored of ids, in one statement. Here is filled for a
// run. The open batch is read where one of the ids is openBatch.
func (s *Store) lookUp(ctx context.Context, q querier, scope ledger.Scope, runID string, ids []string) (found, error) {
	f := found{records: make(map[string]storedRecord, len(ids)), isOpen: make(map[string]int)}
	scan := func(rows *sql.Rows) error {
		var row lookUpRow
		if err := row.scan(rows); err != nil {
			return err
		}
		if row.id == openBatch && row.open != nil {
			if err := json.Unmarshal(row.open, &f.open); err != nil {
				return &ledger.StateError{What: "the open batch cannot be read", Err: err}
			}
		}
		r, err := row.record()
		if err != nil {
			return &ledger.StateError{RunID: r.RunID, What: fmt.Sprintf("record %q cannot be read", row.id), Err: err}
		}
		if r.exists || r.hereBlock != 0 {
			f.records[row.id] = r
		}
		return nil
	}
	if err := each(ctx, q, scan, s.sql.lookUp, scope.Account, string(scope.Kind), runID, jsonRows(ids)); err != nil {
		return found{}, fmt.Errorf("look up records: %w", err)
	}
	for i, o := range f.open {
		f.isOpen[o.ID] = i
	}
	return f, nil
}

// record is a record as the outside sees it: with what the open batch makes of
// it.
func (f *found) record(id string) (ledger.Record, bool) {
	r := f.records[id]
	r.ID = id
	if i, ok := f.isOpen[id]; ok {
		return f.open[i].Over(r.Record), true
	}
	return r.Record, r.exists
}

// lookUpRow is a row of lookUpSQL.
type lookUpRow struct {
	id                                     string
	open, fingerprint, sent                []byte
	sinkID, state, setup, evidence         sql.NullString
	decision, found, verdict, runID        sql.NullString
	status, decided                        sql.NullString
	since, tries, unproved, attempts       sql.NullInt64
	generation, run, block, here, askedRun sql.NullInt64
}

func (r *lookUpRow) scan(rows *sql.Rows) error {
	return rows.Scan(&r.id, &r.open, &r.sinkID, &r.fingerprint,
		&r.state, &r.since, &r.tries, &r.unproved, &r.attempts, &r.generation, &r.setup, &r.evidence, &r.decision, &r.found, &r.sent,
		&r.run, &r.block, &r.verdict, &r.runID, &r.status, &r.here, &r.decided, &r.askedRun)
}

func (r *lookUpRow) record() (storedRecord, error) {
	rec := storedRecord{
		exists: r.sinkID.Valid || r.state.Valid, exception: r.state.Valid,
		at: pointer{
			run: r.run.Int64, block: r.block.Int64, verdict: r.verdict.String, status: ledger.RunStatus(r.status.String),
		},
		hereBlock: r.here.Int64,
	}
	rec.ID, rec.RunID = r.id, r.runID.String
	rec.Here = unpackVerdict(r.decided.String)
	if r.run.Valid && r.run == r.askedRun {
		rec.Here, rec.hereBlock = unpackVerdict(r.verdict.String), r.block.Int64
	}
	if r.state.Valid {
		rec.State, rec.Sent, rec.Unproved = ledger.RecordState(r.state.String), int(r.tries.Int64), int(r.unproved.Int64)
		rec.Attempts, rec.Generation = int(r.attempts.Int64), int(r.generation.Int64)
		rec.Setup, rec.Evidence, rec.Decision = r.setup.String, r.evidence.String, r.decision.String
		if r.since.Int64 != 0 {
			rec.Since = fromMicros(r.since.Int64)
		}
	}
	packed := r.sent
	rec.SinkID = r.found.String
	if r.sinkID.Valid {
		rec.Known, rec.SinkID, packed = true, r.sinkID.String, r.fingerprint
	}
	var err error
	rec.Fingerprint, err = unpackFingerprint(packed)
	return rec, err
}

// change is what becomes of a record.
type change struct {
	old    storedRecord
	next   ledger.Record
	at     pointer // to its last outcome from now on
	passed pointer // to an outcome that next has no room for either
	erased bool    // its rows go, and nothing is kept of them
	forgot bool    // by a person: what runs decided goes, but for its place
}

// put stores changed records, with one statement for each table that changes.
func (s *Store) put(ctx context.Context, tx querier, scope int64, list []change) error {
	var known, exceptions, noLongerKnown, settled, decided [][]any
	for i := range list {
		c := &list[i]
		switch {
		case c.next.Known:
			known = append(known, c.knownRow())
		case c.old.Known:
			noLongerKnown = append(noLongerKnown, []any{c.old.ID})
		}
		switch {
		case c.isException():
			exceptions = append(exceptions, c.exceptionRow())
		case c.old.exception:
			settled = append(settled, []any{c.old.ID})
		}
		decided = append(decided, c.decidedRows()...)
	}
	for _, step := range []struct {
		doing     string
		statement string
		rows      [][]any
		args      func(rows [][]any) []any
	}{
		{"keep what other runs decided", s.sql.putDecided, decided, func(rows [][]any) []any { return []any{jsonRows(rows)} }},
		{"store known records", s.sql.putKnown, known, func(rows [][]any) []any { return []any{scope, jsonRows(rows)} }},
		{"store exceptions", s.sql.putExceptions, exceptions, func(rows [][]any) []any { return []any{scope, jsonRows(rows)} }},
		{"forget known records", s.sql.dropKnown, noLongerKnown, func(rows [][]any) []any { return []any{idsOf(rows), scope} }},
		{"end exceptions", s.sql.dropExceptions, settled, func(rows [][]any) []any { return []any{idsOf(rows), scope} }},
	} {
		if len(step.rows) == 0 {
			continue
		}
		if _, err := tx.ExecContext(ctx, step.statement, step.args(step.rows)...); err != nil {
			return fmt.Errorf("%s: %w", step.doing, err)
		}
	}
	return nil
}

// idsOf is a list of rows with an id alone, as an {ids} parameter.
func idsOf(rows [][]any) string {
	ids := make([]any, len(rows))
	for i := range rows {
		ids[i] = rows[i][0]
	}
	return jsonRows(ids)
}

// isException reports whether there is more to store than that it is known.
func (c *change) isException() bool {
	r := c.next
	if r.Known {
		r.Known, r.SinkID, r.Fingerprint, r.RunID = false, "", "", ""
	}
	r.Here = ledger.Verdict{}
	return r != ledger.Record{ID: r.ID}
}

func (c *change) knownRow() []any {
	r := &c.next
	return []any{r.ID, nullable(c.at.run), nullable(c.at.block), c.at.text(), r.SinkID, packFingerprint(r.Fingerprint)}
}

// exceptionRow leaves to the row of a known record what that one has.
func (c *change) exceptionRow() []any {
	r := c.next
	at := c.at
	if r.Known {
		r.SinkID, r.Fingerprint, at = "", "", pointer{}
	}
	var since int64
	if !r.Since.IsZero() {
		since = r.Since.UnixMicro()
	}
	return []any{
		r.ID, nullable(at.run), nullable(at.block), at.text(), string(r.State), since, r.Sent, r.Unproved, r.Attempts, r.Generation,
		r.Setup, r.Evidence, r.Decision, r.SinkID, packFingerprint(r.Fingerprint),
	}
}

// text is the verdict; NULL where it points nowhere.
func (p pointer) text() *string {
	if p.run == 0 {
		return nil
	}
	return &p.verdict
}

// decidedRows keep what a run that may go on decided about a record that points
// to another run's outcome from now on. Of one that was forgotten, only the place
// is kept.
func (c *change) decidedRows() [][]any {
	if c.erased {
		return nil
	}
	var rows [][]any
	for _, p := range []pointer{c.old.at, c.passed} {
		if !p.counts() || p.run == c.at.run {
			continue
		}
		if c.forgot {
			p.verdict = ""
		}
		rows = append(rows, []any{p.run, c.next.ID, p.block, p.verdict})
	}
	return rows
}
