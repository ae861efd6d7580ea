package adcimport

import (
	"context"
	"errors"
	"fmt"
	"iter"
)

// Optional abilities of a [Source], found along a chain of Unwrap() any, as
// http.ResponseController does, so that wrappers do not hide them.
type (
	// CustomerDetailer fills in customers of Partial pages. [ErrNotFound],
	// [ErrDenied], [ErrFilteredOut] and a [*RecordError] concern one customer;
	// any other error ends the run. It is called concurrently.
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
	// Checker is for sources and sinks: is the account usable?
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
	// [*InvalidOptionsError] before anything is written.
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

func notSent(n int) []WriteResult {
	res := make([]WriteResult, n)
	for i := range res {
		res[i].Status = WriteNotSent
	}
	return res
}

// Check asks source and sink whether their accounts can be used. Its
// errors match [ErrNotLinked] and say which end and why, except that a service
// which wants to be left alone is a [*PausedError] or [ErrRateLimited], and an
// end that panics a [*PanicError]. Every start of a run asks it first.
func (imp *Importer) Check(ctx context.Context) error {
	end, err := imp.checkEnds(ctx)
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil {
		return fmt.Errorf("check link %s: %w", imp.cfg.Link, cause)
	}
	_, paused := errors.AsType[*PausedError](err)
	_, panicked := errors.AsType[*PanicError](err)
	if paused || panicked || errors.Is(err, ErrRateLimited) {
		return fmt.Errorf("check link %s: %s: %w", imp.cfg.Link, end, err) // it may well be active
	}
	return fmt.Errorf("check link %s: %s: %w: %w", imp.cfg.Link, end, ErrNotLinked, err)
}

// checkEnds asks both ends, and returns the first error and whose it is.
func (imp *Importer) checkEnds(ctx context.Context) (string, error) {
	ends := []struct {
		name, call string
		end        any
	}{{"source", "Source.Check", imp.cfg.Source}, {"sink", "Sink.Check", imp.cfg.Sink}}
	for _, e := range ends {
		checker, ok := ability[Checker](e.end)
		if !ok {
			continue
		}
		if err := imp.host.do(e.call, func() error { return checker.Check(ctx) }); err != nil {
			return e.name, err
		}
	}
	return "", nil
}
