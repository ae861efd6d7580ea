package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/securitytrax/adcimport/ledger"
)

const (
	lookUp  = 5000 // ids in one look-up
	page    = 500  // rows that an iterator reads at a time
	runPage = 50   // the same for runs, whose filters and options may be long
)

// Known implements [ledger.StateStore].
func (s *Store) Known(ctx context.Context, link string, k ledger.Kind, ids []string) (map[string]ledger.Known, error) {
	doing := fmt.Sprintf("look up %d records", len(ids))
	found := make(map[string]ledger.Known)
	for chunk := range slices.Chunk(ids, lookUp) {
		list, err := idRows(chunk)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", doing, err)
		}
		scan := func(rows *sql.Rows) error {
			var (
				id    string
				known ledger.Known
			)
			if err := rows.Scan(&id, &known.SinkID, &known.Fingerprint, &known.RunID); err != nil {
				return err // what the next attempt finds is added to what is here
			}
			found[id] = known
			return nil
		}
		if err := s.read(ctx, doing, func() {}, scan, s.sql.known, link, string(k), list); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// Intend implements [ledger.StateStore].
func (s *Store) Intend(ctx context.Context, l ledger.Lease, in []ledger.Intent) ([]ledger.IntentState, error) {
	doing := "intend records of run " + l.RunID
	ids := make([]string, len(in))
	for i, it := range in {
		ids[i] = it.ID
		if err := checkText(it.Fingerprint); err != nil {
			return nil, fmt.Errorf("%s: fingerprint of record %s: %w", doing, it.ID, err)
		}
	}
	list, err := idRows(ids)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	var (
		call   = rand.Text()
		states []ledger.IntentState
	)
	err = s.write(ctx, doing, func(ctx context.Context, tx querier) error {
		r, err := s.fence(ctx, tx, l)
		if err != nil {
			return err
		}
		stored, err := s.storedRecords(ctx, tx, r.scope, l.RunID, list)
		if err != nil {
			return err
		}
		var rows [][]any
		states, rows = intentStates(in, stored, l.Epoch, call)
		if len(rows) == 0 {
			return nil
		}
		_, err = tx.ExecContext(ctx, s.sql.addIntents, r.scope, r.now.UnixMicro(), l.Epoch, call, jsonRows(rows))
		return err
	})
	if err != nil {
		return nil, err
	}
	return states, nil
}

// storedRecord is what there is of a record that is about to be intended.
type storedRecord struct {
	epoch               int64 // of the open intent; 0: none
	call                string
	state               ledger.IntentState
	known, parked, done bool
}

func (s *Store) storedRecords(ctx context.Context, tx querier, scope int64, runID, list string) (map[string]storedRecord, error) {
	var run int64
	if err := tx.QueryRowContext(ctx, s.sql.runSeq, runID).Scan(&run); err != nil {
		return nil, fmt.Errorf("find run %s: %w", runID, notFound(err))
	}
	stored := make(map[string]storedRecord)
	scan := func(rows *sql.Rows) error {
		var (
			id string
			r  storedRecord
		)
		err := rows.Scan(&id, &r.epoch, &r.call, &r.state, &r.known, &r.parked, &r.done)
		stored[id] = r
		return err
	}
	err := each(ctx, tx, scan, s.sql.intentStates, list, scope, scope, scope, run)
	return stored, err
}

// intentStates is the table of [ledger.StateStore.Intend], with the rows
// that are to be stored.
func intentStates(in []ledger.Intent, stored map[string]storedRecord, epoch int64, call string) ([]ledger.IntentState, [][]any) {
	var (
		states = make([]ledger.IntentState, len(in))
		rows   [][]any
		here   = make(map[string]struct{}, len(in))
	)
	for i, it := range in {
		if _, ok := here[it.ID]; ok {
			states[i] = ledger.IntentDuplicate
			continue
		}
		here[it.ID] = struct{}{}
		states[i] = stored[it.ID].intentState(epoch, call, it.Unpark)
		if states[i] == ledger.IntentFresh || states[i] == ledger.IntentEarlier {
			rows = append(rows, []any{it.ID, it.Fingerprint, states[i]})
		}
	}
	return states, rows
}

func (r storedRecord) intentState(epoch int64, call string, unpark bool) ledger.IntentState {
	switch {
	case r.epoch == epoch && r.call == call: // by an attempt whose reply was lost
		return r.state
	case r.epoch == epoch:
		return ledger.IntentDuplicate
	case r.epoch > 0:
		return ledger.IntentEarlier
	case r.known:
		return ledger.IntentDuplicate
	case r.parked && unpark:
		return ledger.IntentEarlier
	case r.parked:
		return ledger.IntentParked
	case r.done && !unpark:
		return ledger.IntentDuplicate
	}
	return ledger.IntentFresh
}

// InDoubt implements [ledger.StateStore]. The intents come by id.
func (s *Store) InDoubt(ctx context.Context, link string, k ledger.Kind) iter.Seq2[ledger.Intent, error] {
	return pages(ctx, page, func(after ledger.Intent) (list []ledger.Intent, err error) {
		scan := func(rows *sql.Rows) error {
			var (
				it    ledger.Intent
				since int64
			)
			err := rows.Scan(&it.ID, &it.Fingerprint, &since)
			it.Since = fromMicros(since)
			list = append(list, it)
			return err
		}
		err = s.read(ctx, "list intents", func() { list = nil }, scan, s.sql.inDoubt, link, string(k), after.ID, page)
		return list, err
	})
}

// pages makes an iterator of a function that reads what comes after an item;
// the zero item stands for the beginning. No rows are open while the caller's
// code runs, so that it may use the store, even over one connection.
func pages[T any](ctx context.Context, size int, read func(after T) ([]T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none, last T
		for {
			list, err := read(last)
			if err != nil {
				yield(none, err)
				return
			}
			for _, v := range list {
				if err := context.Cause(ctx); err != nil {
					yield(none, err)
					return
				}
				if !yield(v, nil) {
					return
				}
				last = v
			}
			if len(list) < size {
				return
			}
		}
	}
}

// notFound tells a missing row from a failure.
func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ledger.ErrNotFound
	}
	return err
}
