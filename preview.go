package adcimport

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"

	"github.com/securitytrax/adcimport/internal/engine"
	"github.com/securitytrax/adcimport/ledger"
)

// Plan is the preview of a run: the whole run, reading everything and writing
// neither sink nor state, and telling nobody. On unchanged data the run that
// follows has the same outcomes, except for what only a write can show: a sink
// that refuses a valid record, that does not have one any more, or that finds an
// update to change nothing.
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
	looks  likeness // and whom it found to be in the sink without an Alarm.com id
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
		var looks likeness
		sum, err := p.imp.toEnd(ctx, run, func(o Outcome) bool {
			if writes(o.Action) {
				chosen = append(chosen, o.SourceID)
			}
			looks.add(&o)
			broken = broken || !yield(o, nil)
			return !broken
		})
		p.mu.Lock()
		p.last, p.chosen, p.looks = *sum, chosen, looks
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
// Decisions are a person's choices about the records that the preview would leave to a
// person: the run does them too. They are stored with the run, and not before. What
// MatchLink would link is linked to the same.
//
// Where that preview did not complete, or found nothing to do, Start returns
// [errors.ErrUnsupported], and [*DecisionError]s, joined, for decisions that it did not
// ask for.
func (p *Plan) Start(ctx context.Context, decisions ...Decision) (*Run, error) {
	p.mu.Lock()
	complete, ids, looks := p.last.Status == StatusCompleted, p.chosen, p.looks
	p.mu.Unlock()
	decided, err := looks.decide(decisions)
	if err != nil {
		return nil, fmt.Errorf("start the import of %ss: %w", p.run.kind, err)
	}
	ids = slices.Clone(ids)
	for _, d := range decisions {
		ids = append(ids, d.SourceID)
	}
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
	run.decided = decided
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
		s.Kind, c.Read, c.Created, c.Linked, c.Updated, c.Unchanged, c.Skipped-s.ToReview(), c.Failed)
	if s.ToReview() > 0 {
		text += fmt.Sprintf(", %d to review", s.ToReview())
	}
	if s.Status != StatusCompleted {
		text += " (incomplete: " + string(s.Status) + ")"
	}
	return text
}

// Found is what [Importer.CountCustomers] and [Importer.CountUsers] count.
type Found struct {
	Listed int // that the source lists under the filter
	Known  int // of these, imported before
	New    int // of these, not imported before, those that failed among them

	// AtMost says that Listed, Known and New may be too large: the filter asks for
	// what only the details tell, such as a sub-dealer, and these were not read. The
	// accounts that the filter does not include, and of which only the details tell,
	// such as demo accounts of Alarm.com, are counted in any case.
	AtMost bool

	// Excluded are accounts that the filter does not include, as far as the listing
	// tells. They are in none of the other counts.
	Excluded ledger.Excluded
}

// CountCustomers says how many customers a filter selects, and how many of them are
// new: from the source's listing and the store alone. It reads no details, asks the
// sink nothing, and writes nothing; a run may be at work meanwhile. Ids that a filter
// names count as the source delivers them, which may be without a look at whether it
// has them. Errors are those of the filter, as in [Importer.ImportCustomers], of the
// source and of the store.
func (imp *Importer) CountCustomers(ctx context.Context, f CustomerFilter) (Found, error) {
	p, err := imp.checkedCustomers(f, CustomerOptions{})
	if err != nil {
		return Found{}, err
	}
	f, _ = p.filter.(CustomerFilter) // a copy
	found, err := engine.Count(ctx, imp.engine, imp.cfg.Link, KindCustomer, imp.customerFlow(f, CustomerOptions{}, nil, nil))
	return counted(found, err)
}

// CountUsers does for users what [Importer.CountCustomers] does for customers.
func (imp *Importer) CountUsers(ctx context.Context, f UserFilter) (Found, error) {
	p, err := imp.checkedUsers(f, UserOptions{})
	if err != nil {
		return Found{}, err
	}
	f, _ = p.filter.(UserFilter)
	found, err := engine.Count(ctx, imp.engine, imp.cfg.Link, KindUser, imp.userFlow(f, UserOptions{}, nil))
	return counted(found, err)
}

func counted(found engine.Found, err error) (Found, error) {
	if err != nil {
		return Found{}, fmt.Errorf("count: %w", err)
	}
	return Found(found), nil
}
