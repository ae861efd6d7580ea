package adcimport

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/securitytrax/adcimport/ledger"
)

// retryFilter is the filter of a run that takes the failed records of st.
func retryFilter(st ledger.RunState) ([]byte, error) {
	f, err := decodeState[storedFilter[json.RawMessage]](st.RunID, "filter", st.Filter)
	if err != nil {
		return nil, err
	}
	f.RetryOf = st.RunID
	data, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("run %s: encode the filter: %w", st.RunID, err)
	}
	return data, nil
}

// retryOf is the run whose failed records a run took; empty: none.
func retryOf(st ledger.RunState) string {
	f, err := decodeState[storedFilter[json.RawMessage]](st.RunID, "filter", st.Filter)
	if err != nil {
		return "" // a list of runs shows this one all the same
	}
	return f.RetryOf
}

// listFailed takes the failed records of the run to retry instead of a listing.
// Its cursor is the number of them that are done.
func (p *pipeline[S, R]) listFailed(ctx context.Context) error {
	done := 0
	if p.state.Cursor != "" {
		var err error
		if done, err = strconv.Atoi(string(p.state.Cursor)); err != nil || done < 0 {
			return &StateError{RunID: p.state.RunID, What: "the cursor of a retry is not a count", Err: err}
		}
	}
	var ids []string
	flush := func() error {
		done += len(ids)
		err := p.retryBatch(ctx, ids, done)
		ids = nil
		return err
	}
	skip := done
	for o, err := range p.imp.cfg.Store.Outcomes(ctx, p.plan.retryOf) {
		if err != nil {
			return p.wrap("list the failed", err)
		}
		if o.Action != ActionFailed || o.SourceID == "" {
			continue
		}
		if skip--; skip >= 0 {
			continue
		}
		if ids = append(ids, o.SourceID); len(ids) < p.imp.cfg.BatchSize {
			continue
		}
		if err := flush(); err != nil {
			return err
		}
	}
	if len(ids) > 0 {
		if err := flush(); err != nil {
			return err
		}
	}
	return flush() // nothing is left: the listing is finished
}

func (p *pipeline[S, R]) retryBatch(ctx context.Context, ids []string, done int) error {
	b := &batch[S, R]{moves: true, cursor: Cursor(strconv.Itoa(done)), listed: len(ids) == 0}
	drop := p.resolved
	if (p.window || p.relists) && len(ids) > 0 {
		p.window = false
		ledger, err := p.ledger(ctx, ids)
		if err != nil {
			return err
		}
		maps.Copy(ledger, p.resolved)
		drop = ledger
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return drop[id] })
	if len(ids) > 0 {
		var err error
		if b.items, err = p.byIDs(ctx, ids); err != nil {
			return err
		}
	}
	return p.write(ctx, b)
}
