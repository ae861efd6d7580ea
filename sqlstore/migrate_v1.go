package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/securitytrax/adcimport/ledger"
)

// The tables of schema version 1 are renamed, read and dropped. Its runs and
// scopes keep their numbers. Its outcomes are told again, run by run, as if they
// were committed now, so that what they make of records is stored by the same
// code.

// v1Tables are renamed first: nobody writes them from then on.
var v1Tables = []string{"leases", "runs", "known", "intents", "parked", "outcomes"} //nolint:gochecknoglobals // never changed

// migrating is one migration from schema version 1.
type migrating struct {
	*Store

	tx      querier
	prefix  string
	dialect Dialect

	text   func(string) string
	scopes map[ledger.Scope]*scopeRow // by account, which is the link, and kind
	byID   map[int64]*scopeRow
	runs   map[string]*runRow // by id; also those that were pruned, with negative numbers
	order  []*runRow          // that there are, as they were opened
}

func (m *migrating) run(ctx context.Context) error {
	m.text = translator(m.Store.dialect, m.prefix)
	m.scopes, m.byID, m.runs = make(map[ledger.Scope]*scopeRow), make(map[int64]*scopeRow), make(map[string]*runRow)
	for _, step := range []struct {
		doing string
		do    func(context.Context) error
	}{
		{"rename the former tables", m.rename},
		{"make the new tables", func(ctx context.Context) error { return m.create(ctx, m.tx, m.prefix, m.dialect) }},
		{"move leases", m.moveLeases},
		{"move runs", m.moveRuns},
		{"close the gaps of numbers", m.restart},
		{"move known records", m.moveKnown},
		{"move outcomes", m.moveOutcomes},
		{"move parked records", m.moveParked},
		{"move open intents", m.moveIntents},
		{"drop the former tables", m.drop},
	} {
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.doing, err)
		}
	}
	return nil
}

func (m *migrating) exec(ctx context.Context, query string, args ...any) error {
	_, err := m.tx.ExecContext(ctx, m.text(query), args...)
	return err
}

func (m *migrating) rename(ctx context.Context) error {
	for _, table := range v1Tables {
		if err := m.exec(ctx, `ALTER TABLE {p}`+table+` RENAME TO {p}v1_`+table); err != nil {
			return err
		}
	}
	return m.exec(ctx, `DROP TABLE {p}schema_version`)
}

func (m *migrating) drop(ctx context.Context) error {
	for _, table := range v1Tables {
		if err := m.exec(ctx, `DROP TABLE {p}v1_`+table); err != nil {
			return err
		}
	}
	return nil
}

// moveLeases makes a scope of each lease: its account is the link.
func (m *migrating) moveLeases(ctx context.Context) error {
	err := m.exec(ctx, `
INSERT INTO {p}scopes (id, account, kind, epoch, run, owner, expires, released)
SELECT l.scope, l.link, l.kind, l.epoch, r.seq, l.owner, l.expires, l.released
FROM {p}v1_leases l LEFT JOIN {p}v1_runs r ON r.run_id = l.run_id`)
	if err != nil {
		return err
	}
	list, err := m.lockAll(ctx, m.tx, nothing(), m.text(lockScopeSQL(`true`)))
	if err != nil {
		return err
	}
	for _, r := range list {
		m.scopes[r.Scope], m.byID[r.id] = r, r
	}
	return nil
}

// restart makes numbers go on after those that were moved.
func (m *migrating) restart(ctx context.Context) error {
	var scopes, runs int64
	for id := range m.byID {
		scopes = max(scopes, id)
	}
	for _, r := range m.order {
		runs = max(runs, r.number)
	}
	for _, query := range []string{
		m.Store.dialect.restart(m.prefix+"scopes", "id", scopes+1), m.Store.dialect.restart(m.prefix+"runs", "number", runs+1),
	} {
		if query == "" {
			continue
		}
		if _, err := m.tx.ExecContext(ctx, query); err != nil {
			return err
		}
	}
	return nil
}

// moveRuns reads all at once: there are few beside their outcomes.
func (m *migrating) moveRuns(ctx context.Context) error {
	var notified [][]byte
	scan := func(rows *sql.Rows) error {
		r, names, err := m.scanRun(rows)
		m.order = append(m.order, r)
		notified = append(notified, names)
		return err
	}
	err := each(ctx, m.tx, scan, m.text(`
SELECT r.seq, r.run_id, r.link, r.kind, r.status, r.dry_run, r.started, r.finished, r.paused_until, r.counts, r.by_reason, r.warnings,
 r.filter, r.options, r.cursor, r.listed, r.notified, l.scope, l.epoch, l.owner, l.heartbeat, l.run_id
FROM {p}v1_runs r JOIN {p}v1_leases l ON l.link = r.link AND l.kind = r.kind ORDER BY r.seq`))
	if err != nil {
		return err
	}
	for i, r := range m.order {
		if err := m.moveRun(ctx, r, notified[i]); err != nil {
			return fmt.Errorf("run %s: %w", r.RunID, err)
		}
		m.runs[r.RunID] = r
	}
	return nil
}

func (m *migrating) scanRun(rows *sql.Rows) (*runRow, []byte, error) {
	var (
		r                                           runRow
		started, finished, paused                   *int64
		heartbeat, epoch                            int64
		owner, last                                 string
		counts, reasons, warnings, cursor, notified []byte
	)
	err := rows.Scan(&r.number, &r.RunID, &r.Link, &r.Kind, &r.Status, &r.DryRun, &started, &finished, &paused,
		&counts, &reasons, &warnings, &r.Filter, &r.Options, &cursor, &r.Listed, &notified,
		&r.scope, &epoch, &owner, &heartbeat, &last)
	if err != nil {
		return &r, nil, err
	}
	r.Started, r.Finished, r.PausedUntil = fromNullMicros(started), fromNullMicros(finished), fromNullMicros(paused)
	r.Cursor, r.Driver = ledger.Cursor(cursor), ledger.DriverImporter
	if last == r.RunID {
		r.Epoch, r.Owner, r.Heartbeat = epoch, owner, fromMicros(heartbeat)
	}
	for _, c := range []jsonColumn{
		{"counts", counts, &r.Counts}, {"counts by reason", reasons, &r.ByReason}, {"warnings", warnings, &r.Warnings},
	} {
		if err := json.Unmarshal(c.text, c.into); err != nil {
			return &r, nil, &ledger.StateError{RunID: r.RunID, What: c.name + " cannot be read", Err: err}
		}
	}
	for _, reason := range []ledger.Reason{ledger.ReasonAlreadyImported, ledger.ReasonDuplicateInSource} {
		if n := r.ByReason[reason]; n > 0 {
			r.Passing.Add(ledger.Verdict{Action: ledger.ActionSkipped, Reason: reason}, n)
		}
	}
	r.Progress.Read = r.Counts.Read
	return &r, notified, nil
}

func (m *migrating) moveRun(ctx context.Context, r *runRow, notified []byte) error {
	number := r.number
	state, err := r.columns()
	if err != nil {
		return err
	}
	err = m.exec(ctx, `
INSERT INTO {p}runs (number, id, link, kind, dry_run, retry_of, started, scope, status, ended, driver, finished, paused_until,
 asked, epoch, starts, pass, cursor, listed, total, tally, passing, progress_read, progress_total, owner, heartbeat,
 warnings, failure)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		append([]any{number, r.RunID, r.Link, string(r.Kind), bit(r.DryRun), "", micros(r.Started)}, state...)...)
	if err != nil {
		return err
	}
	if _, err := m.tx.ExecContext(ctx, m.sql.addSettings, number, r.Filter, r.Options, "null"); err != nil {
		return err
	}
	var names []string
	if err := json.Unmarshal(notified, &names); err != nil {
		return &ledger.StateError{RunID: r.RunID, What: "notified cannot be read", Err: err}
	}
	for i, name := range names {
		if _, err := m.tx.ExecContext(ctx, m.sql.putNotice, number, name, nil, i+1, ""); err != nil {
			return err
		}
	}
	return nil
}
