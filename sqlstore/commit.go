package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"

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
	f, err := s.lookUp(ctx, tx, r.Scope, run.RunID, r.toLookUp(c))
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
	p := newPutting(len(after.Records))
	for i := range after.Records {
		next := &after.Records[i]
		old := f.records[next.ID]
		old.ID = next.ID
		p.add(&change{old: old, next: *next, at: b.pointer(next.ID, old.at)})
	}
	if err := s.store(ctx, tx, r.id, p); err != nil {
		return nil, err
	}
	s.memory.remember(r, c.Seq, &after, f)
	return after.States, s.checkpoint(ctx, tx, r, run, c, &after)
}

// checkpoint moves the run's place and the scope's.
func (s *Store) checkpoint(ctx context.Context, tx querier, r *scopeRow, run *runRow, c *ledger.Commit, after *ledger.After) error {
	run.Checkpoint(*c, r.now)
	tally, err := json.Marshal(run.Tally())
	if err != nil {
		return err
	}
	passing, err := json.Marshal(run.Passing)
	if err != nil {
		return err
	}
	var failure *string // nil: it stays
	if c.Mends() {
		failure = new("null")
	}
	_, err = tx.ExecContext(ctx, s.sql.checkpointRun, []byte(run.Cursor), bit(run.Listed), run.Total, string(tally), string(passing),
		run.Progress.Read, run.Progress.Total, run.Starts, micros(run.Heartbeat), run.blocks, run.places, failure, run.number)
	if err != nil {
		return fmt.Errorf("move the run's place: %w", err)
	}
	_, err = tx.ExecContext(ctx, s.sql.checkpointScope, c.Seq, jsonRows(after.States), openText(after.Open),
		jsonRows(united(r.matched, c.Matched)), r.committed, r.id)
	if err != nil {
		return fmt.Errorf("store the open batch: %w", err)
	}
	return nil
}
