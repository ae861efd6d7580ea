package adcimport

import (
	"context"
	"fmt"
	"io"
)

// ReportFormat is how [Importer.WriteReport] writes.
type ReportFormat int

// The formats.
const (
	// ReportCSV is a table by RFC 4180 with a header row, in UTF-8: run_id, kind,
	// source_id (Alarm.com's id), sink_id, action, reason, fields
	// ("Field: rule; …"), at (RFC 3339, UTC). A cell that a spreadsheet would take
	// for a formula has an apostrophe before it.
	ReportCSV ReportFormat = iota
	// ReportJSON is JSON Lines: one [Outcome] a line.
	ReportJSON
	// ReportText is the summary for a person, with the rules that were broken most
	// often. It has no records, so Part does not matter.
	ReportText
)

// ReportPart is which records a report has.
type ReportPart int

// The parts. Each record is in exactly one of the last three.
const (
	ReportAll         ReportPart = iota // every record of the ledger
	ReportSuccesses                     // created, linked, updated, unchanged
	ReportFailures                      // failed: the work list
	ReportUnprocessed                   // skipped, and those in flight
)

// ActionInFlight stands in a report for a record whose create was, or was about
// to be, sent and has no outcome yet. No [Outcome] of a run has it.
const ActionInFlight = "in_flight"

// ReportOptions say what a report has. The zero value is a CSV of everything.
type ReportOptions struct {
	Format ReportFormat
	Part   ReportPart
	// Retries lets the runs of [Importer.RetryFailed] on this run, and on those
	// again, have the last word: a failed record is reported as what they made of
	// it, with the id of the run that did. The report then needs memory for the
	// retried records.
	Retries bool
}

func (o ReportOptions) check() error {
	switch {
	case o.Format < ReportCSV || o.Format > ReportText:
		return &InvalidOptionsError{Field: "ReportOptions.Format", Rule: "must be ReportCSV, ReportJSON or ReportText"}
	case o.Part < ReportAll || o.Part > ReportUnprocessed:
		return &InvalidOptionsError{Field: "ReportOptions.Part", Rule: "must be one of the four parts"}
	}
	return nil
}

// WriteReport writes the ledger of a run, of this link, from the store (SPEC
// B3), in the order in which the records were first committed. It holds ids,
// codes and field names, nothing personal.
//
// Records that were known before, or that came twice, are counted in
// [Summary.ByReason] and have no row: rows, those two reasons and nothing else
// add up to the run's counts. Records in flight, which come last and are in no
// count yet, are known of the newest run of a kind only.
//
// Errors match [ErrNotFound] for a run that this link does not have (or that
// was pruned), an [*InvalidOptionsError], or are those of the store and of w.
func (imp *Importer) WriteReport(ctx context.Context, w io.Writer, runID string, o ReportOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	st, err := imp.stored(ctx, runID)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	rep := &report{imp: imp, run: st, options: o}
	if err := rep.prepare(ctx); err != nil {
		return fmt.Errorf("report on run %s: %w", runID, err)
	}
	if err := rep.write(ctx, w); err != nil {
		return fmt.Errorf("report on run %s: %w", runID, err)
	}
	return nil
}

// report is one call of WriteReport.
type report struct {
	imp     *Importer
	run     RunState
	options ReportOptions

	retries []string           // descendants by RetryFailed, oldest first
	retried map[string]Outcome // by Alarm.com id: what they made of it
	newest  bool               // no later run of this kind, but for the retries
}

func (r *report) write(ctx context.Context, w io.Writer) error {
	switch r.options.Format {
	case ReportJSON:
		return r.writeJSON(ctx, w)
	case ReportText:
		return r.writeText(ctx, w)
	case ReportCSV:
	}
	return r.writeCSV(ctx, w)
}

// has reports whether a record belongs to the part that was asked for.
func (o ReportOptions) has(a Action) bool {
	switch o.Part {
	case ReportSuccesses:
		return a.Done()
	case ReportFailures:
		return a == ActionFailed
	case ReportUnprocessed:
		return !a.Done() && a != ActionFailed
	case ReportAll:
	}
	return true
}
