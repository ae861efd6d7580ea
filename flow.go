package adcimport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/securitytrax/adcimport/internal/engine"
	"github.com/securitytrax/adcimport/internal/inclusion"
	"github.com/securitytrax/adcimport/internal/optional"
)

// What a source and a sink say, in the engine's words.

// listing is a source's pages. It ends.
func listing[S any](pages iter.Seq2[Page[S], error], from Cursor, id func(*S) string) iter.Seq2[engine.Page[S], error] {
	return engine.Ending(func(yield func(engine.Page[S], error) bool) {
		for page, err := range pages {
			if !yield(engine.Page[S](page), err) {
				return
			}
		}
	}, from, id)
}

func (imp *Importer) findCustomers(
	ctx context.Context, ids []string, recs []*CustomerRecord,
) (map[string][]string, map[string]*engine.Fault, error) {
	keys := make([]CustomerKey, len(ids))
	for i, id := range ids {
		keys[i] = CustomerKey{ID: id, Record: *recs[i]}
	}
	hits, err := imp.cfg.Sink.FindCustomers(ctx, keys)
	return found(hits, err, ids)
}

// customerDetail asks a source for one customer, in a run that includes in.
func (imp *Importer) customerDetail(d CustomerDetailer, in Include) func(context.Context, string) (Customer, *engine.Fault, error) {
	return func(ctx context.Context, id string) (Customer, *engine.Fault, error) {
		ctx = inclusion.With(ctx, inclusion.Accounts(in))
		detail := func(ctx context.Context) (Customer, error) { return d.CustomerDetail(ctx, id) }
		return detailOf(called(ctx, imp.host, "Source.CustomerDetail", 1, detail))
	}
}

// detailOf is what a source says of one record: what concerns that one alone is
// its fault.
func detailOf[S any](src S, err error) (S, *engine.Fault, error) {
	if err == nil {
		return src, nil, nil
	}
	record, single := errors.AsType[*RecordError](err)
	if single && (record.Reason == "" || record.Reason == ReasonSourceFailed) {
		if _, says := errors.AsType[*CallError](record.Err); says && doubtful(record.Err) {
			return src, nil, record.Err // a call that failed: whether it is the record's failure remains to be seen
		}
	}
	_, panicked := errors.AsType[*PanicError](err)
	var reason Reason
	switch {
	case errors.Is(err, ErrFilteredOut):
		reason = ReasonFilteredOut
	case errors.Is(err, ErrNotFound):
		reason = ReasonSourceNotFound
	case errors.Is(err, ErrDenied):
		reason = ReasonSourceDenied
	case single, panicked:
		reason = ReasonSourceFailed
	default:
		return src, nil, err
	}
	if !single {
		record = &RecordError{}
	}
	fault := engine.NewFault(record.Reason, record.Fields, reason)
	fault.Err = err
	return src, fault, nil
}

// found is what a sink's look-up says.
func found(hits map[string][]string, err error, ids []string) (map[string][]string, map[string]*engine.Fault, error) {
	faults, err := recordFaults(err, ids)
	return hits, faults, err
}

// written is what a sink's write says.
func written(call string, results []WriteResult, err error, ids []string) ([]engine.Result, map[string]*engine.Fault, error) {
	faults, err := recordFaults(err, ids)
	list := make([]engine.Result, len(results))
	for i, res := range results {
		list[i] = engine.Result{Status: statusOf(res.Status), ID: res.ID}
		if res.Status == WriteRejected {
			// A sink's sentinels, such as ErrNotFound of an office, are not the source's.
			record, ok := errors.AsType[*RecordError](res.Err)
			if !ok {
				record = &RecordError{}
			}
			list[i].Fault = engine.NewFault(record.Reason, record.Fields, ReasonRejectedBySink)
			list[i].Fault.Err = ofEnd(call, cmp.Or(res.Err, errRefused))
		}
	}
	return list, faults, err
}

// updated is what a sink's update says; cleared has the fields that the ith record has
// emptied.
func updated(
	call string, results []WriteResult, err error, ids []string, cleared func(i int) []string,
) ([]engine.Result, map[string]*engine.Fault, error) {
	list, faults, err := written(call, results, err, ids)
	for i := range list[:min(len(list), len(ids))] {
		for _, field := range cleared(i) {
			if !slices.Contains(results[i].Cleared, field) {
				list[i].Kept = append(list[i].Kept, field)
			}
		}
	}
	return list, faults, err
}

// madeIDs are the ids of the sink that its latest creates gave, so that two records with
// one are noticed. Its zero value is ready; one goroutine at a time may use it.
type madeIDs struct {
	of      map[string]struct{}
	order   []string // the same, the oldest at next once there are so many
	next    int
	doubled atomic.Bool // two records had one id
}

// manyMade bounds them: what gives an id twice does so soon.
const manyMade = 10_000

// written is what a sink's creates say.
func (m *madeIDs) written(call string, results []WriteResult, err error, ids []string) ([]engine.Result, map[string]*engine.Fault, error) {
	list, faults, err := written(call, results, err, ids)
	m.check(list)
	return list, faults, err
}

// check makes a create in doubt that gave the id of another record: which of the two is
// there, the sink's look-up tells.
func (m *madeIDs) check(results []engine.Result) {
	for i := range results {
		r := &results[i]
		if r.Status != engine.Written || r.ID == "" {
			continue
		}
		if _, ok := m.of[r.ID]; ok {
			m.doubled.Store(true)
			*r = engine.Result{Status: engine.Unknown}
			continue
		}
		m.add(r.ID)
	}
}

func (m *madeIDs) add(id string) {
	if m.of == nil {
		m.of = make(map[string]struct{})
	}
	m.of[id] = struct{}{}
	if len(m.order) < manyMade {
		m.order = append(m.order, id)
		return
	}
	delete(m.of, m.order[m.next])
	m.order[m.next] = id
	m.next = (m.next + 1) % manyMade
}

// said is what there is to say of a run besides what its ends say.
func (p *request) said() []string {
	var texts []string
	if p.unlinked != nil && p.unlinked.Load() {
		texts = append(texts, "customers have sales reps, and nothing finds these: the sink is no RepFinder")
	}
	if p.chosen != nil {
		if gone := p.chosen.gone.Load(); gone != nil {
			texts = append(texts, *gone)
		}
	}
	if p.made != nil && p.made.doubled.Load() {
		texts = append(texts, doubledIDs)
	}
	if p.lateReps != nil && p.lateReps.Load() {
		texts = append(texts, lateRepsUnlinked)
	}
	return texts
}

const doubledIDs = "the sink said of several records that it made them under one id: all but the first are in doubt"

var errNoReply = errors.New("no reply")

// errRefused stands for the words of a sink that had none.
var errRefused = errors.New("refused")

func statusOf(s WriteStatus) engine.Status {
	switch s {
	case WriteCreated:
		return engine.Written
	case WriteExists:
		return engine.Exists
	case WriteRejected:
		return engine.Rejected
	case WriteNotSent:
		return engine.NotSent
	case WriteUnknown:
	}
	return engine.Unknown
}

// recordFaults takes the errors of a sink that concern single records of ids out
// of err; rest is what concerns all.
func recordFaults(err error, ids []string) (faults map[string]*engine.Fault, rest error) {
	single, rest := recordErrors(err, ids)
	if len(single) == 0 {
		return nil, rest
	}
	faults = make(map[string]*engine.Fault, len(single))
	for id, e := range single {
		faults[id] = engine.NewFault(e.Reason, e.Fields, ReasonRejectedBySink)
	}
	return faults, rest
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

// The optional abilities of both ends, and what makes an end, for package optional.

func sourceAbilities() (ends, list []reflect.Type) {
	return []reflect.Type{reflect.TypeFor[CustomerSource](), reflect.TypeFor[UserSource]()}, []reflect.Type{
		reflect.TypeFor[CustomerDetailer](), reflect.TypeFor[FilterChecker](), reflect.TypeFor[SubDealerLister](),
		reflect.TypeFor[RoleLister](), reflect.TypeFor[Checker](), reflect.TypeFor[Warner](),
	}
}

func sinkAbilities() (ends, list []reflect.Type) {
	return []reflect.Type{reflect.TypeFor[CustomerSink](), reflect.TypeFor[UserSink]()}, []reflect.Type{
		reflect.TypeFor[CustomerUpdater](), reflect.TypeFor[UserUpdater](), reflect.TypeFor[CustomerReader](), reflect.TypeFor[UserReader](),
		reflect.TypeFor[RepFinder](),
		reflect.TypeFor[CustomerOptionsChecker](), reflect.TypeFor[UserOptionsChecker](), reflect.TypeFor[UserTagMaker](),
		reflect.TypeFor[CustomerValidator](), reflect.TypeFor[UserValidator](), reflect.TypeFor[AbsenceProver](),
		reflect.TypeFor[CustomerTracer](), reflect.TypeFor[CustomerMatcher](), reflect.TypeFor[UserMatcher](),
		reflect.TypeFor[CustomerSinkLister](), reflect.TypeFor[UserSinkLister](),
		reflect.TypeFor[Checker](), reflect.TypeFor[Warner](),
	}
}

// able says in the log what both ends can do.
func (c Config) able() []slog.Attr {
	_, ofSource := sourceAbilities()
	_, ofSink := sinkAbilities()
	return []slog.Attr{
		slog.String("source_abilities", strings.Join(optional.Of(c.Source, ofSource), ",")),
		slog.String("sink_abilities", strings.Join(optional.Of(c.Sink, ofSink), ",")),
	}
}

// hides names the abilities that wrappers hide, which may well be a mistake.
func (c Config) hides() (remarks []string) {
	say := func(end string, v any, ends, list []reflect.Type) {
		if hidden := optional.Hidden(v, ends, list); len(hidden) > 0 {
			remarks = append(remarks, fmt.Sprintf("the %s wraps one whose abilities it hides, for want of a method Unwrap() any: %s",
				end, strings.Join(hidden, ", ")))
		}
	}
	ends, list := sourceAbilities()
	say("source", c.Source, ends, list)
	ends, list = sinkAbilities()
	say("sink", c.Sink, ends, list)
	return remarks
}

// unable says what a run is asked for that the sink cannot do, and does not refuse.
func (imp *Importer) unable(req *request) (remarks []string) {
	say := func(asked, able bool, text string) {
		if asked && !able {
			remarks = append(remarks, text)
		}
	}
	upsert := req.opts.Mode == Upsert
	switch o := req.options.(type) {
	case CustomerOptions:
		_, checks := ability[CustomerOptionsChecker](imp.cfg.Sink)
		say(o.OfficeID != "" || o.DefaultRepID != "" || len(o.TagIDs) > 0, checks,
			"nothing checks office, default rep and tags: the sink is no CustomerOptionsChecker")
		_, updates := ability[CustomerUpdater](imp.cfg.Sink)
		say(upsert, updates, "no customer is updated: the sink is no CustomerUpdater")
	case UserOptions:
		_, checks := ability[UserOptionsChecker](imp.cfg.Sink)
		say(o.PermissionGroupID != "" || len(o.Tags) > 0, checks,
			"nothing checks permission group and tags: the sink is no UserOptionsChecker")
		_, updates := ability[UserUpdater](imp.cfg.Sink)
		say(upsert, updates, "no user is updated: the sink is no UserUpdater")
	}
	return remarks
}

// values copies records for a sink, which may do with them what it likes.
func values[R any](recs []*R) []R {
	out := make([]R, len(recs))
	for i, r := range recs {
		out[i] = *r
	}
	return out
}

// provesAbsence reports whether a record that the sink does not find was never
// created there.
func (imp *Importer) provesAbsence(k Kind) (bool, error) {
	p, ok := ability[AbsenceProver](imp.cfg.Sink)
	if !ok {
		return true, nil
	}
	return guarded(imp.host, "Sink.ProvesAbsence", func() (bool, error) { return p.ProvesAbsence(k), nil })
}

// notSent is the result of a write that was never begun.
func notSent(n int) []WriteResult {
	res := make([]WriteResult, n)
	for i := range res {
		res[i].Status = WriteNotSent
	}
	return res
}
