package sqlstore

import (
	"context"
	"database/sql"
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
	status     ledger.RunStatus // of the run; empty: it was pruned, or completed
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

// found is the result of a look-up: records of ids of which anything is stored.
type found struct{ records map[string]storedRecord }

// lookUp reads what is stored of ids, in one statement. Here is filled for a run.
func (s *Store) lookUp(ctx context.Context, q querier, scope ledger.Scope, runID string, ids []string) (found, error) {
	f := found{records: make(map[string]storedRecord)}
	_, err := s.eachStored(ctx, q, nothing(), scope, runID, ids, func(r *storedRecord) { f.records[r.ID] = *r })
	return f, err
}

// eachStored shows what is stored of ids. It returns the open batch where one of
// them is openBatch; was is what is remembered of that.
func (s *Store) eachStored(
	ctx context.Context, q querier, was *remembered, scope ledger.Scope, runID string, ids []string, show func(*storedRecord),
) (open string, err error) {
	open = "null"
	scan := func(rows *sql.Rows) error {
		var row lookUpRow
		if err := row.scan(rows); err != nil {
			return err
		}
		if row.open.Valid {
			open = row.open.String
		}
		r, err := row.record()
		if err != nil {
			return &ledger.StateError{RunID: r.RunID, What: fmt.Sprintf("record %q cannot be read", row.id), Err: err}
		}
		if r.exists || r.hereBlock != 0 {
			show(&r)
		}
		return nil
	}
	args := append(was.args(), scope.Account, string(scope.Kind), runID, jsonRows(ids))
	if err := each(ctx, q, scan, s.sql.lookUp, args...); err != nil {
		return "", fmt.Errorf("look up records: %w", err)
	}
	return open, nil
}

// lookUpRow is a row of lookUpSQL.
type lookUpRow struct {
	id                                   string
	fingerprint, sent                    sql.RawBytes
	open, sinkID, state, setup, evidence sql.NullString
	decision, found, verdict, runID      sql.NullString
	status, decided                      sql.NullString
	since, tries, unproved, attempts     sql.NullInt64
	generation, run, block, here, own    sql.NullInt64
}

func (r *lookUpRow) scan(rows *sql.Rows) error {
	return rows.Scan(&r.id, &r.open, &r.sinkID, &r.fingerprint,
		&r.state, &r.since, &r.tries, &r.unproved, &r.attempts, &r.generation, &r.setup, &r.evidence, &r.decision, &r.found, &r.sent,
		&r.run, &r.block, &r.verdict, &r.runID, &r.status, &r.here, &r.decided, &r.own)
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
	if r.own.Valid {
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
