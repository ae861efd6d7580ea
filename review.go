package adcimport

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/securitytrax/adcimport/internal/engine"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/match"
)

// Review is a record that waits for a person: it may be one of its candidates.
type Review struct {
	SourceID   string          // Alarm.com's id
	Since      time.Time       // by the store's clock
	Candidates []match.Weighed // the likeliest first; ids and evidence, no values
	LinkTo     string          // what was decided, and the next run does: the sink's id to link to
	Create     bool            // or that it is none of these, and is created
}

// Decision is a person's word on a record that waits: LinkTo or Create; neither takes
// back what was decided and not done yet.
type Decision struct {
	SourceID string
	LinkTo   string // the sink's id of one of its candidates
	Create   bool   // it is none of them
}

// DecisionError says that a decision cannot be taken. It matches [ErrNotFound] where the
// record does not wait for one.
type DecisionError struct {
	SourceID string
	Rule     string // what is wrong with it
	Err      error
}

func (e *DecisionError) Error() string { return fmt.Sprintf("decide on %s: %s", e.SourceID, e.Rule) }

func (e *DecisionError) Unwrap() error { return e.Err }

// ToReview yields the records of a kind that wait for a person, those that have waited
// longest, first. A candidate that another one of them may be as well says so.
func (imp *Importer) ToReview(ctx context.Context, k Kind) iter.Seq2[Review, error] {
	return func(yield func(Review, error) bool) {
		claims, err := imp.claims(ctx, k)
		if err != nil {
			yield(Review{}, err)
			return
		}
		for r, err := range imp.undecided(ctx, k) {
			if err != nil {
				yield(Review{}, err)
				return
			}
			decision := engine.DecisionOf(&r)
			v := Review{SourceID: r.ID, Since: r.Since, Create: decision == ledger.DecisionCreate}
			v.Candidates = claims.Settle(r.ID, engine.ResultOf(&r)).Candidates
			if !v.Create {
				v.LinkTo = decision
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}

// undecided lists the records of a kind that wait for a person.
func (imp *Importer) undecided(ctx context.Context, k Kind) iter.Seq2[ledger.Record, error] {
	return func(yield func(ledger.Record, error) bool) {
		q := ledger.Query{States: []ledger.RecordState{ledger.StateReview}}
		for r, err := range imp.cfg.Store.List(ctx, imp.scope(k), q) {
			if err != nil {
				err = fmt.Errorf("list the %ss to review: %w", k, err)
			}
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// claims has whom the records may be that wait: ids alone.
func (imp *Importer) claims(ctx context.Context, k Kind) (claims, error) {
	c := claims{Claims: imp.judge.NewCustomerClaims()}
	if k == KindUser {
		c.Claims = imp.judge.NewUserClaims()
	}
	for r, err := range imp.undecided(ctx, k) {
		if err != nil {
			return c, err
		}
		c.Add(r.ID, engine.ClaimOf(&r))
	}
	return c, nil
}

// Decide stores what people decided about records that wait, also while a run is at
// work: the next run does it. Either all decisions are stored, or none: the error
// joins a [*DecisionError] for each that cannot be.
func (imp *Importer) Decide(ctx context.Context, k Kind, decisions ...Decision) error {
	if len(decisions) == 0 {
		return nil
	}
	ids := make([]string, len(decisions))
	for i, d := range decisions {
		ids[i] = d.SourceID
	}
	records, err := imp.cfg.Store.Records(ctx, imp.scope(k), "", ids)
	if err != nil {
		return fmt.Errorf("decide on %ss: %w", k, err)
	}
	taken := make(map[string]string) // candidate -> record
	for r, err := range imp.undecided(ctx, k) {
		if err != nil {
			return fmt.Errorf("decide on %ss: %w", k, err)
		}
		if d := engine.DecisionOf(&r); d != "" && d != ledger.DecisionCreate && !slices.Contains(ids, r.ID) {
			taken[d] = r.ID
		}
	}
	var wrong []error
	amend := make([]ledger.Amendment, len(decisions))
	for i, d := range decisions {
		r := records[d.SourceID]
		if e := d.check(r.State == ledger.StateReview, engine.ResultOf(&r).Candidates, slices.Index(ids, d.SourceID) < i, taken); e != nil {
			wrong = append(wrong, e)
		}
		if amend[i] = (ledger.Amendment{ID: d.SourceID, Op: ledger.AmendDecide, Decision: d.LinkTo}); d.Create {
			amend[i].Decision = ledger.DecisionCreate
		}
		if d.LinkTo != "" {
			taken[d.LinkTo] = d.SourceID
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return err
	}
	if err := imp.cfg.Store.Amend(ctx, imp.scope(k), amend); err != nil {
		return fmt.Errorf("decide on %ss: %w", k, err)
	}
	return nil
}

// check is what is wrong with a decision; nil: nothing.
func (d Decision) check(asked bool, candidates []match.Weighed, twice bool, taken map[string]string) error {
	refuse := func(rule string, err error) error { return &DecisionError{d.SourceID, rule, err} }
	is := func(c match.Weighed) bool { return c.ID == d.LinkTo }
	switch {
	case !asked:
		return refuse("it does not wait for a decision", ErrNotFound)
	case twice:
		return refuse("it is there twice", nil)
	case d.Create && d.LinkTo != "":
		return refuse("it cannot both be created and be linked to "+d.LinkTo, nil)
	case d.LinkTo != "" && !slices.ContainsFunc(candidates, is):
		return refuse(d.LinkTo+" is none of its candidates", nil)
	case d.LinkTo != "" && taken[d.LinkTo] != "":
		return refuse(fmt.Sprintf("%s was chosen for %s", d.LinkTo, taken[d.LinkTo]), nil)
	}
	return nil
}

func (imp *Importer) scope(k Kind) ledger.Scope {
	return ledger.Scope{Account: imp.cfg.SinkAccount, Kind: k}
}

// CustomerComparison is a customer that waits, beside its candidates, both as they are
// now. It holds personal data: it is for whoever may see them, and is neither stored nor
// logged.
type CustomerComparison struct {
	Customer   match.Customer            // as it would be created
	Candidates []match.CustomerCandidate // those of Result that are still there
	Result     match.Result              // as of now
}

// UserComparison is the same of a user.
type UserComparison struct {
	User       match.User
	Candidates []match.UserCandidate
	Result     match.Result
}

// CustomerCandidates reads one customer from the source, and from the sink whom it may
// be, for a person who decides. It writes nothing. It fails with [ErrNotFound] where the
// source does not have the customer, and with [errors.ErrUnsupported] where the sink is
// no [CustomerMatcher].
func (imp *Importer) CustomerCandidates(ctx context.Context, id string) (CustomerComparison, error) {
	m, ok := ability[CustomerMatcher](imp.cfg.Sink)
	if !ok {
		return CustomerComparison{}, fmt.Errorf("candidates of customer %s: the sink is no CustomerMatcher: %w", id, errors.ErrUnsupported)
	}
	c, err := imp.readCustomer(ctx, id)
	if err != nil {
		return CustomerComparison{}, fmt.Errorf("candidates of customer: %w", err)
	}
	rec := CustomerRecord{AlarmComID: c.ID}
	engine.CleanText(&c)
	imp.customers.Begin().Apply(&c, &rec)
	cmp := CustomerComparison{Customer: customerFacts(&rec)}
	facts := []match.Customer{cmp.Customer}
	found, err := guarded(imp.host, "Sink.MatchCustomers", func() ([]match.CustomerCandidate, error) { return m.MatchCustomers(ctx, facts) })
	if err != nil {
		return CustomerComparison{}, fmt.Errorf("candidates of customer %s: %w", id, err)
	}
	cmp.Result = imp.judge.Customers(facts, found, nil)[0]
	cmp.Candidates = weighedOnes(cmp.Result, found, func(c *match.CustomerCandidate) string { return c.ID })
	return cmp, nil
}

// UserCandidates does for a user what [Importer.CustomerCandidates] does for a customer.
func (imp *Importer) UserCandidates(ctx context.Context, id string) (UserComparison, error) {
	m, ok := ability[UserMatcher](imp.cfg.Sink)
	if !ok {
		return UserComparison{}, fmt.Errorf("candidates of user %s: the sink is no UserMatcher: %w", id, errors.ErrUnsupported)
	}
	u, err := imp.readUser(ctx, id)
	if err != nil {
		return UserComparison{}, fmt.Errorf("candidates of user: %w", err)
	}
	rec := UserRecord{AlarmComID: u.ID}
	engine.CleanText(&u)
	imp.users.Begin().Apply(&u, &rec)
	cmp := UserComparison{User: userFacts(&rec)}
	facts := []match.User{cmp.User}
	found, err := guarded(imp.host, "Sink.MatchUsers", func() ([]match.UserCandidate, error) { return m.MatchUsers(ctx, facts) })
	if err != nil {
		return UserComparison{}, fmt.Errorf("candidates of user %s: %w", id, err)
	}
	cmp.Result = imp.judge.Users(facts, found, nil)[0]
	cmp.Candidates = weighedOnes(cmp.Result, found, func(c *match.UserCandidate) string { return c.ID })
	return cmp, nil
}

// weighedOnes are the candidates of a result, in its order.
func weighedOnes[C any](r match.Result, found []C, id func(*C) string) []C {
	var list []C
	for _, w := range r.Candidates {
		if at := slices.IndexFunc(found, func(c C) bool { return id(&c) == w.ID }); at >= 0 {
			list = append(list, found[at])
		}
	}
	return list
}

// likeness is what a preview found to be in the sink without an Alarm.com id.
type likeness struct {
	matched  map[string]string          // the sink's ids of what it would link, or "create" for what it would create after all
	proposed map[string][]match.Weighed // what it would leave to a person
}

func (l *likeness) add(o *Outcome) {
	_, waited := l.proposed[o.SourceID]
	settle := func(to string) {
		if l.matched == nil {
			l.matched = make(map[string]string)
		}
		l.matched[o.SourceID] = to
		delete(l.proposed, o.SourceID)
	}
	switch {
	case o.Reason == ReasonMatched:
		settle(o.SinkID)
	case o.Action == ActionCreated && waited: // nothing was left of it at the listing's end
		settle(ledger.DecisionCreate)
	case o.Reason == ReasonPossibleMatch:
		if l.proposed == nil {
			l.proposed = make(map[string][]match.Weighed)
		}
		l.proposed[o.SourceID] = o.Candidates
	}
}

// decide is what a run is to do, by the sink's ids or ledger.DecisionCreate.
func (l *likeness) decide(decisions []Decision) (map[string]string, error) {
	decided, taken := maps.Clone(l.matched), make(map[string]string)
	for id, to := range l.matched {
		if to != ledger.DecisionCreate {
			taken[to] = id
		}
	}
	var wrong []error
	for _, d := range decisions {
		_, twice := decided[d.SourceID]
		candidates, asked := l.proposed[d.SourceID]
		err := d.check(asked, candidates, twice, taken)
		if err == nil && !d.Create && d.LinkTo == "" {
			err = &DecisionError{d.SourceID, "it says nothing", nil}
		}
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		if decided == nil {
			decided = make(map[string]string)
		}
		if decided[d.SourceID] = d.LinkTo; d.Create {
			decided[d.SourceID] = ledger.DecisionCreate
		} else {
			taken[d.LinkTo] = d.SourceID
		}
	}
	return decided, errors.Join(wrong...)
}
