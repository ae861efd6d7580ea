package report

import (
	"context"
	"fmt"
	"iter"

	"github.com/securitytrax/adcimport"
)

// Run is what a report on one run says. [Of] makes it; [WriteText] also takes
// one that a caller filled.
type Run struct {
	// Summary of the run. With Options.Retries its counts and reasons are those
	// after the retries.
	Summary adcimport.Summary
	// Retries are the ids of the runs that had the last word, oldest first.
	Retries []string
	// Rows yields the outcomes; an error comes last. It reads the store anew each
	// time it is ranged over, under the context that Of was given. Nil is none.
	Rows iter.Seq2[adcimport.Outcome, error]
}

// Options say how [Of] reads a run. The zero value reads it as it ended.
type Options struct {
	// Retries lets the runs of [adcimport.Importer.StartRetryFailed] on this run, and
	// on those again, have the last word: a failed record is reported as what
	// they made of it, with the id of the run that did. What is done stays done,
	// whatever a later retry said. This needs memory for the retried records, and
	// Of reads the run's outcomes once to count them.
	Retries bool
}

// Of reads a run of the importer's link. Its rows are in the order in which the
// records were first committed. Records in flight come last, as
// [adcimport.ActionInFlight]; they are in no count yet, and are known of the
// newest run of a kind only.
//
// Records that were known before, or that came twice, are counted in
// Summary.ByReason and have no row: rows, those two reasons and nothing else
// add up to the run's counts.
//
// An error matches [adcimport.ErrNotFound] for a run that this link does not
// have (or that was pruned), or is one of the store.
func Of(ctx context.Context, imp *adcimport.Importer, runID string, o Options) (*Run, error) {
	r := &reader{imp: imp, options: o}
	if err := r.read(ctx, runID); err != nil {
		return nil, fmt.Errorf("report on run %s: %w", runID, err)
	}
	return &Run{Summary: r.run, Retries: r.retries, Rows: r.rows(ctx)}, nil
}

// reader is one call of Of.
type reader struct {
	imp     *adcimport.Importer
	options Options

	run     adcimport.Summary
	newest  bool                         // no later run of this kind, except its retries
	retries []string                     // see Run.Retries
	retried map[string]adcimport.Outcome // by Alarm.com id: what the retries made of it
}

func (r *reader) read(ctx context.Context, runID string) error {
	later, err := r.find(ctx, runID)
	if err != nil {
		return err
	}
	r.follow(later)
	if len(r.retries) == 0 {
		return nil
	}
	if err := r.readRetries(ctx); err != nil {
		return err
	}
	return r.recount(ctx)
}

// find looks for the run and returns the later ones, newest first.
func (r *reader) find(ctx context.Context, runID string) (later []adcimport.RunInfo, err error) {
	for info, err := range r.imp.Runs(ctx) {
		if err != nil {
			return nil, err
		}
		if info.RunID == runID {
			r.run = info.Summary
			return later, nil
		}
		later = append(later, info)
	}
	return nil, adcimport.ErrNotFound
}

// rows yields the outcomes with the retries' last word, then what is in flight.
func (r *reader) rows(ctx context.Context) iter.Seq2[adcimport.Outcome, error] {
	return func(yield func(adcimport.Outcome, error) bool) {
		flying, open, err := r.inFlight(ctx)
		if err != nil {
			yield(adcimport.Outcome{}, err)
			return
		}
		for o, err := range r.imp.Outcomes(ctx, r.run.RunID) {
			if err != nil {
				yield(adcimport.Outcome{}, err)
				return
			}
			o = r.lastWord(o)
			switch {
			case !open[o.SourceID]:
			case o.Action.Done():
				delete(open, o.SourceID) // done since the list of those in flight was read
			default:
				continue // in flight again: its row comes with those
			}
			if !yield(o, nil) {
				return
			}
		}
		for _, o := range flying {
			if open[o.SourceID] && !yield(o, nil) {
				return
			}
		}
	}
}

// inFlight lists the records in flight, which are few: a run has at most some
// batches of them. They belong to the link and kind, and so to its newest run.
func (r *reader) inFlight(ctx context.Context) (list []adcimport.Outcome, open map[string]bool, err error) {
	if !r.newest {
		return nil, nil, nil
	}
	runID := r.run.RunID
	if n := len(r.retries); n > 0 {
		runID = r.retries[n-1]
	}
	open = make(map[string]bool)
	for o, err := range r.imp.InFlight(ctx, r.run.Kind) {
		if err != nil {
			return nil, nil, err
		}
		o.RunID = runID
		list, open[o.SourceID] = append(list, o), true
	}
	return list, open, nil
}
