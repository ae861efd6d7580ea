package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// scopeRow is the row that every write locks first: a scope with its last lease
// and its open batch.
type scopeRow struct {
	ledger.Scope

	id, movedTo int64
	epoch, run  int64 // of the last lease; no run: there was none, or two scopes became one
	owner       string
	quiet       time.Duration
	expires     time.Time
	released    bool
	called      string // the call that took the lease
	amended     string // the last call of Amend
	committed   int64  // the time of the last block, in microseconds
	seq         int64
	states      []ledger.IntentState
	matched     []string
	open        []ledger.OpenIntent // not to be changed
	was         *remembered         // nil: nothing of it counts
	now         time.Time           // after the lock was given
}

// held reports whether nobody else may take the lease.
func (r *scopeRow) held() bool { return r.run != 0 && !r.released && r.now.Before(r.expires) }

// lockScope returns sql.ErrNoRows where nothing was ever stored of a scope.
func (s *Store) lockScope(ctx context.Context, tx querier, scope ledger.Scope) (*scopeRow, error) {
	return s.lockOne(ctx, tx, s.memory.of(scope), s.sql.lockScope, scope.Account, string(scope.Kind))
}

// lockOne is told what is remembered of the scope.
func (s *Store) lockOne(ctx context.Context, tx querier, was *remembered, query string, args ...any) (*scopeRow, error) {
	list, err := s.lockAll(ctx, tx, was, query, args...)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("lock the scope: %w", sql.ErrNoRows)
	}
	return list[0], nil
}

// lockAll locks the scopes of a query. Now is the same in all: after the last
// lock was given.
func (s *Store) lockAll(ctx context.Context, tx querier, was *remembered, query string, args ...any) ([]*scopeRow, error) {
	var (
		list   []*scopeRow
		latest time.Time
	)
	scan := func(rows *sql.Rows) error {
		r, err := s.scanScope(rows, was)
		if err != nil {
			return err
		}
		if r.now.After(latest) {
			latest = r.now
		}
		list = append(list, r)
		return nil
	}
	if err := each(ctx, tx, scan, query, append(args, was.args()...)...); err != nil {
		return nil, fmt.Errorf("lock the scope: %w", err)
	}
	for _, r := range list {
		r.now = latest
	}
	return list, nil
}

func (s *Store) scanScope(rows *sql.Rows, was *remembered) (*scopeRow, error) {
	var (
		r                   scopeRow
		moved, run          sql.NullInt64
		quiet, expires, now int64
		states, matched     []byte
		open, durable       string
	)
	err := rows.Scan(&r.id, &r.Account, &r.Kind, &moved, &r.epoch, &run, &r.owner, &quiet, &expires, &r.released,
		&r.called, &r.amended, &r.committed, &r.seq, &states, &matched, &open, &now, &durable)
	if err != nil {
		return nil, err
	}
	r.movedTo, r.run = moved.Int64, run.Int64
	r.quiet, r.expires = time.Duration(quiet)*time.Microsecond, fromMicros(expires)
	r.now = s.time(now)
	for _, f := range []struct {
		name string
		text []byte
		into any
	}{{"states", states, &r.states}, {"matched", matched, &r.matched}} {
		if err := json.Unmarshal(f.text, f.into); err != nil {
			return nil, &ledger.StateError{What: fmt.Sprintf("%s of scope %d cannot be read", f.name, r.id), Err: err}
		}
	}
	if r.open, _, err = was.read(open); err != nil {
		return nil, &ledger.StateError{What: fmt.Sprintf("open of scope %d cannot be read", r.id), Err: err}
	}
	if open == asStored {
		r.was = was
	}
	return &r, nil
}

// time is what the database's clock says, in microseconds.
func (s *Store) time(now int64) time.Time {
	return s.clock.Add(fromMicros(now)).Truncate(time.Microsecond)
}

// fence locks the scope of the lease l, or reports that the lease is lost.
func (s *Store) fence(ctx context.Context, tx querier, l ledger.Lease) (*scopeRow, *runRow, error) {
	r, err := s.lockScope(ctx, tx, l.Scope)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, fmt.Errorf("epoch %d of no lease: %w", l.Epoch, ledger.ErrLeaseLost)
	}
	if err != nil {
		return nil, nil, err
	}
	if r.epoch != l.Epoch || r.released || r.run == 0 {
		return nil, nil, fmt.Errorf("epoch %d, now %d: %w", l.Epoch, r.epoch, ledger.ErrLeaseLost)
	}
	run, err := s.readPlace(ctx, tx, r.run)
	if err != nil {
		return nil, nil, err
	}
	if run.RunID != l.RunID {
		return nil, nil, fmt.Errorf("epoch %d is of run %s: %w", l.Epoch, run.RunID, ledger.ErrLeaseLost)
	}
	return r, run, nil
}

// inProgress is the refusal of what a held lease is in the way of.
func (s *Store) inProgress(ctx context.Context, tx querier, r *scopeRow) error {
	run, err := s.readRun(ctx, tx, s.sql.runByNumber, r.run)
	if err != nil {
		return fmt.Errorf("read the run that holds the lease: %w", err)
	}
	return &ledger.RunInProgressError{
		Account: r.Account, Link: run.Link, Kind: r.Kind, RunID: run.RunID,
		Owner: r.owner, Heartbeat: run.Heartbeat, EndsIn: r.expires.Sub(r.now),
	}
}
