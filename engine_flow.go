package adcimport

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/securitytrax/adcimport/internal/mapping"
	"github.com/securitytrax/adcimport/ledger"
)

// flow is what the kinds differ in. S is a source's record, R a sink's.
type flow[S, R any] struct {
	kind Kind

	pages    func(ctx context.Context, from Cursor) iter.Seq2[Page[S], error]  // the listing, filter pushed down
	byID     func(ctx context.Context, ids []string) iter.Seq2[Page[S], error] // the records with these ids, whatever the filter
	detail   func(ctx context.Context, id string) (S, error)                   // nil: the source has no partial pages
	named    []string                                                          // ids that the filter names
	other    bool                                                              // the filter names other things too
	id       func(*S) string                                                   // "": none that a store can keep
	wanted   func(id string) bool                                              // may the filter select it, by its id alone?
	match    func(*S) bool                                                     // does it?
	mapped   *mapping.Run[*S, *R]                                              // the compiled rules, with this run's statistics
	complete func(src *S, rec *R) ([]FieldError, error)                        // keys, options, rules
	hash     func(rec *R) string                                               // fingerprint of what was mapped
	link     func(ctx context.Context, recs []*R) error                        // look-ups in the sink that fill in records; nil: none
	find     func(ctx context.Context, ids []string, recs []*R) (map[string][]string, error)
	create   func(ctx context.Context, recs []*R) ([]WriteResult, error)
	update   func(ctx context.Context, ids []string, recs []*R) ([]WriteResult, error) // nil: the sink cannot
	proves   bool                                                                      // an empty find proves absence
}

// pipeline is one run of one kind: a reader that lists, asks for details and
// maps, one batch ahead of a writer that finds, intends, creates and commits,
// in order.
type pipeline[S, R any] struct {
	*engineRun
	flow[S, R]
	retry bool // the records are failed ones that a person wants tried again

	resolved map[string]bool // records in doubt that this run resolved, or will at its end: not the listing's
	unknown  time.Time       // when the last reply was lost
	left     int             // new records that Limit still allows
	seen     map[string]bool // of the named ids
	window   bool            // pages may hold records that this run's ledger has
	relists  bool            // the listing is read once more: see relist
	parked   map[string]bool // see loadParked
	foreseen foresight       // of a dry run
}

// item is a record on its way.
type item[S, R any] struct {
	id      string
	src     S
	listed  bool // the source has it, when it was asked for by its id
	full    bool // src is complete, not only its id
	rec     R
	hash    string
	mapped  bool          // rec is
	known   *ledger.Known // of a record that is done, in Upsert mode
	out     *Outcome      // nil: not decided yet
	open    bool          // a durable intent stands for it
	doubt   bool          // may have been created by an earlier attempt
	instead *Outcome      // in doubt: what becomes of it when it is not found
}

// batch is a part of a page, and goes through the pipeline as one.
type batch[S, R any] struct {
	items  []item[S, R]
	page   *PageRead // set on the first batch of a page
	moves  bool      // after it the cursor moves
	cursor Cursor
	listed bool
	err    error // the reader's end; items were read before
}

func (it *item[S, R]) decide(o Outcome, a Action, r Reason) {
	o.Action, o.Reason, o.At = a, r, time.Now().UTC()
	it.out = &o
}

func (it *item[S, R]) candidate() bool { return it.out == nil && !it.open }

// run lists and imports until nothing is left to do.
func (p *pipeline[S, R]) run(ctx context.Context) error {
	p.retry = p.plan.retryOf != ""
	if err := p.recall(ctx); err != nil {
		return err
	}
	if err := p.relist(ctx); err != nil {
		return err
	}
	resolve := p.resolveEarlier
	if p.keeper == nil {
		resolve = p.resolveOpen // a dry run does not wait: it says what the sink says now
	}
	if err := resolve(ctx); err != nil {
		return err
	}
	tried := p.tally.counts
	p.left = p.plan.opts.Limit - (tried.Created + tried.Linked + tried.Failed +
		p.tally.reasons[ReasonFilteredOut] + p.tally.reasons[ReasonNotInSink])
	if err := p.listAll(ctx); err != nil {
		return err
	}
	if err := p.resolveOwn(ctx); err != nil {
		return err
	}
	p.tally.warn(p.mapped.Warnings()...)
	if p.matchedNothing() {
		p.tally.warn("no record matched the filter")
	}
	return nil
}

// recall reads what this run decided before, if it is resumed. Done records are
// not among it: the store knows them.
func (p *pipeline[S, R]) recall(ctx context.Context) error {
	p.resolved, p.counted = make(map[string]bool), make(map[string]verdict)
	p.seen, p.parked = make(map[string]bool), make(map[string]bool)
	if p.window = p.resumed; !p.resumed {
		return p.loadParked(ctx)
	}
	for o, err := range p.imp.cfg.Store.Outcomes(ctx, p.state.RunID) {
		switch {
		case err != nil:
			return p.wrap("read the ledger of", err)
		case o.Reason == ReasonInDoubtResolved:
			p.resolved[o.SourceID] = true
		case !o.Action.Done():
			p.counted[o.SourceID] = verdict{o.Action, o.Reason}
		}
	}
	return p.loadParked(ctx)
}

// clockSlack is by how much hosts' clocks may differ.
const clockSlack = time.Hour

// relist goes back to the beginning of the listing when another run of the kind
// was at work since this one began. That run brought the open intents to an end
// which this one's cursor had passed, by its own filter: what it left out may be
// this run's. Nothing that is known, or in this run's ledger, is looked at again.
func (p *pipeline[S, R]) relist(ctx context.Context) error {
	if !p.resumed || p.state.Cursor == "" && !p.state.Listed {
		return nil
	}
	for st, err := range p.imp.cfg.Store.Runs(ctx, p.state.Link) {
		if err != nil {
			return p.wrap("look for later runs of", err)
		}
		other := st.Kind == p.kind && st.RunID != p.state.RunID
		if other && (st.Finished.IsZero() || st.Finished.Add(clockSlack).After(p.state.Started)) {
			p.relists = true
			p.state.Cursor, p.state.Listed = "", false
			p.tally.forget()
			for id := range p.counted {
				p.resolved[id] = true
			}
			return nil
		}
	}
	return nil
}

func (p *pipeline[S, R]) listAll(ctx context.Context) error {
	switch {
	case p.state.Listed:
		return nil
	case p.retry:
		return p.listFailed(ctx)
	}
	return p.list(ctx)
}

// matchedNothing: what a filter's ids mean at the source is partly an
// assumption (DESIGN.md), so an empty selection is worth a word.
func (p *pipeline[S, R]) matchedNothing() bool {
	read, by := p.tally.counts.Read, p.tally.reasons
	return (len(p.named) > 0 || p.other) && read == by[ReasonFilteredOut]+by[ReasonSourceNotFound]
}

// list runs reader and writer side by side.
func (p *pipeline[S, R]) list(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	batches := make(chan *batch[S, R], 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(batches)
		p.read(ctx, func(b *batch[S, R]) bool {
			select {
			case batches <- b:
				return true
			case <-ctx.Done():
				return false
			}
		})
	}()
	defer func() { <-done }()
	defer cancel()
	for b := range batches {
		if err := p.write(ctx, b); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// write brings a batch to its end and commits it, as far as it goes.
func (p *pipeline[S, R]) write(ctx context.Context, b *batch[S, R]) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if b.page != nil {
		p.total = max(p.total, b.page.Total)
		if err := hook(p.imp.host, "Events.PageRead", p.imp.cfg.Events.PageRead, *b.page); err != nil {
			return p.wrap("tell of a page of", err)
		}
	}
	withdrawn, err := p.place(ctx, b.items)
	if cerr := p.commitBatch(b, withdrawn, err == nil && b.err == nil); cerr != nil {
		return errors.Join(cerr, err)
	}
	if err != nil {
		return err
	}
	return b.err
}

func (p *pipeline[S, R]) commitBatch(b *batch[S, R], withdrawn []string, whole bool) error {
	c := ledger.Commit{Withdrawn: withdrawn, Outcomes: make([]Outcome, 0, len(b.items))}
	for i := range b.items {
		it := &b.items[i]
		if it.out == nil {
			continue
		}
		c.Outcomes = append(c.Outcomes, *it.out)
		if it.out.Action.Done() {
			if c.Known == nil {
				c.Known = make(map[string]ledger.Known, len(b.items))
			}
			c.Known[it.id] = ledger.Known{SinkID: it.out.SinkID, Fingerprint: it.hash, RunID: p.state.RunID}
		}
	}
	moves := whole && b.moves
	if moves {
		c.Cursor, c.Listed = b.cursor, b.listed
	}
	if len(c.Outcomes) == 0 && len(withdrawn) == 0 && !moves {
		return nil
	}
	if p.keeper == nil {
		p.foreseen.commit(c)
	}
	return p.commit(c, moves)
}

// recordErrors takes the errors that concern single records of ids out of err;
// rest is what concerns all. An error is wrapped around all that it wraps.
func recordErrors(err error, ids []string) (byID map[string]*RecordError, rest error) {
	switch e := err.(type) { //nolint:errorlint // the tree is taken apart level by level
	case nil:
		return nil, nil
	case *RecordError:
		if slices.Contains(ids, e.ID) {
			return map[string]*RecordError{e.ID: e}, nil
		}
	case interface{ Unwrap() []error }:
		byID = make(map[string]*RecordError)
		var others []error
		for _, part := range e.Unwrap() {
			one, other := recordErrors(part, ids)
			maps.Copy(byID, one)
			others = append(others, other)
		}
		if rest = errors.Join(others...); len(byID) == 0 {
			rest = err
		}
		return byID, rest
	case interface{ Unwrap() error }:
		if byID, rest = recordErrors(e.Unwrap(), ids); rest != nil || len(byID) == 0 {
			rest = err
		}
		return byID, rest
	}
	return nil, err
}

// failedBy decides an item by an error that concerns it alone.
func (p *pipeline[S, R]) failedBy(it *item[S, R], err error, otherwise Reason) {
	o := p.outcome(it.id)
	reason := otherwise
	if re, ok := errors.AsType[*RecordError](err); ok {
		o.Fields = re.Fields
		// Those that the ledger does not keep, or that mean success, are not a failure's.
		if re.Reason != "" && (Outcome{Reason: re.Reason}).Stored(false) && re.Reason != ReasonInDoubtResolved {
			reason = re.Reason
		}
	}
	action := ActionFailed
	if reason == ReasonFilteredOut {
		action = ActionSkipped
	}
	it.decide(o, action, reason)
}

func (p *pipeline[S, R]) wrap(what string, err error) error {
	return fmt.Errorf("run %s: %s %ss: %w", p.state.RunID, what, p.kind, err)
}

// usableID answers "" for an id that no store can keep: such a record fails
// alone, as one without an id does. All such records of a run share one row of
// the ledger.
func usableID(id string) string {
	if !utf8.ValidString(id) || strings.Contains(id, "\x00") {
		return ""
	}
	return id
}

// wantedIDs answers whether an id is among those a filter names, if it does.
func wantedIDs(ids []string) func(string) bool {
	if len(ids) == 0 {
		return func(string) bool { return true }
	}
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return func(id string) bool { return set[id] }
}

// values copies records for a sink, which may do with them what it likes.
func values[R any](recs []*R) []R {
	out := make([]R, len(recs))
	for i, r := range recs {
		out[i] = *r
	}
	return out
}

func (imp *Importer) provesAbsence(k Kind) (bool, error) {
	p, ok := ability[AbsenceProver](imp.cfg.Sink)
	if !ok {
		return true, nil
	}
	return guarded(imp.host, "Sink.ProvesAbsence", func() (bool, error) { return p.ProvesAbsence(k), nil })
}
