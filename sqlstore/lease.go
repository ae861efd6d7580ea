package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// Renew implements [ledger.StateStore].
func (s *Store) Renew(ctx context.Context, l ledger.Lease) (ledger.Lease, error) {
	if l.TTL <= 0 {
		return ledger.Lease{}, &ledger.InvalidRequestError{Field: "Lease.TTL", Rule: "must be positive"}
	}
	err := s.write(ctx, "renew the lease of run "+l.RunID, func(ctx context.Context, tx querier) error {
		r, _, err := s.fence(ctx, tx, l)
		if err != nil {
			return err
		}
		l.Expires = r.now.Add(l.TTL).Truncate(time.Microsecond)
		if _, err := tx.ExecContext(ctx, s.sql.extendLease, l.Expires.UnixMicro(), r.id); err != nil {
			return fmt.Errorf("store the lease: %w", err)
		}
		err = tx.QueryRowContext(ctx, s.sql.renewRun, r.now.UnixMicro(), l.Progress.Read, l.Progress.Total, r.run).Scan(&l.Asked)
		if err != nil {
			return fmt.Errorf("store the heartbeat: %w", err)
		}
		return nil
	})
	if err != nil {
		return ledger.Lease{}, err
	}
	return l, nil
}

// Release implements [ledger.StateStore].
func (s *Store) Release(ctx context.Context, l ledger.Lease, end ledger.End) (ledger.RunState, error) {
	if err := end.Validate(); err != nil {
		return ledger.RunState{}, err
	}
	var (
		call = rand.Text()
		st   ledger.RunState
	)
	err := s.write(ctx, "release the lease of run "+l.RunID, func(ctx context.Context, tx querier) error {
		run, err := s.release(ctx, tx, l, end, call)
		if err == nil {
			st = run.RunState
		}
		return err
	})
	return st, err
}

func (s *Store) release(ctx context.Context, tx querier, l ledger.Lease, end ledger.End, call string) (*runRow, error) {
	r, _, err := s.fence(ctx, tx, l)
	if errors.Is(err, ledger.ErrLeaseLost) {
		return s.released(ctx, tx, l, call, err)
	}
	if err != nil {
		return nil, err
	}
	run, err := s.readRun(ctx, tx, s.sql.runByNumber, r.run)
	if err != nil {
		return nil, fmt.Errorf("read the run: %w", err)
	}
	run.Close(end, r.now)
	run.releasedBy = call
	run.Seen(time.Time{}, r.now)
	if err := s.setRun(ctx, tx, run); err != nil {
		return nil, err
	}
	if run.Status == ledger.StatusCompleted { // it never goes on
		if _, err := tx.ExecContext(ctx, s.sql.dropDecided, run.number); err != nil {
			return nil, fmt.Errorf("drop what it decided: %w", err)
		}
	}
	if _, err := tx.ExecContext(ctx, s.sql.endLease, r.now.UnixMicro(), r.id); err != nil {
		return nil, fmt.Errorf("store the lease: %w", err)
	}
	return run, nil
}

// released returns the run when the lease was given back under the same epoch,
// or by an attempt of this very call before another holder came; else the loss
// of the lease.
func (s *Store) released(ctx context.Context, tx querier, l ledger.Lease, call string, lost error) (*runRow, error) {
	r, err := s.lockScope(ctx, tx, l.Scope)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	run, err := s.readRun(ctx, tx, s.sql.run, l.RunID)
	same := r != nil && r.run != 0 && r.released && r.epoch == l.Epoch
	switch {
	case errors.Is(err, ledger.ErrNotFound) && same: // pruned since
		return nil, err
	case errors.Is(err, ledger.ErrNotFound):
		return nil, lost
	case err != nil:
		return nil, fmt.Errorf("read the run: %w", err)
	case same && r.run == run.number:
		return run, nil
	}
	var by string
	if err := tx.QueryRowContext(ctx, s.sql.releasedBy, l.RunID).Scan(&by); err != nil {
		return nil, fmt.Errorf("read who ended the run: %w", err)
	}
	if by != call {
		return nil, lost
	}
	return run, nil
}
