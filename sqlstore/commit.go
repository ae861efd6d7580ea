package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/securitytrax/adcimport/ledger"
)

// Commit implements [ledger.StateStore]. It is a constant number of statements,
// however many outcomes there are.
func (s *Store) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	var states []ledger.IntentState
	err := s.write(ctx, "commit outcomes of run "+l.RunID, func(ctx context.Context, tx querier) error {
		r, run, err := s.fence(ctx, tx, l)
		switch {
		case err != nil:
			return err
		case c.Seq == r.seq: // a repetition: by the caller, or of an attempt whose reply was lost
			states = r.states
			return nil
		case c.Seq != r.seq+1:
			return &ledger.InvalidRequestError{Field: "Commit.Seq", Rule: fmt.Sprintf("is %d after %d", c.Seq, r.seq)}
		}
		states, err = s.commit(ctx, tx, r, run, &c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return states, nil
}

func (s *Store) commit(ctx context.Context, tx querier, r *scopeRow, run *runRow, c *ledger.Commit) ([]ledger.IntentState, error) {
	ids := c.IDs()
	for _, o := range r.open {
		ids = append(ids, o.ID)
	}
	slices.Sort(ids)
	f, err := s.lookUp(ctx, tx, r.Scope, run.RunID, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	before := ledger.Before{RunID: run.RunID, Now: r.now, Open: r.open, Records: make(map[string]ledger.Record, len(f.records))}
	for id, rec := range f.records {
		before.Records[id] = rec.Record
	}
	after := ledger.Apply(before, *c)
	b := newBlocks(run, r, f.records, c.Outcomes)
	if err := s.putBlocks(ctx, tx, b); err != nil {
		return nil, err
	}
	list := make([]change, len(after.Records))
	for i, next := range after.Records {
		old := f.records[next.ID]
		old.ID = next.ID
		list[i] = change{old: old, next: next, at: b.pointer(next.ID, old.at)}
	}
	if err := s.put(ctx, tx, r.id, list); err != nil {
		return nil, err
	}
	return after.States, s.checkpoint(ctx, tx, r, run, c, after)
}

// checkpoint moves the run's place and the scope's.
func (s *Store) checkpoint(ctx context.Context, tx querier, r *scopeRow, run *runRow, c *ledger.Commit, after ledger.After) error {
	run.Checkpoint(*c, r.now)
	tally, err := json.Marshal(ledger.Tally{Counts: run.Counts, ByReason: run.ByReason})
	if err != nil {
		return err
	}
	passing, err := json.Marshal(run.Passing)
	if err != nil {
		return err
	}
	open, err := json.Marshal(after.Open)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, s.sql.checkpointRun, []byte(run.Cursor), bit(run.Listed), run.Total, string(tally), string(passing),
		run.Progress.Read, run.Progress.Total, run.Starts, micros(run.Heartbeat), run.blocks, run.places, run.number)
	if err != nil {
		return fmt.Errorf("move the run's place: %w", err)
	}
	_, err = tx.ExecContext(ctx, s.sql.checkpointScope, c.Seq, jsonRows(after.States), string(open),
		jsonRows(united(r.matched, c.Matched)), r.committed, r.id)
	if err != nil {
		return fmt.Errorf("store the open batch: %w", err)
	}
	return nil
}
