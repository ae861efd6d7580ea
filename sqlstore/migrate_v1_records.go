package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// v1Page is how many rows are moved at a time, and how many outcomes are in a
// block that is made of them.
const v1Page = 500

// scopeID names a record.
type scopeID struct {
	scope int64
	id    string
}

// eachPage reads a table by scope and id, and calls do with what scan has
// collected, some rows at a time.
func (m *migrating) eachPage(
	ctx context.Context, query string, scan func(*sql.Rows) (scopeID, error), do func(context.Context) error,
) error {
	last := scopeID{scope: -1}
	for {
		n := 0
		err := each(ctx, m.tx, func(rows *sql.Rows) (err error) {
			n++
			last, err = scan(rows)
			return err
		}, m.text(query+` WHERE (scope, id) > (?, ?) ORDER BY scope, id LIMIT ?`), last.scope, last.id, v1Page)
		if err == nil && n > 0 {
			err = do(ctx)
		}
		if err != nil || n < v1Page {
			return err
		}
	}
}

// moveKnown keeps, of records whose run was pruned, the id of the run.
func (m *migrating) moveKnown(ctx context.Context) error {
	lists := make(map[int64][]change)
	var gone [][]any
	scan := func(rows *sql.Rows) (scopeID, error) {
		var (
			at    scopeID
			c     change
			runID string
		)
		err := rows.Scan(&at.scope, &at.id, &c.next.SinkID, &c.next.Fingerprint, &runID)
		c.next.ID, c.next.Known, c.next.RunID = at.id, true, runID
		r := m.runs[runID]
		if r == nil {
			r = &runRow{number: -int64(len(m.runs)) - 1} // one that no run will have
			m.runs[runID] = r
			gone = append(gone, []any{r.number, runID})
		}
		c.at = pointer{run: r.number}
		lists[at.scope] = append(lists[at.scope], c)
		return at, err
	}
	err := m.eachPage(ctx, `SELECT scope, id, sink_id, fingerprint, run_id FROM {p}v1_known`, scan, func(ctx context.Context) error {
		for scope, list := range lists {
			if err := m.put(ctx, m.tx, scope, list); err != nil {
				return err
			}
		}
		clear(lists)
		return nil
	})
	if err != nil || len(gone) == 0 {
		return err
	}
	return m.exec(ctx, `INSERT INTO {p}pruned (number, id) SELECT r.number, r.id FROM {rows number integer, id text} AS r`, jsonRows(gone))
}

// moveOutcomes makes blocks, and pointers to them.
func (m *migrating) moveOutcomes(ctx context.Context) error {
	for _, run := range m.order {
		for last := int64(0); ; {
			var list []ledger.Outcome
			scan := func(rows *sql.Rows) error {
				o, n, err := scanV1Outcome(rows, run)
				last = n
				list = append(list, o)
				return err
			}
			err := each(ctx, m.tx, scan, m.text(`SELECT n, source_id, sink_id, action, reason, fields, at FROM {p}v1_outcomes
WHERE run = ? AND n > ? ORDER BY n LIMIT ?`), run.number, last, v1Page)
			if err == nil && len(list) > 0 {
				err = m.tell(ctx, run, list)
			}
			if err != nil {
				return fmt.Errorf("run %s: %w", run.RunID, err)
			}
			if len(list) < v1Page {
				break
			}
		}
		if err := m.exec(ctx, `UPDATE {p}runs SET blocks = ?, places = ? WHERE number = ?`, run.blocks, run.places, run.number); err != nil {
			return err
		}
	}
	for _, r := range m.byID {
		if err := m.exec(ctx, `UPDATE {p}scopes SET committed = ? WHERE id = ?`, r.committed, r.id); err != nil {
			return err
		}
	}
	return nil
}

func scanV1Outcome(rows *sql.Rows, run *runRow) (o ledger.Outcome, n int64, err error) {
	var (
		at     *int64
		fields []byte
	)
	if err := rows.Scan(&n, &o.SourceID, &o.SinkID, &o.Action, &o.Reason, &fields, &at); err != nil {
		return o, n, err
	}
	o.RunID, o.Kind, o.At = run.RunID, run.Kind, fromNullMicros(at)
	if err := json.Unmarshal(fields, &o.Fields); err != nil {
		return o, n, &ledger.StateError{RunID: run.RunID, What: "fields of an outcome cannot be read", Err: err}
	}
	return o, n, nil
}

// tell stores outcomes of a run as a block, and what they make of their records.
func (m *migrating) tell(ctx context.Context, run *runRow, outcomes []ledger.Outcome) error {
	scope := m.byID[run.scope]
	ids := make([]string, len(outcomes))
	for i := range outcomes {
		ids[i] = outcomes[i].SourceID
	}
	f, err := m.lookUp(ctx, m.tx, scope.Scope, run.RunID, ids)
	if err != nil {
		return err
	}
	then := *scope
	then.now = m.committedAt(run, scope, outcomes)
	b := newBlocks(run, &then, f.records, outcomes)
	scope.committed = then.committed
	if err := m.putBlocks(ctx, m.tx, b); err != nil {
		return err
	}
	list := make([]change, len(outcomes))
	for i := range outcomes {
		o := &outcomes[i]
		old := f.records[o.SourceID]
		old.ID = o.SourceID
		at := b.pointer(o.SourceID, old.at)
		at.status = run.Status
		list[i] = change{old: old, next: told(old.Record, o, scope.now), at: at}
	}
	return m.put(ctx, m.tx, scope.id, list)
}

// committedAt is the time of a commit, which version 1 did not store: that of
// its last outcome.
func (m *migrating) committedAt(run *runRow, scope *scopeRow, outcomes []ledger.Outcome) time.Time {
	latest := run.Started
	for i := range outcomes {
		if outcomes[i].At.After(latest) {
			latest = outcomes[i].At
		}
	}
	if latest.After(scope.now) {
		return scope.now
	}
	return latest
}

// told is what an outcome of version 1 makes of its record.
func told(r ledger.Record, o *ledger.Outcome, now time.Time) ledger.Record {
	since := o.At
	if since.IsZero() {
		since = now
	}
	r.ID, r.RunID = o.SourceID, o.RunID
	switch {
	case o.Action.Done():
		r.State, r.Since, r.Sent, r.Unproved = ledger.StateNone, time.Time{}, 0, 0
	case o.Action == ledger.ActionFailed && o.Reason == ledger.ReasonInDoubt && !r.Known:
		r.State, r.Since, r.Sent, r.Unproved = ledger.StateParked, since, 1, 1
	case r.State == ledger.StateParked: // a retry that fails leaves it so
	case o.Action == ledger.ActionFailed:
		r.State, r.Since = ledger.StateFailed, since
	default:
		r.State, r.Since = ledger.StateNone, time.Time{}
	}
	return r
}

// moveParked makes sure of those whose outcome was pruned.
func (m *migrating) moveParked(ctx context.Context) error {
	query := `SELECT scope, id, '' AS fingerprint, 0 AS since FROM {p}v1_parked`
	return m.overlay(ctx, query, func(r ledger.Record, _ ledger.OpenIntent) ledger.Record {
		if r.State != ledger.StateParked && !r.Known {
			r.State, r.Since, r.Sent, r.Unproved = ledger.StateParked, m.byNow(), 1, 1
		}
		return r
	})
}

// moveIntents makes open records of intents, of whatever epoch: who sent them
// cannot go on.
func (m *migrating) moveIntents(ctx context.Context) error {
	query := `SELECT scope, id, fingerprint, since FROM {p}v1_intents`
	return m.overlay(ctx, query, func(r ledger.Record, o ledger.OpenIntent) ledger.Record { return o.Over(r) })
}

// byNow is a time of the migration.
func (m *migrating) byNow() time.Time {
	for _, r := range m.byID {
		return r.now
	}
	return time.Time{}
}

// overlay changes the records that a query names.
func (m *migrating) overlay(ctx context.Context, query string, next func(ledger.Record, ledger.OpenIntent) ledger.Record) error {
	lists := make(map[int64][]ledger.OpenIntent)
	scan := func(rows *sql.Rows) (scopeID, error) {
		var (
			at    scopeID
			o     ledger.OpenIntent
			since int64
		)
		err := rows.Scan(&at.scope, &at.id, &o.Fingerprint, &since)
		o.ID, o.Since = at.id, fromMicros(since)
		lists[at.scope] = append(lists[at.scope], o)
		return at, err
	}
	return m.eachPage(ctx, query, scan, func(ctx context.Context) error {
		for scope, list := range lists {
			if err := m.overlayScope(ctx, scope, list, next); err != nil {
				return err
			}
		}
		clear(lists)
		return nil
	})
}

func (m *migrating) overlayScope(
	ctx context.Context, scope int64, list []ledger.OpenIntent, next func(ledger.Record, ledger.OpenIntent) ledger.Record,
) error {
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	f, err := m.lookUp(ctx, m.tx, m.byID[scope].Scope, "", ids)
	if err != nil {
		return err
	}
	changes := make([]change, len(list))
	for i, o := range list {
		old := f.records[o.ID]
		old.ID = o.ID
		before := old.Record
		before.ID = o.ID
		changes[i] = change{old: old, next: next(before, o), at: old.at}
	}
	return m.put(ctx, m.tx, scope, changes)
}
