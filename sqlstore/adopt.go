package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/securitytrax/adcimport/ledger"
)

// adopt moves what the scope of the request's link holds into that of its
// account, and closes it.
func (a *acquiring) adopt(ctx context.Context, tx querier) error {
	former, sc := a.former, a.scope
	switch {
	case former == nil, former.movedTo != 0:
		return nil
	case former.held():
		return a.inProgress(ctx, tx, former)
	}
	for _, r := range []*scopeRow{former, sc} {
		if err := a.settle(ctx, tx, r); err != nil {
			return err
		}
	}
	if err := a.merge(ctx, tx); err != nil {
		return err
	}
	for _, query := range []string{a.sql.moveRecords, a.sql.moveExceptions, a.sql.moveBlocks, a.sql.moveRuns} {
		if _, err := tx.ExecContext(ctx, query, sc.id, former.id); err != nil {
			return fmt.Errorf("move what the link's scope holds: %w", err)
		}
	}
	return a.closeFormer(ctx, tx)
}

// merge makes one record of each two that both scopes hold.
func (a *acquiring) merge(ctx context.Context, tx querier) error {
	former, sc := a.former, a.scope
	var twice []string
	scan := func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		twice = append(twice, id)
		return err
	}
	if err := each(ctx, tx, scan, a.sql.conflicts, former.id, former.id, sc.id, sc.id); err != nil {
		return fmt.Errorf("find records of both scopes: %w", err)
	}
	for ids := range slices.Chunk(twice, lookUpSize) {
		theirs, err := a.lookUp(ctx, tx, former.Scope, "", ids)
		if err != nil {
			return err
		}
		own, err := a.lookUp(ctx, tx, sc.Scope, "", ids)
		if err != nil {
			return err
		}
		var gone, merged []change
		for _, id := range ids {
			o, t := own.records[id], theirs.records[id]
			next := ledger.Merged(o.Record, t.Record, sc.now)
			at := o.at
			if next.RunID != o.RunID {
				at = t.at
			}
			gone = append(gone, change{old: t, next: ledger.Record{ID: id}, at: t.at, erased: true})
			merged = append(merged, change{old: o, next: next, at: at, passed: t.at})
		}
		if err := a.put(ctx, tx, former.id, gone); err != nil {
			return err
		}
		if err := a.put(ctx, tx, sc.id, merged); err != nil {
			return err
		}
	}
	return nil
}

// closeFormer merges the leases. Where both scopes had one, nobody knows which
// of their runs was last: each of them begins its pass anew.
func (a *acquiring) closeFormer(ctx context.Context, tx querier) error {
	former, sc := a.former, a.scope
	if _, err := tx.ExecContext(ctx, a.sql.closeScope, sc.id, former.id); err != nil {
		return fmt.Errorf("close the link's scope: %w", err)
	}
	switch {
	case former.epoch == 0:
	case sc.epoch == 0:
		sc.epoch, sc.run, sc.owner, sc.quiet, sc.expires = former.epoch, former.run, former.owner, former.quiet, former.expires
		sc.released, sc.seq, sc.states = former.released, former.seq, former.states
	default:
		sc.epoch, sc.run, sc.owner, sc.quiet = max(sc.epoch, former.epoch), 0, "", 0
		sc.released, sc.seq, sc.states = true, 0, nil
		if former.expires.After(sc.expires) {
			sc.expires = former.expires
		}
	}
	sc.committed = max(sc.committed, former.committed)
	sc.matched = united(sc.matched, former.matched)
	_, err := tx.ExecContext(ctx, a.sql.setMerged, sc.epoch, nullable(sc.run), sc.owner, sc.quiet.Microseconds(),
		sc.expires.UnixMicro(), bit(sc.released), sc.seq, jsonRows(sc.states), jsonRows(sc.matched), sc.committed, sc.id)
	if err != nil {
		return fmt.Errorf("store the merged lease: %w", err)
	}
	return nil
}

// united is a sorted list of what is in either.
func united(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
