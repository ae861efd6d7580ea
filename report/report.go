// Package report writes what became of records, as CSV, JSON Lines or text for
// a person.
//
// [Of] reads a run of an importer, with what later retries made of its failed
// records:
//
//	run, err := report.Of(ctx, imp, runID, report.Options{Retries: true})
//	if err != nil {
//		return err
//	}
//	return report.WriteCSV(w, run.Rows, report.Failures)
//
// [WriteCSV] and [WriteJSONL] take any sequence of outcomes, also those of
// [adcimport.Plan.Outcomes] and [adcimport.Importer.Outcomes], and write each
// one as it comes: nothing has to fit into memory. [WriteText] is the summary of
// a run, [WritePreview] that of a plan.
//
// What is written holds ids, codes and field names, nothing personal.
package report

import (
	"iter"

	"github.com/securitytrax/adcimport"
)

// Part is which records are written.
type Part int

// The parts. Each record is in exactly one of the last three.
const (
	All         Part = iota // every record
	Successes               // created, linked, updated, unchanged
	Failures                // failed: the work list
	Unprocessed             // skipped, and those in flight
)

func (p Part) check() error {
	if p < All || p > Unprocessed {
		return &adcimport.InvalidOptionsError{Field: "report.Part", Rule: "must be All, Successes, Failures or Unprocessed"}
	}
	return nil
}

func (p Part) has(a adcimport.Action) bool {
	switch p {
	case Successes:
		return a.Done()
	case Failures:
		return a == adcimport.ActionFailed
	case Unprocessed:
		return !a.Done() && a != adcimport.ActionFailed
	case All:
	}
	return true
}

// rows yields the outcomes that belong to the part. It yields an error last, and
// nothing for a nil sequence.
func (p Part) rows(all iter.Seq2[adcimport.Outcome, error]) iter.Seq2[adcimport.Outcome, error] {
	return func(yield func(adcimport.Outcome, error) bool) {
		if all == nil {
			return
		}
		for o, err := range all {
			if err != nil {
				yield(adcimport.Outcome{}, err)
				return
			}
			if p.has(o.Action) && !yield(o, nil) {
				return
			}
		}
	}
}
