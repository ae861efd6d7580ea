package adcimport

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/securitytrax/adcimport/internal/engine"
	"github.com/securitytrax/adcimport/internal/hurry"
)

// Optional abilities of a [Source], found along a chain of Unwrap() any, as
// http.ResponseController does, so that wrappers do not hide them.
type (
	// CustomerDetailer fills in customers of Partial pages. [ErrNotFound],
	// [ErrDenied], [ErrFilteredOut] and a [*RecordError] concern one customer;
	// any other error ends the run. It is called concurrently, also with the range
	// over the listing.
	CustomerDetailer interface {
		CustomerDetail(ctx context.Context, id string) (Customer, error)
	}
	// FilterChecker refuses a filter that can select nothing, as one with an id
	// that the source's ids never look like, with an [*InvalidFilterError]. It is
	// asked before a run or a preview begins, and asks no service.
	FilterChecker interface {
		CheckCustomerFilter(f CustomerFilter) error
		CheckUserFilter(f UserFilter) error
	}
	// SubDealerLister has the sub-dealers to choose from.
	SubDealerLister interface {
		SubDealers(ctx context.Context) ([]Choice, error)
	}
	// RoleLister has the roles to choose from.
	RoleLister interface {
		Roles(ctx context.Context) ([]Choice, error)
	}
	// Checker is for sources and sinks: is the account usable? Where a person waits
	// for it, see [Importer.Check], its context ends within ten seconds.
	Checker interface {
		Check(ctx context.Context) error
	}
	// Warner is for sources and sinks that have something to say about a run
	// that is no failure; the texts go into [Summary.Warnings] and hold nothing
	// personal. It is asked once, when the run ends.
	Warner interface {
		Warnings(ctx context.Context, run RunInfo) []string
	}
)

// Optional abilities of a [Sink], found in the same way.
type (
	// CustomerUpdater updates customers in [Upsert] mode.
	CustomerUpdater interface {
		UpdateCustomers(ctx context.Context, ids []string, recs []CustomerRecord) ([]WriteResult, error)
	}
	// UserUpdater updates users in [Upsert] mode. It never touches the login.
	UserUpdater interface {
		UpdateUsers(ctx context.Context, ids []string, recs []UserRecord) ([]WriteResult, error)
	}
	// RepFinder maps Alarm.com rep logins to the destination's rep ids. A login
	// that is missing from the result has no rep there.
	RepFinder interface {
		FindReps(ctx context.Context, logins []string) (map[string]string, error)
	}
	// CustomerOptionsChecker refuses unknown offices, reps and tags with an
	// [*InvalidOptionsError] before anything is written. It is asked again, once a minute
	// at most, where creates are refused that may be for what was deleted meanwhile.
	CustomerOptionsChecker interface {
		CheckCustomerOptions(ctx context.Context, o CustomerOptions) error
	}
	// UserOptionsChecker does the same for users. A tag that is missing is no
	// error where the sink is a [UserTagMaker].
	UserOptionsChecker interface {
		CheckUserOptions(ctx context.Context, o UserOptions) error
	}
	// UserTagMaker makes the user tags that are missing, each once, also when
	// several ask at the same time. It is asked under the lease, when a run
	// begins to write.
	UserTagMaker interface {
		MakeUserTags(ctx context.Context, names []string) error
	}
	// CustomerValidator names every rule of the destination that a mapped
	// customer breaks, before anything is written; nil: none.
	CustomerValidator interface {
		ValidateCustomer(rec CustomerRecord) []FieldError
	}
	// UserValidator does the same for users.
	UserValidator interface {
		ValidateUser(rec UserRecord) []FieldError
	}
	// AbsenceProver says whether an empty result of Find proves that the record
	// was not created. A sink that keeps no Alarm.com id returns false; its
	// in-doubt records end as failed/in_doubt and are never created again by
	// themselves. Without this ability it is taken to be true.
	AbsenceProver interface {
		ProvesAbsence(k Kind) bool
	}
	// CustomerTracer looks for what a create may have made without the Alarm.com id:
	// customers whose name, phone and address are those of the record, as written. It
	// is asked for customers in doubt that Find does not find, before one is created
	// once more; what it finds is never linked, and waits for a person. It maps
	// Alarm.com id to destination ids.
	CustomerTracer interface {
		TraceCustomers(ctx context.Context, recs []CustomerRecord) (map[string][]string, error)
	}
	// CustomerSinkLister has the lists a host offers for customers.
	CustomerSinkLister interface {
		Offices(ctx context.Context) ([]Choice, error)
		Reps(ctx context.Context) ([]Choice, error)
		CustomerTags(ctx context.Context) ([]Choice, error)
	}
	// UserSinkLister has the lists a host offers for users.
	UserSinkLister interface {
		PermissionGroups(ctx context.Context) ([]Choice, error)
		UserTags(ctx context.Context) ([]Choice, error)
	}
)

// ability finds an optional interface on v or on what v wraps.
func ability[T any](v any) (T, bool) {
	for v != nil {
		if t, ok := v.(T); ok {
			return t, true
		}
		v = unwrapped(v)
	}
	var none T
	return none, false
}

// unwrapped is what v wraps; nil: nothing.
func unwrapped(v any) any {
	if u, ok := v.(interface{ Unwrap() any }); ok {
		return u.Unwrap()
	}
	return nil
}

// CustomersOnly makes a [Source] of a customer source. An importer refuses runs
// of users over it, and over what unwraps to it, before they begin, with
// [errors.ErrUnsupported].
func CustomersOnly(s CustomerSource) Source { return customersOnly{s} }

// UsersOnly makes a [Source] of a user source, as [CustomersOnly] does of a
// customer source.
func UsersOnly(s UserSource) Source { return usersOnly{s} }

// CustomersOnlySink makes a [Sink] of a customer sink. An importer refuses runs
// of users over it, and over what unwraps to it, before they begin, with
// [errors.ErrUnsupported].
func CustomersOnlySink(s CustomerSink) Sink { return customersOnlySink{s} }

// UsersOnlySink makes a [Sink] of a user sink, as [CustomersOnlySink] does of a
// customer sink.
func UsersOnlySink(s UserSink) Sink { return usersOnlySink{s} }

type customersOnly struct{ CustomerSource }

func (o customersOnly) Unwrap() any { return o.CustomerSource }

func (customersOnly) lacks() Kind { return KindUser }

func (customersOnly) Users(context.Context, UserFilter, Cursor) iter.Seq2[Page[User], error] {
	return unsupportedPages[User]("list users")
}

type usersOnly struct{ UserSource }

func (o usersOnly) Unwrap() any { return o.UserSource }

func (usersOnly) lacks() Kind { return KindCustomer }

func (usersOnly) Customers(context.Context, CustomerFilter, Cursor) iter.Seq2[Page[Customer], error] {
	return unsupportedPages[Customer]("list customers")
}

type customersOnlySink struct{ CustomerSink }

func (o customersOnlySink) Unwrap() any { return o.CustomerSink }

func (customersOnlySink) lacks() Kind { return KindUser }

func (customersOnlySink) FindUsers(context.Context, []UserKey) (map[string][]string, error) {
	return nil, unsupported("find users")
}

func (customersOnlySink) CreateUsers(_ context.Context, recs []UserRecord) ([]WriteResult, error) {
	return notSent(len(recs)), unsupported("create users")
}

type usersOnlySink struct{ UserSink }

func (o usersOnlySink) Unwrap() any { return o.UserSink }

func (usersOnlySink) lacks() Kind { return KindCustomer }

func (usersOnlySink) FindCustomers(context.Context, []CustomerKey) (map[string][]string, error) {
	return nil, unsupported("find customers")
}

func (usersOnlySink) CreateCustomers(_ context.Context, recs []CustomerRecord) ([]WriteResult, error) {
	return notSent(len(recs)), unsupported("create customers")
}

// half is an end that has one kind only.
type half interface{ lacks() Kind }

// hasKind refuses a kind that source or sink was made without.
func (imp *Importer) hasKind(k Kind) error {
	for _, e := range []struct {
		name string
		end  any
	}{{"source", imp.cfg.Source}, {"sink", imp.cfg.Sink}} {
		for end := e.end; end != nil; end = unwrapped(end) {
			if h, ok := end.(half); ok && h.lacks() == k {
				return fmt.Errorf("import %ss: the %s is of one kind and has none: %w", k, e.name, errors.ErrUnsupported)
			}
		}
	}
	return nil
}

func unsupported(what string) error { return fmt.Errorf("%s: %w", what, errors.ErrUnsupported) }

func unsupportedPages[T any](what string) iter.Seq2[Page[T], error] {
	return func(yield func(Page[T], error) bool) { yield(Page[T]{}, unsupported(what)) }
}

// checkTime is how long Check takes, at most.
const checkTime = 10 * time.Second

var errCheckTime = errors.New("no reply in time")

// Check asks source and sink at once whether their accounts can be used: each once,
// ahead of whatever runs have to ask, and for ten seconds at most. The error says
// which end, and why, of both if need be. It matches [ErrNotLinked] where a person
// must do something: the link is not active, the login is refused, there is no such
// host or page, its certificate is not trusted, a proxy is in the way. What passes
// by itself does not: a service that is busy or away, or wants to be left alone, as
// [*PausedError] or [ErrRateLimited] say. A [*CallError] in it has the cause as a code.
//
// Every start of a run asks it first, and is refused where a person must do
// something. Else the run begins, and waits for what passes, up to [Config.MaxPause].
//
// What else a person should know is in the log: a wrapper around source or sink that
// hides what it can do. Each summary warns of that too.
func (imp *Importer) Check(ctx context.Context) error {
	for _, remark := range imp.hidden {
		imp.cfg.Logger.WarnContext(ctx, "an end of the link is wrapped", slog.String("link", imp.cfg.Link), slog.String("remark", remark))
	}
	limit := checkTime
	if deadline, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(deadline)*9/10) // to have a word with the caller
	}
	asked, cancel := context.WithTimeoutCause(hurry.With(ctx), limit, errCheckTime)
	defer cancel()
	failed := imp.checkEnds(asked)
	if len(failed) == 0 {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil {
		return fmt.Errorf("check link %s: %w", imp.cfg.Link, cause)
	}
	lasting := false
	for _, f := range failed {
		lasting = lasting || lasts(f.err)
	}
	err := joinEnds(failed)
	if lasting {
		err = &unusable{err}
	}
	return fmt.Errorf("check link %s: %w", imp.cfg.Link, err)
}

// unusable is an error of a link that a person must do something about. It is
// [ErrNotLinked], and says why, which need not be that the link is not active.
type unusable struct{ error }

func (e *unusable) Is(target error) bool { return target == ErrNotLinked }
func (e *unusable) Unwrap() error        { return e.error }

// lasts reports whether a person must do something about what a check failed with.
func lasts(err error) bool {
	_, paused := errors.AsType[*PausedError](err)
	_, panicked := errors.AsType[*PanicError](err)
	if paused || panicked || errors.Is(err, ErrRateLimited) {
		return false
	}
	for _, lasting := range []error{ErrNotLinked, ErrAuth, ErrDenied, ErrNotFound, errors.ErrUnsupported} {
		if errors.Is(err, lasting) {
			return true
		}
	}
	_, says := errors.AsType[*CallError](err)
	return !says || !mayPass(err)
}

// endFailure is what one end failed a check with.
type endFailure struct {
	end string // source or sink
	err error
}

func joinEnds(failed []endFailure) error {
	if len(failed) == 0 {
		return nil
	}
	err := fmt.Errorf("%s: %w", failed[0].end, failed[0].err)
	for _, f := range failed[1:] {
		err = fmt.Errorf("%w; %s: %w", err, f.end, f.err)
	}
	return err
}

// checkEnds asks both ends at once, and waits for both.
func (imp *Importer) checkEnds(ctx context.Context) []endFailure {
	failed := []endFailure{{end: "source"}, {end: "sink"}}
	var asking sync.WaitGroup
	ask := func(f *endFailure, call string, end any) {
		checker, ok := ability[Checker](end)
		if !ok {
			return
		}
		asking.Go(func() {
			f.err = imp.host.do(call, func() error { return checker.Check(ctx) })
			if cause := context.Cause(ctx); f.err != nil && errors.Is(cause, errCheckTime) {
				f.err = &CallError{End: f.end, Operation: call, Code: "timeout", Err: cause}
			}
		})
	}
	ask(&failed[0], "Source.Check", imp.cfg.Source)
	ask(&failed[1], "Sink.Check", imp.cfg.Sink)
	asking.Wait()
	return slices.DeleteFunc(failed, func(f endFailure) bool { return f.err == nil })
}

// checkStart checks the link and the options before a run begins. The run waits for
// what passes: it is checked under the lease.
func (imp *Importer) checkStart(ctx context.Context, req *request) error {
	err := imp.Check(ctx)
	if err == nil {
		// Tags are made under the lease, later: two hosts may start at once.
		if err = req.check(ctx, true); err == nil {
			return nil
		}
		err = fmt.Errorf("check the options: %w", err)
	}
	_, paused := errors.AsType[*PausedError](err)
	passes := paused || errors.Is(err, ErrRateLimited) || mayPass(err)
	if ctx.Err() != nil || errors.Is(err, ErrNotLinked) || !passes {
		return err
	}
	imp.cfg.Logger.WarnContext(ctx, "import run will wait for its link", slog.Any("error", err))
	req.late = true
	return nil
}

// checkLate checks the same under the lease, of a run that goes on, or that waits for
// what passes.
func (imp *Importer) checkLate(ctx context.Context, runID string, req *request) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	err := joinEnds(imp.checkEnds(ctx))
	if err == nil {
		err = req.check(ctx, true)
	}
	if err == nil {
		return nil
	}
	_, invalid := errors.AsType[*InvalidOptionsError](err)
	_, panicked := errors.AsType[*PanicError](err)
	lasts := invalid || panicked
	for _, lasting := range []error{ErrNotLinked, ErrAuth, ErrDenied, ErrNotFound, errors.ErrUnsupported} {
		lasts = lasts || errors.Is(err, lasting)
	}
	if lasts {
		return fmt.Errorf("check link and options of run %s: %w", runID, err)
	}
	return fmt.Errorf("check link and options of run %s: %w: %w", runID, engine.ErrNotReady, err)
}
