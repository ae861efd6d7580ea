package adcimport

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
)

// Plan is the preview of a run (SPEC B4): the whole run, reading everything and
// writing neither sink nor state, and telling nobody. On unchanged data the run
// that follows has the same outcomes, except for what only a write can show: a
// sink that refuses a valid record, or that finds an update to change nothing.
//
// A preview costs what the run costs at the source, one detail per new record;
// Limit bounds it. A Plan is safe for concurrent use, and holds no more of the
// records than the ids of those that would be done.
type Plan struct {
	imp *Importer
	run *plan

	mu   sync.Mutex
	last Summary
}

// PlanCustomers makes the preview of [Importer.ImportCustomers] with the same
// filter and options, whether or not they say DryRun. Nothing is read before
// [Plan.Outcomes] is ranged over. Errors are [*InvalidFilterError] and
// [*InvalidOptionsError].
func (imp *Importer) PlanCustomers(f CustomerFilter, o CustomerOptions) (*Plan, error) {
	o.DryRun = true
	p, err := imp.planCustomers(f, o, "")
	if err != nil {
		return nil, err
	}
	return &Plan{imp: imp, run: p, last: *refused(imp.cfg.Link, KindCustomer)}, nil
}

// PlanUsers makes the preview of [Importer.ImportUsers], by the rules of
// [Importer.PlanCustomers].
func (imp *Importer) PlanUsers(f UserFilter, o UserOptions) (*Plan, error) {
	o.DryRun = true
	p, err := imp.planUsers(f, o, "")
	if err != nil {
		return nil, err
	}
	return &Plan{imp: imp, run: p, last: *refused(imp.cfg.Link, KindUser)}, nil
}

// Outcomes runs the preview and yields what would become of each record: the
// actions and reasons are those of the run, and a record that would be created
// has no SinkID. An error comes last, with a zero outcome, as in
// [Importer.ImportCustomersSeq]; with [ErrTooManyFailures] the run would stop there.
// Ranging again previews again.
func (p *Plan) Outcomes(ctx context.Context) iter.Seq2[Outcome, error] {
	return func(yield func(Outcome, error) bool) {
		broken := false
		sum, err := p.imp.toEnd(ctx, p.run, func(o Outcome) bool {
			broken = broken || !yield(o, nil)
			return !broken
		})
		p.mu.Lock()
		p.last = *sum
		p.mu.Unlock()
		if err != nil && !broken {
			yield(Outcome{}, err)
		}
	}
}

// Summary is that of the preview that ended last: [StatusCompleted] when it saw
// everything. Before the first one it is [StatusFailed] and counts nothing.
func (p *Plan) Summary() Summary {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.last
	s.ByReason, s.Warnings = maps.Clone(s.ByReason), slices.Clone(s.Warnings)
	return s
}

// String is one line of what the preview that ended last found.
func (p *Plan) String() string {
	s := p.Summary()
	if s.RunID == "" {
		return fmt.Sprintf("preview of %ss: not run", s.Kind)
	}
	c := s.Counts
	text := fmt.Sprintf("preview of %ss: %d read: %d to create, %d to link, %d to update, %d to leave unchanged, %d to skip, %d to reject",
		s.Kind, c.Read, c.Created, c.Linked, c.Updated, c.Unchanged, c.Skipped, c.Failed)
	if s.Status != StatusCompleted {
		text += " (incomplete: " + string(s.Status) + ")"
	}
	return text
}
