package adcimport

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
)

// Plan is the preview of a run: the whole run, reading everything and writing
// neither sink nor state, and telling nobody. On unchanged data the run that
// follows has the same outcomes, except for what only a write can show: a sink
// that refuses a valid record, or that finds an update to change nothing.
//
// A preview costs what the run costs at the source, one detail per new record.
// A Plan is safe for concurrent use, and holds no more of the records than the
// ids of those that would be done.
type Plan struct {
	// Limit bounds the preview, beside the Limit of its options: at most so many
	// new records; 0: all. It is set before the preview begins.
	Limit int

	imp   *Importer
	run   *request
	named func(ids []string) (*request, error) // the real run of these ids

	mu     sync.Mutex
	last   Summary
	chosen []string // what the preview that ended last would create, link or update
}

// PlanCustomers makes the preview of [Importer.ImportCustomers] with the same
// filter and options. Nothing is read before [Plan.Outcomes] is ranged over.
// Errors are [*InvalidFilterError] and [*InvalidOptionsError], and
// [errors.ErrUnsupported] where source or sink has no customers.
func (imp *Importer) PlanCustomers(f CustomerFilter, o CustomerOptions) (*Plan, error) {
	p, err := imp.checkedCustomers(f, o)
	if err != nil {
		return nil, err
	}
	f, _ = p.filter.(CustomerFilter) // a copy, as that of the options
	o, _ = p.options.(CustomerOptions)
	return imp.newPlan(p, func(ids []string) (*request, error) {
		f, o := f, o
		f.CustomerIDs, o.Limit = ids, 0
		return imp.customersRequest(f, o, "")
	}), nil
}

// PlanUsers makes the preview of [Importer.ImportUsers], by the rules of
// [Importer.PlanCustomers].
func (imp *Importer) PlanUsers(f UserFilter, o UserOptions) (*Plan, error) {
	p, err := imp.checkedUsers(f, o)
	if err != nil {
		return nil, err
	}
	f, _ = p.filter.(UserFilter)
	o, _ = p.options.(UserOptions)
	return imp.newPlan(p, func(ids []string) (*request, error) {
		f, o := f, o
		f.SupportIDs, o.Limit = ids, 0
		return imp.usersRequest(f, o, "")
	}), nil
}

func (imp *Importer) newPlan(p *request, named func(ids []string) (*request, error)) *Plan {
	p.dryRun = true
	last := refused(imp.cfg.Link, p.kind)
	last.DryRun = true
	return &Plan{imp: imp, run: p, named: named, last: *last}
}

// Outcomes runs the preview and yields what would become of each record: the
// actions and reasons are those of the run, and a record that would be created
// has no SinkID. An error comes last, with a zero outcome, as in
// [Importer.ImportCustomersSeq]; with [ErrTooManyFailures] the run would stop there.
// Ranging again previews again.
func (p *Plan) Outcomes(ctx context.Context) iter.Seq2[Outcome, error] {
	return func(yield func(Outcome, error) bool) {
		run, err := p.limited()
		if err != nil {
			yield(Outcome{}, err)
			return
		}
		broken := false
		var chosen []string
		sum, err := p.imp.toEnd(ctx, run, func(o Outcome) bool {
			if writes(o.Action) {
				chosen = append(chosen, o.SourceID)
			}
			broken = broken || !yield(o, nil)
			return !broken
		})
		p.mu.Lock()
		p.last, p.chosen = *sum, chosen
		p.mu.Unlock()
		if err != nil && !broken {
			yield(Outcome{}, err)
		}
	}
}

func (p *Plan) limited() (*request, error) {
	if p.Limit < 0 {
		return nil, &InvalidOptionsError{Field: "Plan.Limit", Rule: "must not be negative"}
	}
	run := *p.run
	if limit := run.opts.Limit; p.Limit > 0 && (limit == 0 || p.Limit < limit) {
		run.opts.Limit = p.Limit
	}
	return &run, nil
}

// writes reports whether a run does something with a record of action a.
func writes(a Action) bool { return a.Done() && a != ActionUnchanged }

// Start imports, in the background as [Importer.StartCustomers] does, the records
// that the preview which ended last would create, link or update, and no others:
// a run with the plan's options, whose filter names these ids beside what else
// the plan's filter asks for. Each is read and mapped again, so that what changed
// meanwhile is seen. The run does not know the Limit of the preview.
//
// Where that preview did not complete, or found nothing to do, Start returns
// [errors.ErrUnsupported].
func (p *Plan) Start(ctx context.Context) (*Run, error) {
	p.mu.Lock()
	complete, ids := p.last.Status == StatusCompleted, p.chosen
	p.mu.Unlock()
	switch {
	case !complete:
		return nil, fmt.Errorf("start the import of %ss: no preview has completed: %w", p.run.kind, errors.ErrUnsupported)
	case len(ids) == 0: // a filter without ids would select all
		return nil, fmt.Errorf("start the import of %ss: the preview found nothing to do: %w", p.run.kind, errors.ErrUnsupported)
	}
	run, err := p.named(ids)
	if err != nil {
		return nil, fmt.Errorf("start the import of %ss: %w", p.run.kind, err)
	}
	return p.imp.start(ctx, run)
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
