package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"slices"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// ErrNoControl says that look-ups in the sink cannot be believed: they find none of
// the records that were confirmed last, or not the one that was found before. Either
// all are gone, or the look-ups go by a name that is not the service's.
var ErrNoControl = errors.New("the sink does not find records that are known to be there")

const (
	chunk    = 100 // records in one look-up
	controls = 100 // known records among which one must be found
)

var errEnough = errors.New("nobody listens")

// comparison is one audit.
type comparison struct {
	side

	cfg     *Config
	scope   ledger.Scope
	holder  Holder // nil: none
	control string // an id that is known and found; empty: nothing is known
	seed    maphash.Seed
	listed  map[uint64]struct{}
	wanting map[uint64]struct{} // of what imports bring; nil: all
	links   map[string]string   // of runs
	yield   func(Finding, error) bool
}

func (c Config) compare(ctx context.Context, s side) iter.Seq2[Finding, error] {
	return func(yield func(Finding, error) bool) {
		a := &comparison{
			side: s, cfg: &c, scope: ledger.Scope{Account: cmp.Or(c.SinkAccount, c.Link), Kind: s.kind},
			seed: maphash.MakeSeed(), listed: make(map[uint64]struct{}), links: make(map[string]string), yield: yield,
		}
		if err := a.all(ctx); err != nil && !errors.Is(err, errEnough) {
			yield(Finding{}, fmt.Errorf("audit the %ss of link %s: %w", s.kind, c.Link, err))
		}
	}
}

func (a *comparison) all(ctx context.Context) error {
	if err := a.cfg.check(); err != nil {
		return err
	}
	if p, ok := ability[adcimport.AbsenceProver](a.cfg.Sink); ok && !p.ProvesAbsence(a.kind) {
		return fmt.Errorf("the sink keeps no Alarm.com ids: %w", errors.ErrUnsupported)
	}
	a.holder, _ = ability[Holder](a.cfg.Sink)
	for _, step := range []func(context.Context) error{a.findControl, a.listWanted, a.compareListed, a.compareKnown, a.compareDetails} {
		if err := step(ctx); err != nil {
			return err
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
	}
	return nil
}

// findControl looks for a record that is known and found.
func (a *comparison) findControl(ctx context.Context) error {
	var ids []string
	for _, q := range []ledger.Query{{Newest: true, Limit: controls}, {Known: true, Limit: controls}} {
		for r, err := range a.cfg.Store.List(ctx, a.scope, q) {
			if err != nil {
				return fmt.Errorf("list known: %w", err)
			}
			ids = append(ids, r.ID)
		}
		if len(ids) > 0 {
			break
		}
	}
	if len(ids) == 0 {
		return nil
	}
	found, err := a.find(ctx, ids)
	if err != nil {
		return fmt.Errorf("look for known: %w", err)
	}
	for _, id := range ids {
		if len(found[id]) > 0 {
			a.control = id
			return nil
		}
	}
	return ErrNoControl
}

// listWanted lists what imports bring: only that can be missing.
func (a *comparison) listWanted(ctx context.Context) error {
	if a.wanted == nil {
		return nil
	}
	a.wanting = make(map[uint64]struct{})
	for ids, err := range a.wanted(ctx) {
		if err != nil {
			return fmt.Errorf("list at Alarm.com: %w", err)
		}
		for _, id := range ids {
			a.wanting[maphash.String(a.seed, id)] = struct{}{}
		}
	}
	return nil
}

// isWanted reports whether imports bring a record.
func (a *comparison) isWanted(id string) bool {
	_, has := a.wanting[maphash.String(a.seed, id)]
	return has || a.wanting == nil
}

// compareListed compares what Alarm.com lists.
func (a *comparison) compareListed(ctx context.Context) error {
	var todo []string
	for ids, err := range a.list(ctx) {
		if err != nil {
			return fmt.Errorf("list at Alarm.com: %w", err)
		}
		for _, id := range ids {
			if sum := maphash.String(a.seed, id); !a.has(sum) {
				a.listed[sum] = struct{}{}
				todo = append(todo, id)
			}
		}
		for len(todo) >= chunk {
			if err := a.compareIDs(ctx, todo[:chunk]); err != nil {
				return err
			}
			todo = todo[chunk:]
		}
	}
	if len(todo) == 0 {
		return nil
	}
	return a.compareIDs(ctx, todo)
}

func (a *comparison) has(sum uint64) bool {
	_, has := a.listed[sum]
	return has
}

func (a *comparison) compareIDs(ctx context.Context, ids []string) error {
	stored, err := a.cfg.Store.Records(ctx, a.scope, "", ids)
	if err != nil {
		return fmt.Errorf("look up in the ledger: %w", err)
	}
	records := make([]ledger.Record, len(ids))
	for i, id := range ids {
		records[i] = stored[id]
		records[i].ID = id
	}
	return a.compareRecords(ctx, records)
}

// compareKnown compares what the ledger knows and Alarm.com does not list. Its listing
// was complete: compareListed has come to its end.
func (a *comparison) compareKnown(ctx context.Context) error {
	var gone []ledger.Record
	flush := func() error {
		some := gone
		gone = nil
		for _, r := range some {
			if err := a.tell(GoneAtAlarmCom, &r, nil); err != nil {
				return err
			}
		}
		return a.compareRecords(ctx, some)
	}
	for r, err := range a.cfg.Store.List(ctx, a.scope, ledger.Query{Known: true}) {
		if err != nil {
			return fmt.Errorf("list known: %w", err)
		}
		if a.has(maphash.String(a.seed, r.ID)) {
			continue
		}
		ours, err := a.ours(ctx, &r)
		if err != nil {
			return err
		}
		if ours {
			gone = append(gone, r)
		}
		if len(gone) == chunk {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// ours reports whether a record came over this link. An account that several links
// share has those of all; where the run is pruned that would tell, it is taken for
// another's.
func (a *comparison) ours(ctx context.Context, r *ledger.Record) (bool, error) {
	if a.scope.Account == a.cfg.Link {
		return true, nil
	}
	link, known := a.links[r.RunID]
	if !known {
		run, err := a.cfg.Store.Run(ctx, r.RunID)
		if err != nil && !errors.Is(err, ledger.ErrNotFound) {
			return false, fmt.Errorf("look for run %s: %w", r.RunID, err)
		}
		link = run.Link
		a.links[r.RunID] = link
	}
	return link == a.cfg.Link, nil
}

// compareRecords holds records against the sink.
func (a *comparison) compareRecords(ctx context.Context, records []ledger.Record) error {
	if len(records) == 0 {
		return nil
	}
	ids := make([]string, 0, len(records)+1)
	for i := range records {
		ids = append(ids, records[i].ID)
	}
	found, refused, err := a.lookUp(ctx, ids)
	if err != nil {
		return err
	}
	var lost []*ledger.Record
	for i := range records {
		r := &records[i]
		hits := found[r.ID]
		var what What
		switch {
		case refused[r.ID]:
			what = NotLookedUp
		case len(hits) > 1:
			what = Doubled
		case r.Known && len(hits) == 0:
			lost = append(lost, r)
		case r.Known && hits[0] != r.SinkID:
			what = Elsewhere
		case !r.Known && len(hits) == 0 && a.isWanted(r.ID):
			what = Missing
		case !r.Known && len(hits) == 0:
		case !r.Known:
			what = Unrecorded
		}
		if err := a.tell(what, r, hits); err != nil {
			return err
		}
	}
	return a.tellLost(ctx, lost)
}

// tellLost says of known records that are not found by their Alarm.com ids whether they
// are there without.
func (a *comparison) tellLost(ctx context.Context, lost []*ledger.Record) error {
	if len(lost) == 0 {
		return nil
	}
	held := make(map[string]bool)
	if a.holder != nil {
		ids := make([]string, len(lost))
		for i, r := range lost {
			ids[i] = r.SinkID
		}
		var err error
		if held, err = a.holder.Holds(ctx, a.kind, ids); err != nil {
			return fmt.Errorf("look for records without their ids: %w", err)
		}
	}
	for _, r := range lost {
		what := GoneInSecurityTrax
		switch {
		case a.holder == nil:
			what = Lost
		case held[r.SinkID]:
			what = Unlinked
		}
		if err := a.tell(what, r, nil); err != nil {
			return err
		}
	}
	return nil
}

// lookUp asks the sink for ids, and for the control among them. Those that it cannot be
// asked for are refused.
func (a *comparison) lookUp(ctx context.Context, ids []string) (found map[string][]string, refused map[string]bool, err error) {
	if a.control != "" && !slices.Contains(ids, a.control) {
		ids = append(slices.Clip(ids), a.control)
	}
	found, err = a.find(ctx, ids)
	refused = make(map[string]bool)
	if _, single := errors.AsType[*adcimport.RecordError](err); single {
		found, err = make(map[string][]string), nil
		for _, id := range ids {
			one, err := a.find(ctx, []string{id})
			if _, single := errors.AsType[*adcimport.RecordError](err); single {
				refused[id] = true
			} else if err != nil {
				return nil, nil, fmt.Errorf("look up in the sink: %w", err)
			}
			found[id] = one[id]
		}
	}
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("look up in the sink: %w", err)
	case a.control != "" && len(found[a.control]) == 0:
		return nil, nil, ErrNoControl
	}
	return found, refused, nil
}

// compareDetails previews an import in Upsert mode.
func (a *comparison) compareDetails(ctx context.Context) error {
	if a.cfg.Details == nil {
		return nil
	}
	plan, err := a.plan()
	if err != nil {
		return err
	}
	for o, err := range plan.Outcomes(ctx) {
		if err != nil {
			return fmt.Errorf("compare details: %w", err)
		}
		if o.Action == adcimport.ActionUpdated {
			if err := a.tell(Changed, &ledger.Record{ID: o.SourceID, SinkID: o.SinkID, Known: true}, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// tell yields a finding, if there is one.
func (a *comparison) tell(what What, r *ledger.Record, hits []string) error {
	f := Finding{Kind: a.kind, What: what, SourceID: r.ID, SinkIDs: slices.Clone(hits), KnownID: r.SinkID, State: r.State}
	if what == "" || a.yield(f, nil) {
		return nil
	}
	return errEnough
}

// ability finds an optional interface on v or on what v wraps.
func ability[T any](v any) (T, bool) {
	for v != nil {
		if t, ok := v.(T); ok {
			return t, true
		}
		u, ok := v.(interface{ Unwrap() any })
		if !ok {
			break
		}
		v = u.Unwrap()
	}
	var none T
	return none, false
}
