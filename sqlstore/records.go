package sqlstore

import (
	"context"
	"fmt"

	"github.com/securitytrax/adcimport/ledger"
)

// Records implements [ledger.StateStore].
func (s *Store) Records(ctx context.Context, scope ledger.Scope, runID string, ids []string) (map[string]ledger.Record, error) {
	f, err := s.look(ctx, fmt.Sprintf("look up %d records", len(ids)), scope, runID, ids)
	if err != nil {
		return nil, err
	}
	list := make(map[string]ledger.Record, len(f.records))
	for _, id := range ids {
		if r, ok := f.record(id); ok {
			list[id] = r
		}
	}
	return list, nil
}

// look is a look-up on no transaction, with the open batch.
func (s *Store) look(ctx context.Context, doing string, scope ledger.Scope, runID string, ids []string) (f found, err error) {
	for _, text := range append([]string{scope.Account, string(scope.Kind), runID}, ids...) {
		if !storable(text) {
			return f, &ledger.InvalidRequestError{Field: "ids", Rule: "must be valid UTF-8 without NUL"}
		}
	}
	err = s.retry(ctx, doing, func(ctx context.Context) error {
		return s.dialect.look(ctx, func(q querier) (err error) {
			f, err = s.lookUp(ctx, q, scope, runID, append([]string{openBatch}, ids...))
			return err
		})
	})
	return f, err
}
