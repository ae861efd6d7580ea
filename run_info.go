package adcimport

import (
	"context"
	"fmt"
	"iter"
)

// RunInfo is a run as [Importer.Runs] lists it: what it did so far, and what it
// was asked to do. Filter and options are those of its kind; where this version
// of the library cannot read what was stored, they are nil. So they are for a
// [Warner].
type RunInfo struct {
	Summary
	RetryOf         string           `json:"retry_of,omitempty"` // the run whose failed records it took; empty: no retry
	CustomerFilter  *CustomerFilter  `json:"customer_filter,omitempty"`
	CustomerOptions *CustomerOptions `json:"customer_options,omitempty"`
	UserFilter      *UserFilter      `json:"user_filter,omitempty"`
	UserOptions     *UserOptions     `json:"user_options,omitempty"`
}

// RunOptions are those of its options that both kinds have, with the mode; nil
// where there are no options.
func (r RunInfo) RunOptions() *RunOptions {
	switch {
	case r.CustomerOptions != nil:
		return &r.CustomerOptions.RunOptions
	case r.UserOptions != nil:
		return &r.UserOptions.RunOptions
	}
	return nil
}

// infoOf shows a run also where filter or options cannot be read.
func infoOf(st RunState) RunInfo {
	info := RunInfo{Summary: st.Summary, RetryOf: retryOf(st)}
	switch st.Kind {
	case KindCustomer:
		if f, o, err := decodePlan[CustomerFilter, CustomerOptions](st); err == nil {
			info.CustomerFilter, info.CustomerOptions = &f.Filter, &o.Options
		}
	case KindUser:
		if f, o, err := decodePlan[UserFilter, UserOptions](st); err == nil {
			info.UserFilter, info.UserOptions = &f.Filter, &o.Options
		}
	}
	return info
}

// Runs lists the runs of the link, newest first.
func (imp *Importer) Runs(ctx context.Context) iter.Seq2[RunInfo, error] {
	return func(yield func(RunInfo, error) bool) {
		for st, err := range imp.cfg.Store.Runs(ctx, imp.cfg.Link) {
			if err != nil {
				yield(RunInfo{}, fmt.Errorf("list runs: %w", err))
				return
			}
			if !yield(infoOf(st), nil) {
				return
			}
		}
	}
}

// LookupRun returns one run of the link, or [ErrNotFound].
func (imp *Importer) LookupRun(ctx context.Context, runID string) (RunInfo, error) {
	st, err := imp.stored(ctx, runID)
	if err != nil {
		return RunInfo{}, fmt.Errorf("look up: %w", err)
	}
	return infoOf(st), nil
}
