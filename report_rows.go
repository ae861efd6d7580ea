package adcimport

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
)

// prepare finds the runs that go on with this one, and what they made of its
// failed records.
func (r *report) prepare(ctx context.Context) error {
	r.newest = true
	parent := make(map[string]string)
	var later []string // runs of this kind, newest first, down to this one
	for st, err := range r.imp.cfg.Store.Runs(ctx, r.run.Link) {
		if err != nil {
			return fmt.Errorf("list runs: %w", err)
		}
		if st.RunID == r.run.RunID {
			break
		}
		if st.Kind != r.run.Kind {
			continue
		}
		later = append(later, st.RunID)
		if of := retryOf(st); of != "" {
			parent[st.RunID] = of
		}
	}
	family := map[string]bool{r.run.RunID: true}
	for _, id := range slices.Backward(later) {
		if r.options.Retries && family[parent[id]] {
			family[id] = true
			r.retries = append(r.retries, id)
		} else {
			r.newest = false
		}
	}
	return r.readRetries(ctx)
}

// retryOf is the run whose failed records a run took; empty: none.
func retryOf(st RunState) string {
	f, err := decodeState[storedFilter[json.RawMessage]](st.RunID, "filter", st.Filter)
	if err != nil {
		return ""
	}
	return f.RetryOf
}

func (r *report) readRetries(ctx context.Context) error {
	r.retried = make(map[string]Outcome)
	for _, id := range r.retries {
		for o, err := range r.imp.cfg.Store.Outcomes(ctx, id) {
			if err != nil {
				return fmt.Errorf("outcomes of the retry %s: %w", id, err)
			}
			// What is done stays done, whatever a later look at it said.
			if was, ok := r.retried[o.SourceID]; !ok || o.Action.Done() || !was.Action.Done() {
				r.retried[o.SourceID] = o
			}
		}
	}
	return nil
}

// now is what a record's outcome has become.
func (r *report) now(o Outcome) Outcome {
	if o.Action != ActionFailed {
		return o
	}
	if later, ok := r.retried[o.SourceID]; ok {
		return later
	}
	return o
}

// rows yields the records of the part that was asked for.
func (r *report) rows(ctx context.Context) iter.Seq2[Outcome, error] {
	return func(yield func(Outcome, error) bool) {
		flying, err := r.inFlight(ctx)
		if err != nil {
			yield(Outcome{}, err)
			return
		}
		for o, err := range r.imp.cfg.Store.Outcomes(ctx, r.run.RunID) {
			if err != nil {
				yield(Outcome{}, fmt.Errorf("read outcomes: %w", err))
				return
			}
			if o = r.now(o); r.options.has(o.Action) && !flying.instead(o) && !yield(o, nil) {
				return
			}
		}
		for _, o := range flying {
			if r.options.has(o.Action) && !yield(o, nil) {
				return
			}
		}
	}
}

// flight is records in flight, which are few: a run has at most some batches of
// them.
type flight []Outcome

// instead reports whether a record that is not done is in flight again: its row
// comes with those.
func (f flight) instead(of Outcome) bool {
	return !of.Action.Done() && slices.ContainsFunc(f, func(o Outcome) bool { return o.SourceID == of.SourceID })
}

// inFlight lists the open intents. They belong to the link and kind, and so to
// its newest run.
func (r *report) inFlight(ctx context.Context) (flight, error) {
	if !r.newest {
		return nil, nil
	}
	runID := r.run.RunID
	if n := len(r.retries); n > 0 {
		runID = r.retries[n-1]
	}
	var list flight
	for in, err := range r.imp.cfg.Store.InDoubt(ctx, r.run.Link, r.run.Kind) {
		if err != nil {
			return nil, fmt.Errorf("list records in flight: %w", err)
		}
		list = append(list, Outcome{
			RunID: runID, Kind: r.run.Kind, SourceID: in.ID, Action: ActionInFlight, At: in.Since,
		})
	}
	return list, nil
}
