package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/match"
)

// blockOutcome is an outcome inside a block: without run and kind, which the
// run's row has. It is a contract for readers in other languages.
type blockOutcome struct {
	SourceID string              `json:"source_id"`
	SinkID   string              `json:"sink_id,omitempty"`
	Action   ledger.Action       `json:"action"`
	Reason   ledger.Reason       `json:"reason,omitempty"`
	Fields   []ledger.FieldError `json:"fields,omitempty"`
	At       time.Time           `json:"at,omitzero"`
	Ahead    bool                `json:"ahead,omitempty"`

	Candidates []match.Weighed `json:"candidates,omitempty"`
}

func packOutcome(o *ledger.Outcome) blockOutcome {
	return blockOutcome{
		SourceID: o.SourceID, SinkID: o.SinkID, Action: o.Action, Reason: o.Reason, Fields: o.Fields, At: o.At.UTC(), Ahead: o.Ahead,
		Candidates: o.Candidates,
	}
}

func (b *blockOutcome) outcome(runID string, kind ledger.Kind) ledger.Outcome {
	return ledger.Outcome{
		RunID: runID, Kind: kind, SourceID: b.SourceID, SinkID: b.SinkID, Action: b.Action, Reason: b.Reason,
		Fields: b.Fields, At: b.At, Ahead: b.Ahead,
		Candidates: b.Candidates,
	}
}

// block is the outcomes that one commit of a run has brought.
type block struct {
	number      int64
	committedAt int64
	first       int64 // place of its first outcome in the run
	outcomes    []blockOutcome
	confirmed   []string // ids of the done outcomes of its commit, as they came; nil: they are those of outcomes
}

// blocks is what the outcomes of a commit make of its run's blocks: a new one,
// and former ones in which outcomes are replaced.
type blocks struct {
	run, scope int64
	fresh      block
	isFresh    map[string]int                    // places in fresh
	replaced   map[int64]map[string]blockOutcome // by block and id
	former     map[string]int64                  // the blocks of replaced ones, by id
}

// newBlocks counts the new block and its outcomes in run and scope.
func newBlocks(run *runRow, r *scopeRow, stored map[string]storedRecord, outcomes []ledger.Outcome) *blocks {
	b := &blocks{
		run: run.number, scope: r.id, isFresh: make(map[string]int, len(outcomes)),
		replaced: make(map[int64]map[string]blockOutcome), former: make(map[string]int64),
		fresh: block{
			number: run.blocks + 1, first: run.places, committedAt: max(r.now.UnixMicro(), r.committed+1),
			outcomes: make([]blockOutcome, 0, len(outcomes)),
		},
	}
	confirmed := []string{}
	for i := range outcomes {
		o := &outcomes[i]
		b.add(o, stored[o.SourceID].hereBlock)
		if o.Action.Done() {
			confirmed = append(confirmed, o.SourceID)
		}
	}
	if !slices.Equal(confirmed, b.fresh.done()) {
		b.fresh.confirmed = confirmed
	}
	if b.isNew() {
		run.blocks++
		run.places += int64(len(b.fresh.outcomes))
		r.committed = b.fresh.committedAt
	}
	return b
}

// add puts an outcome into its place: that of an earlier one of the same record,
// which is in a former block of the run where number is not 0.
func (b *blocks) add(o *ledger.Outcome, number int64) {
	packed := packOutcome(o)
	i, twice := b.isFresh[o.SourceID]
	switch {
	case number != 0:
		if b.replaced[number] == nil {
			b.replaced[number] = make(map[string]blockOutcome)
		}
		b.replaced[number][o.SourceID], b.former[o.SourceID] = packed, number
	case twice:
		b.fresh.outcomes[i] = packed
	default:
		b.isFresh[o.SourceID] = len(b.fresh.outcomes)
		b.fresh.outcomes = append(b.fresh.outcomes, packed)
	}
}

// isNew reports whether there is anything to say in a new block.
func (b *blocks) isNew() bool { return len(b.fresh.outcomes) > 0 || len(b.fresh.confirmed) > 0 }

// pointer is where the last outcome of a record is, which was at old.
func (b *blocks) pointer(id string, old pointer) pointer {
	i, fresh := b.isFresh[id]
	number, replaced := b.former[id]
	switch {
	case fresh:
		return b.pointTo(b.fresh.number, &b.fresh.outcomes[i])
	case replaced:
		o := b.replaced[number][id]
		return b.pointTo(number, &o)
	}
	return old
}

func (b *blocks) pointTo(number int64, o *blockOutcome) pointer {
	said := o.outcome("", "")
	verdict := packVerdict(said.Verdict())
	return pointer{run: b.run, block: number, verdict: verdict, status: ledger.StatusRunning}
}

// done are the ids of the outcomes that make their records known.
func (b *block) done() []string {
	ids := []string{} // not null where it is stored
	for i := range b.outcomes {
		if b.outcomes[i].Action.Done() {
			ids = append(ids, b.outcomes[i].SourceID)
		}
	}
	return ids
}

// putBlocks stores the new block, and the former ones that changed.
func (s *Store) putBlocks(ctx context.Context, tx querier, b *blocks) error {
	list, err := s.replace(ctx, tx, b)
	if err != nil {
		return err
	}
	switch {
	case b.isNew() && len(list) == 0:
		return s.putBlock(ctx, tx, b)
	case b.isNew():
		list = append(list, b.fresh)
	case len(list) == 0:
		return nil
	}
	rows := make([][]any, len(list))
	for i, one := range list {
		rows[i] = []any{one.number, one.committedAt, one.first, one.outcomes, one.confirmed}
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("encode outcomes: %w", err)
	}
	if _, err := tx.ExecContext(ctx, s.sql.putBlocks, b.run, b.scope, string(text)); err != nil {
		return fmt.Errorf("store outcomes: %w", err)
	}
	return nil
}

// putBlock stores a new block by itself.
func (s *Store) putBlock(ctx context.Context, tx querier, b *blocks) error {
	one := &b.fresh
	outcomes, err := outcomesText(one.outcomes)
	if err != nil {
		return fmt.Errorf("encode outcomes: %w", err)
	}
	var confirmed *string
	if one.confirmed != nil {
		confirmed = new(jsonRows(one.confirmed))
	}
	if _, err := tx.ExecContext(ctx, s.sql.putBlock, b.run, b.scope, one.number, one.committedAt, one.first, outcomes, confirmed); err != nil {
		return fmt.Errorf("store outcomes: %w", err)
	}
	return nil
}

// replace reads the former blocks that change, and puts the later outcomes into
// them.
func (s *Store) replace(ctx context.Context, tx querier, b *blocks) ([]block, error) {
	if len(b.replaced) == 0 {
		return nil, nil
	}
	var numbers [][1]int64
	for number := range b.replaced {
		numbers = append(numbers, [1]int64{number})
	}
	var list []block
	scan := func(rows *sql.Rows) error {
		one, err := scanBlock(rows)
		if err != nil {
			return err
		}
		one.replace(b.replaced[one.number])
		list = append(list, one)
		return nil
	}
	if err := each(ctx, tx, scan, s.sql.blocks, jsonRows(numbers), b.run); err != nil {
		return nil, fmt.Errorf("read former outcomes: %w", err)
	}
	if len(list) != len(numbers) {
		missing := len(numbers) - len(list)
		return nil, &ledger.StateError{What: fmt.Sprintf("%d of %d blocks of run number %d are missing", missing, len(numbers), b.run)}
	}
	return list, nil
}

// replace puts later outcomes into the places of earlier ones. What its own
// commit confirmed stays said.
func (b *block) replace(later map[string]blockOutcome) {
	before := b.done()
	for i := range b.outcomes {
		if o, ok := later[b.outcomes[i].SourceID]; ok {
			b.outcomes[i] = o
		}
	}
	if b.confirmed == nil && !slices.Equal(before, b.done()) {
		b.confirmed = before
	}
}

// scanBlock reads block, committed_at, first, outcomes and confirmed, and more
// columns before them.
func scanBlock(rows *sql.Rows, more ...any) (block, error) {
	var (
		b                   block
		outcomes, confirmed []byte
	)
	if err := rows.Scan(append(more, &b.number, &b.committedAt, &b.first, &outcomes, &confirmed)...); err != nil {
		return b, err
	}
	err := json.Unmarshal(outcomes, &b.outcomes)
	if err == nil && confirmed != nil {
		err = json.Unmarshal(confirmed, &b.confirmed)
	}
	if err != nil {
		return b, &ledger.StateError{What: fmt.Sprintf("block %d cannot be read", b.number), Err: err}
	}
	return b, nil
}
