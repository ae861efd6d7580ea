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

// leaseRow is the row that every write locks first.
type leaseRow struct {
	scope, epoch, heartbeat, expires int64
	runID, owner, call               string
	released                         bool
	now                              time.Time // after the lock was given
}

// lockLease returns sql.ErrNoRows where no lease was ever given.
func (s *Store) lockLease(ctx context.Context, tx querier, link string, k ledger.Kind) (leaseRow, error) {
	var (
		r       leaseRow
		now     int64
		durable string
	)
	err := tx.QueryRowContext(ctx, s.sql.lockLease, link, string(k)).Scan(
		&r.scope, &r.runID, &r.owner, &r.epoch, &r.heartbeat, &r.expires, &r.released, &r.call, &now, &durable)
	if err != nil {
		return leaseRow{}, fmt.Errorf("lock the lease: %w", err)
	}
	r.now = s.clock.Add(time.UnixMicro(now).UTC()).Truncate(time.Microsecond)
	return r, nil
}

// fence locks the lease l, or reports that it is lost.
func (s *Store) fence(ctx context.Context, tx querier, l ledger.Lease) (leaseRow, error) {
	r, err := s.lockLease(ctx, tx, l.Link, l.Kind)
	lost := errors.Is(err, sql.ErrNoRows)
	if err != nil && !lost {
		return leaseRow{}, err
	}
	if lost || r.epoch != l.Epoch || r.runID != l.RunID || r.released {
		return leaseRow{}, fmt.Errorf("epoch %d, now %d: %w", l.Epoch, r.epoch, ledger.ErrLeaseLost)
	}
	return r, nil
}

// Acquire implements [ledger.StateStore].
func (s *Store) Acquire(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
	if err := req.Validate(); err != nil {
		return ledger.Lease{}, err
	}
	if err := checkText(req.Link, string(req.Kind), req.RunID, req.Owner); err != nil {
		return ledger.Lease{}, fmt.Errorf("acquire the lease: %w", err)
	}
	var (
		call = rand.Text()
		l    ledger.Lease
	)
	err := s.write(ctx, "acquire the lease for run "+req.RunID, func(ctx context.Context, tx querier) error {
		if _, err := tx.ExecContext(ctx, s.sql.addLease, req.Link, string(req.Kind)); err != nil {
			return fmt.Errorf("add the lease: %w", err)
		}
		r, err := s.lockLease(ctx, tx, req.Link, req.Kind)
		if err != nil {
			return err
		}
		if r.call == call { // an attempt whose reply was lost; l is its lease
			return nil
		}
		if err := r.free(req); err != nil {
			return err
		}
		l = r.next(req)
		return s.takeLease(ctx, tx, req, r, l, call)
	})
	if err != nil {
		return ledger.Lease{}, err
	}
	return l, nil
}

// free refuses a lease that somebody holds.
func (r *leaseRow) free(req ledger.LeaseRequest) error {
	if r.epoch == 0 || r.released || !r.now.Before(fromMicros(r.expires)) {
		return nil
	}
	return &ledger.RunInProgressError{
		Link: req.Link, Kind: req.Kind, RunID: r.runID, Owner: r.owner, Heartbeat: fromMicros(r.heartbeat),
	}
}

// next is the lease that follows.
func (r *leaseRow) next(req ledger.LeaseRequest) ledger.Lease {
	l := ledger.Lease{
		Link: req.Link, Kind: req.Kind, RunID: req.RunID,
		Epoch: r.epoch + 1, Expires: r.now.Add(req.TTL).Truncate(time.Microsecond), TTL: req.TTL,
	}
	if r.epoch > 0 {
		l.Previous = fromMicros(r.expires)
	}
	return l
}

// takeLease opens the run and stores its lease l in the place of former.
func (s *Store) takeLease(
	ctx context.Context, tx querier, req ledger.LeaseRequest, former leaseRow, l ledger.Lease, call string,
) error {
	if err := s.openRun(ctx, tx, req); err != nil {
		return err
	}
	if former.runID != req.RunID {
		if _, err := tx.ExecContext(ctx, s.sql.interruptRun, former.runID); err != nil {
			return fmt.Errorf("mark run %s as interrupted: %w", former.runID, err)
		}
	}
	_, err := tx.ExecContext(ctx, s.sql.setLease,
		l.RunID, req.Owner, l.Epoch, former.now.UnixMicro(), l.Expires.UnixMicro(), call, former.scope)
	if err != nil {
		return fmt.Errorf("store the lease: %w", err)
	}
	return nil
}

// Renew implements [ledger.StateStore].
func (s *Store) Renew(ctx context.Context, l ledger.Lease) (ledger.Lease, error) {
	if l.TTL <= 0 {
		return ledger.Lease{}, &ledger.InvalidRequestError{Field: "Lease.TTL", Rule: "must be positive"}
	}
	err := s.write(ctx, "renew the lease of run "+l.RunID, func(ctx context.Context, tx querier) error {
		r, err := s.fence(ctx, tx, l)
		if err != nil {
			return err
		}
		l.Expires = r.now.Add(l.TTL).Truncate(time.Microsecond)
		_, err = tx.ExecContext(ctx, s.sql.renewLease, r.now.UnixMicro(), l.Expires.UnixMicro(), r.scope)
		return err
	})
	if err != nil {
		return ledger.Lease{}, err
	}
	return l, nil
}

// Release implements [ledger.StateStore].
func (s *Store) Release(ctx context.Context, l ledger.Lease, end ledger.RunState) error {
	call := rand.Text()
	return s.write(ctx, "release the lease of run "+l.RunID, func(ctx context.Context, tx querier) error {
		r, err := s.fence(ctx, tx, l)
		if errors.Is(err, ledger.ErrLeaseLost) {
			return s.released(ctx, tx, l, call, err)
		}
		if err != nil {
			return err
		}
		if err := s.endRun(ctx, tx, l, end, call); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, s.sql.releaseLease, r.now.UnixMicro(), r.scope); err != nil {
			return fmt.Errorf("store the lease: %w", err)
		}
		return nil
	})
}

// released is nil when this very call has ended the run, by an attempt whose
// reply was lost, and else the loss of the lease. A failure to read it is
// neither: another attempt reads it.
func (s *Store) released(ctx context.Context, tx querier, l ledger.Lease, call string, lost error) error {
	var by string
	err := tx.QueryRowContext(ctx, s.sql.endedBy, l.RunID).Scan(&by)
	switch {
	case errors.Is(err, sql.ErrNoRows) || err == nil && by != call:
		return lost
	case err != nil:
		return fmt.Errorf("read who ended the run: %w", err)
	}
	return nil
}
