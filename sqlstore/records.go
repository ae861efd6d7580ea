package sqlstore

import (
	"context"
	"fmt"

	"github.com/securitytrax/adcimport/ledger"
)

// Records implements [ledger.StateStore].
func (s *Store) Records(ctx context.Context, scope ledger.Scope, runID string, ids []string) (map[string]ledger.Record, error) {
	list, _, err := s.look(ctx, fmt.Sprintf("look up %d records", len(ids)), scope, runID, ids)
	return list, err
}

// look is a look-up on no transaction, with what the open batch makes of records.
func (s *Store) look(ctx context.Context, doing string, scope ledger.Scope, runID string, ids []string) (
	list map[string]ledger.Record, open []ledger.OpenIntent, err error,
) {
	for _, text := range append([]string{scope.Account, string(scope.Kind), runID}, ids...) {
		if !storable(text) {
			return nil, nil, &ledger.InvalidRequestError{Field: "ids", Rule: "must be valid UTF-8 without NUL"}
		}
	}
	err = s.retry(ctx, doing, func(ctx context.Context) error {
		return s.dialect.look(ctx, func(q querier) (err error) {
			list, open, err = s.lookOnce(ctx, q, scope, runID, ids)
			return err
		})
	})
	if err != nil {
		return nil, nil, err
	}
	return list, open, nil
}

func (s *Store) lookOnce(ctx context.Context, q querier, scope ledger.Scope, runID string, ids []string) (
	list map[string]ledger.Record, open []ledger.OpenIntent, err error,
) {
	decided := make(map[string]ledger.Record) // by the run, of what is not stored otherwise
	was := s.memory.of(scope)
	text, err := s.eachStored(ctx, q, was, scope, runID, append([]string{openBatch}, ids...), func(r *storedRecord) {
		if list == nil {
			list = make(map[string]ledger.Record, len(ids)) // mostly all are known, or none
		}
		if r.exists {
			list[r.ID] = r.Record
		} else {
			decided[r.ID] = r.Record
		}
	})
	if err != nil {
		return nil, nil, err
	}
	open, at, err := was.read(text)
	if err != nil {
		return nil, nil, &ledger.StateError{What: "the open batch cannot be read", Err: err}
	}
	if list == nil {
		list = make(map[string]ledger.Record)
	}
	over := make(map[string]bool) // an id may come twice
	for _, id := range ids {
		i, isOpen := at[id]
		if !isOpen || over[id] {
			continue
		}
		r, exists := list[id]
		if !exists {
			r = decided[id]
		}
		list[id], over[id] = open[i].Over(r), true
	}
	return list, open, nil
}
