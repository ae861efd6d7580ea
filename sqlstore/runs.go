package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/securitytrax/adcimport/ledger"
)

// runPage is how many runs are read at a time: their filters may be long.
const runPage = 50

// runRow is a run with what only this package knows of it.
type runRow struct {
	ledger.RunState

	number, scope  int64
	blocks, places int64  // that are stored; filled by readPlace only
	releasedBy     string // the call that ends it; for setRun
}

// Run implements [ledger.StateStore].
func (s *Store) Run(ctx context.Context, id string) (ledger.RunState, error) {
	var r *runRow
	err := s.retry(ctx, "read run "+id, func(ctx context.Context) error {
		return s.dialect.look(ctx, func(q querier) (err error) {
			r, err = s.readRun(ctx, q, s.sql.run, id)
			return err
		})
	})
	if err != nil {
		return ledger.RunState{}, err
	}
	return r.RunState, nil
}

// Runs implements [ledger.StateStore].
func (s *Store) Runs(ctx context.Context, q ledger.RunQuery) iter.Seq2[ledger.RunState, error] {
	query, args := s.sql.runs, []any(nil)
	switch {
	case q.Unended && q.Link != "":
		query, args = s.sql.unendedRunsOfLink, []any{q.Link}
	case q.Unended:
		query = s.sql.unendedRuns
	case q.Link != "":
		query, args = s.sql.runsOfLink, []any{q.Link}
	}
	size := runPage
	if q.Limit > 0 {
		size = min(size, q.Limit)
	}
	list := pages(ctx, size, func(after *runRow) ([]*runRow, error) {
		last := int64(math.MaxInt32)
		if after != nil {
			last = after.number
		}
		var found []*runRow
		scan := func(rows *sql.Rows) error {
			r, err := s.scanRun(rows.Scan)
			found = append(found, r)
			return err
		}
		err := s.read(ctx, "list runs", func() { found = nil }, scan, query,
			append(slices.Clip(args), string(q.Kind), string(q.Kind), last, size)...)
		return found, err
	})
	return limited(q.Limit, func(r *runRow) ledger.RunState {
		if r == nil {
			return ledger.RunState{}
		}
		return r.RunState
	}, list)
}

func (s *Store) readRun(ctx context.Context, q querier, query string, key any) (*runRow, error) {
	r, err := s.scanRun(q.QueryRowContext(ctx, query, key).Scan)
	return r, notFound(err)
}

// jsonColumn is a text that holds JSON.
type jsonColumn struct {
	name string
	text []byte
	into any
}

func (s *Store) scanRun(scan func(...any) error) (*runRow, error) {
	var (
		r                                      runRow
		started, finished, paused, beat, lease *int64
		now                                    int64
		cursor                                 []byte
		tally, passing, warnings, failure      []byte
		labels, notices                        []byte
	)
	err := scan(&r.number, &r.scope, &r.RunID, &r.Link, &r.Kind, &r.DryRun, &r.RetryOf, &started, &r.Status, &r.Driver,
		&finished, &paused, &r.Asked, &r.Epoch, &r.Starts, &r.Pass, &cursor, &r.Listed, &r.Total, &tally, &passing,
		&r.Progress.Read, &r.Progress.Total, &r.Owner, &beat, &warnings, &failure, &r.Filter, &r.Options, &labels,
		&notices, &lease, &now)
	if err != nil {
		return nil, err
	}
	r.Started, r.Finished, r.PausedUntil = fromNullMicros(started), fromNullMicros(finished), fromNullMicros(paused)
	r.Heartbeat, r.Cursor = fromNullMicros(beat), ledger.Cursor(cursor)
	var all ledger.Tally
	for _, c := range []jsonColumn{
		{"counts", tally, &all},
		{"passing counts", passing, &r.Passing},
		{"warnings", warnings, &r.Warnings},
		{"failure", failure, &r.Failure},
		{"labels", labels, &r.Labels},
		{"notices", notices, &r.Notices},
	} {
		if len(c.text) == 0 {
			continue
		}
		if err := json.Unmarshal(c.text, c.into); err != nil {
			return nil, &ledger.StateError{RunID: r.RunID, What: c.name + " cannot be read", Err: err}
		}
	}
	r.SetTally(all)
	if len(r.Notices) == 0 {
		r.Notices = nil
	}
	r.Seen(fromNullMicros(lease), s.time(now))
	return &r, nil
}

// readPlace is the part of a run that a commit changes.
func (s *Store) readPlace(ctx context.Context, tx querier, number int64) (*runRow, error) {
	r := runRow{number: number}
	var cursor []byte
	err := tx.QueryRowContext(ctx, s.sql.place, number).Scan(&r.RunID, &cursor, &r.Listed, &r.Total, &r.blocks, &r.places)
	if err != nil {
		return nil, fmt.Errorf("read the run's place: %w", notFound(err))
	}
	r.Cursor = ledger.Cursor(cursor)
	return &r, nil
}

// addRun stores a new run with its settings, and fills in its number.
func (s *Store) addRun(ctx context.Context, tx querier, r *runRow) error {
	state, err := r.columns()
	if err != nil {
		return err
	}
	args := append([]any{r.RunID, r.Link, string(r.Kind), bit(r.DryRun), r.RetryOf, micros(r.Started)}, state...)
	err = tx.QueryRowContext(ctx, s.sql.addRun, args...).Scan(&r.number)
	if errors.Is(err, sql.ErrNoRows) {
		return ledger.ErrRunExists
	}
	if err != nil {
		return fmt.Errorf("add the run: %w", err)
	}
	labels, err := json.Marshal(r.Labels)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, s.sql.addSettings, r.number, r.Filter, r.Options, string(labels)); err != nil {
		return fmt.Errorf("add the run's settings: %w", err)
	}
	return nil
}

// setRun stores what can change of a run.
func (s *Store) setRun(ctx context.Context, tx querier, r *runRow) error {
	state, err := r.columns()
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, s.sql.setRun, append(state, r.releasedBy, r.number)...); err != nil {
		return fmt.Errorf("store the run: %w", err)
	}
	return nil
}

// columns are those from scope to failure.
func (r *runRow) columns() ([]any, error) {
	texts := make([]string, 0, 4)
	for _, v := range []any{r.Tally(), r.Passing, r.Warnings, r.Failure} {
		b, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("encode run %s: %w", r.RunID, err)
		}
		texts = append(texts, string(b))
	}
	return []any{
		r.scope, string(r.Status), bit(r.Status.Ended()), string(r.Driver), micros(r.Finished), micros(r.PausedUntil),
		string(r.Asked), r.Epoch, r.Starts, r.Pass, []byte(r.Cursor), bit(r.Listed), r.Total, texts[0], texts[1],
		r.Progress.Read, r.Progress.Total, r.Owner, micros(r.Heartbeat), texts[2], texts[3],
	}, nil
}
