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

// Mark implements [ledger.StateStore].
func (s *Store) Mark(ctx context.Context, runID string, m ledger.Mark) (bool, error) {
	if err := m.Validate(); err != nil {
		return false, err
	}
	var (
		call = rand.Text()
		took bool
	)
	err := s.write(ctx, "mark run "+runID, func(ctx context.Context, tx querier) error {
		run, now, err := s.lockRun(ctx, tx, runID)
		switch {
		case err != nil:
			return err
		case m.Ask == "":
			took, err = s.markNotice(ctx, tx, run, m, now, call)
			return err
		case run.Status.Ended():
			took = false
			return nil
		}
		took = true
		if _, err := tx.ExecContext(ctx, s.sql.setAsked, string(m.Ask), run.number); err != nil {
			return fmt.Errorf("store what is asked: %w", err)
		}
		return nil
	})
	return took && err == nil, err
}

// lockRun locks the scope of a run. While that is waited for, the run may move
// to another one.
func (s *Store) lockRun(ctx context.Context, tx querier, runID string) (*runRow, time.Time, error) {
	for range 3 {
		r, err := s.lockOne(ctx, tx, nothing(), s.sql.lockScopeOfRun, runID)
		if err != nil {
			return nil, time.Time{}, notFound(err)
		}
		run, err := s.readRun(ctx, tx, s.sql.run, runID)
		if err != nil {
			return nil, time.Time{}, err
		}
		if run.scope == r.id {
			return run, r.now, nil
		}
	}
	return nil, time.Time{}, errors.New("the run moves from scope to scope")
}

// markNotice claims a notice, or notes that it was sent.
func (s *Store) markNotice(ctx context.Context, tx querier, run *runRow, m ledger.Mark, now time.Time, call string) (bool, error) {
	var (
		claimed, told *int64
		called        sql.NullString
		next          int64
	)
	name := m.Claim + m.Told
	err := tx.QueryRowContext(ctx, s.sql.notice, run.number, run.number, name).Scan(&claimed, &told, &called, &next)
	switch {
	case err != nil:
		return false, fmt.Errorf("read the notice: %w", err)
	case called.String == call: // an attempt whose reply was lost
		return true, nil
	case told != nil:
		return false, nil
	case m.Told != "":
		told = &next
	case claimed != nil && now.Sub(fromMicros(*claimed)) < m.For:
		return false, nil
	default:
		claimed = micros(now)
	}
	if _, err := tx.ExecContext(ctx, s.sql.putNotice, run.number, name, claimed, told, call); err != nil {
		return false, fmt.Errorf("store the notice: %w", err)
	}
	return true, nil
}
