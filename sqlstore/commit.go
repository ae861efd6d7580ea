package sqlstore

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"

	"github.com/securitytrax/adcimport/ledger"
)

// Commit implements [ledger.StateStore]. It is a handful of statements,
// however many outcomes there are.
func (s *Store) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) error {
	doing := "commit outcomes of run " + l.RunID
	ch, err := newChanges(c)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	call := rand.Text()
	return s.write(ctx, doing, func(ctx context.Context, tx querier) error {
		r, err := s.fence(ctx, tx, l)
		if err != nil {
			return err
		}
		if r.call == call {
			return nil // by an attempt whose reply was lost; the same again could clear an intent that came after it
		}
		if _, err := tx.ExecContext(ctx, s.sql.nameCall, call, r.scope); err != nil {
			return fmt.Errorf("name the call: %w", err)
		}
		run, first, err := s.checkpoint(ctx, tx, l, c, len(ch.outcomes))
		if err != nil {
			return err
		}
		return s.storeChanges(ctx, tx, ch, r.scope, run, first, l.RunID)
	})
}

// checkpoint moves cursor and counts, and returns the run's number and that of
// the first of n more outcomes.
func (s *Store) checkpoint(ctx context.Context, tx querier, l ledger.Lease, c ledger.Commit, n int) (run, first int64, err error) {
	counts, reasons, err := encodeCounts(c.Counts, c.ByReason)
	if err != nil {
		return 0, 0, err
	}
	err = tx.QueryRowContext(ctx, s.sql.checkpoint, []byte(c.Cursor), bit(c.Listed), counts, reasons, n, l.RunID).Scan(&run, &first)
	if err != nil {
		return 0, 0, fmt.Errorf("move the cursor: %w", notFound(err))
	}
	return run, first - int64(n), nil
}

// storeChanges runs one statement for each list that is not empty.
func (s *Store) storeChanges(ctx context.Context, tx querier, ch *changes, scope, run, first int64, runID string) error {
	for i := range ch.outcomes {
		ch.outcomes[i][1] = first + int64(i) + 1
	}
	for _, step := range []struct {
		doing     string
		statement string
		rows      [][]any
		args      []any
	}{
		{"store outcomes", s.sql.addOutcomes, ch.outcomes, []any{run}},
		{"clear intents", s.sql.dropIntents, ch.cleared, []any{scope}},
		{"store known records", s.sql.addKnown, ch.known, []any{scope, runID}},
		{"end parking", s.sql.dropParked, ch.known, []any{scope}},
		{"park records", s.sql.addParked, ch.parked, []any{scope}},
	} {
		if len(step.rows) == 0 {
			continue
		}
		if _, err := tx.ExecContext(ctx, step.statement, append(step.args, jsonRows(step.rows))...); err != nil {
			return fmt.Errorf("%s: %w", step.doing, err)
		}
	}
	return nil
}

// changes are the rows of a commit. A row of known begins with the id, so that
// it also serves where only ids are read.
type changes struct{ outcomes, cleared, known, parked [][]any }

// newChanges takes the last outcome of each record, in the place of its first:
// one statement can store a row only once.
func newChanges(c ledger.Commit) (*changes, error) {
	ch := &changes{}
	for _, id := range c.Withdrawn {
		if err := checkText(id); err != nil {
			return nil, fmt.Errorf("withdrawn record: %w", err)
		}
		ch.cleared = append(ch.cleared, []any{id})
	}
	at := make(map[string]int, len(c.Outcomes))
	var last []ledger.Outcome
	for _, o := range c.Outcomes {
		if !o.Stored(false) {
			continue
		}
		if i, ok := at[o.SourceID]; ok {
			last[i] = o
			continue
		}
		at[o.SourceID] = len(last)
		last = append(last, o)
	}
	for i := range last {
		if err := ch.add(&last[i], c.Known); err != nil {
			return nil, fmt.Errorf("outcome of record %q: %w", last[i].SourceID, err)
		}
	}
	return ch, nil
}

func (ch *changes) add(o *ledger.Outcome, known map[string]ledger.Known) error {
	fields := "null"
	if o.Fields != nil {
		b, err := json.Marshal(o.Fields)
		if err != nil {
			return err
		}
		fields = string(b)
	}
	k, ok := known[o.SourceID]
	if !ok {
		k.SinkID = o.SinkID
	}
	if err := checkText(o.SourceID, o.SinkID, string(o.Action), string(o.Reason), k.SinkID, k.Fingerprint); err != nil {
		return err
	}
	ch.cleared = append(ch.cleared, []any{o.SourceID})
	ch.outcomes = append(ch.outcomes, []any{
		o.SourceID, int64(0), o.SinkID, string(o.Action), string(o.Reason), fields, micros(o.At),
	})
	switch {
	case o.Action.Done():
		ch.known = append(ch.known, []any{o.SourceID, k.SinkID, k.Fingerprint})
	case o.Action == ledger.ActionFailed && o.Reason == ledger.ReasonInDoubt:
		ch.parked = append(ch.parked, []any{o.SourceID})
	}
	return nil
}
