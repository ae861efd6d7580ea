package adcimport

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/securitytrax/adcimport/internal/engine"
	"github.com/securitytrax/adcimport/internal/fingerprint"
	"github.com/securitytrax/adcimport/internal/matching"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/match"
)

// MatchMode says what becomes of a record that the sink does not find by its Alarm.com
// id, and may have all the same: typed in by hand. It needs a sink that can be asked,
// see [CustomerMatcher] and [UserMatcher]; with another one each record is created, and
// the summary warns of it at the first import of a link.
type MatchMode int

const (
	// MatchPropose creates what is nobody's in the sink, and leaves to a person what may
	// be somebody's: skipped with [ReasonPossibleMatch], with the candidates in the
	// outcome, counted by [Summary.ToReview], listed by [Importer.ToReview], and decided
	// by [Importer.Decide]. Until then it costs nothing in later runs.
	MatchPropose MatchMode = iota
	// MatchLink also links what the rules call certain, at the end of a run that reads the
	// whole account, without filter and Limit, and proposes the rest. See
	// [Config.MatchRules].
	MatchLink
	// MatchOff asks nothing: it makes a second record of whatever was typed in by hand.
	MatchOff
)

func (m MatchMode) String() string {
	switch m {
	case MatchPropose:
		return "propose"
	case MatchLink:
		return "link"
	case MatchOff:
		return "off"
	}
	return fmt.Sprintf("MatchMode(%d)", int(m))
}

// Optional abilities of a [Sink] that has records which carry no Alarm.com id.
type (
	// CustomerMatcher finds customers by what people type, and attaches Alarm.com ids to
	// them.
	CustomerMatcher interface {
		// MatchCustomers returns customers of the sink that one of the records may be, in
		// any order, and leaves the comparing to the importer: everybody with one of the
		// records' phone numbers, e-mail addresses or account numbers, or with its last
		// name or business at its ZIP code, also those that are inactive, deleted or
		// leads, and three at least of many with one phone number. One batch may take
		// twice the requests that FindCustomers takes for it.
		MatchCustomers(ctx context.Context, records []match.Customer) ([]match.CustomerCandidate, error)
		// LinkCustomers attaches an Alarm.com id to customers that have none, and a rep to
		// those without one; nothing else of them changes. It returns one result for each
		// link, as CreateCustomers does: [WriteCreated] where it was attached,
		// [WriteExists] where it was there, [WriteRejected] where the customer is gone or
		// has another Alarm.com id.
		LinkCustomers(ctx context.Context, links []CustomerLink) ([]WriteResult, error)
	}
	// UserMatcher does the same for users, by login names and e-mail addresses. Linking
	// writes the support id alone: no login, right, group or tag, and nobody is mailed.
	UserMatcher interface {
		MatchUsers(ctx context.Context, records []match.User) ([]match.UserCandidate, error)
		LinkUsers(ctx context.Context, links []UserLink) ([]WriteResult, error)
	}
)

// CustomerLink is an Alarm.com id for a customer of the sink.
type CustomerLink struct {
	ID         string // the sink's
	AlarmComID string
	RepID      string // for one that has no rep; empty: none
}

// UserLink is a support id for a user of the sink.
type UserLink struct {
	ID         string // the sink's
	AlarmComID string // the support id
}

// cannotTell warns where the first run of a link, and of a kind, has created what may
// have been typed in by hand.
func (imp *Importer) cannotTell(ctx context.Context, req *request) []string {
	_, able := ability[CustomerMatcher](imp.cfg.Sink)
	if req.kind == KindUser {
		_, able = ability[UserMatcher](imp.cfg.Sink)
	}
	if able || req.opts.Match == MatchOff {
		return nil
	}
	runs := 0
	for _, err := range imp.cfg.Store.Runs(ctx, ledger.RunQuery{Link: imp.cfg.Link, Kind: req.kind, Limit: 2}) {
		if err != nil {
			return nil
		}
		runs++
	}
	if runs > 1 {
		return nil
	}
	return []string{fmt.Sprintf("the sink cannot tell which %ss were typed in by hand before: whoever was is there twice now", req.kind)}
}

// likeCustomers is what the engine needs to recognise customers; nil: they are not to
// be, or cannot.
func (imp *Importer) likeCustomers(mode MatchMode) *engine.Likeness[CustomerRecord] {
	m, ok := ability[CustomerMatcher](imp.cfg.Sink)
	if !ok || mode == MatchOff {
		return nil
	}
	shared, key := matching.NewShared(), imp.hashKey()
	rep := slices.IndexFunc(customerOwnables(), func(f ownable[CustomerRecord]) bool { return f.name == repField })
	ask := asker(imp.host, "Sink.MatchCustomers", customerFacts, m.MatchCustomers)
	return &engine.Likeness[CustomerRecord]{
		Certain: mode == MatchLink,
		Claims:  func() engine.Claims { return claims{imp.judge.NewCustomerClaims(), shared} },
		Ask: func(ctx context.Context, rec *CustomerRecord) error {
			_, _, err := ask(ctx, rec)
			return err
		},
		Print: func(rec *CustomerRecord) string {
			return imp.judge.CustomerPrint(key, customerFacts(rec))
		},
		Weigh: weighing(ask,
			func(c *match.CustomerCandidate) (string, *[]string) { return c.ID, &c.AlarmComIDs },
			func(facts []match.Customer, found []match.CustomerCandidate) []match.Result {
				return imp.judge.Customers(facts, found, shared)
			}),
		Link: func(ctx context.Context, list []engine.Linking[CustomerRecord]) ([]engine.Result, map[string]*engine.Fault, error) {
			links, ids := make([]CustomerLink, len(list)), make([]string, len(list))
			for i, l := range list {
				ids[i], links[i] = l.ID, CustomerLink{ID: l.SinkID, AlarmComID: l.ID}
				if given(fingerprint.Parse(l.Hash), rep) { // the default rep is for new customers
					links[i].RepID = l.Rec.RepID
				}
			}
			link := func(ctx context.Context) ([]WriteResult, error) { return m.LinkCustomers(ctx, links) }
			results, err := called(ctx, imp.host, "Sink.LinkCustomers", len(links), link)
			return written("Sink.LinkCustomers", results, err, ids)
		},
	}
}

// likeUsers does for users what likeCustomers does for customers.
func (imp *Importer) likeUsers(mode MatchMode) *engine.Likeness[UserRecord] {
	m, ok := ability[UserMatcher](imp.cfg.Sink)
	if !ok || mode == MatchOff {
		return nil
	}
	shared, key := matching.NewShared(), imp.hashKey()
	ask := asker(imp.host, "Sink.MatchUsers", userFacts, m.MatchUsers)
	return &engine.Likeness[UserRecord]{
		Certain: mode == MatchLink,
		Claims:  func() engine.Claims { return claims{imp.judge.NewUserClaims(), shared} },
		Ask: func(ctx context.Context, rec *UserRecord) error {
			_, _, err := ask(ctx, rec)
			return err
		},
		Print: func(rec *UserRecord) string {
			return imp.judge.UserPrint(key, userFacts(rec))
		},
		Weigh: weighing(ask,
			func(c *match.UserCandidate) (string, *[]string) { return c.ID, &c.AlarmComIDs },
			func(facts []match.User, found []match.UserCandidate) []match.Result {
				return imp.judge.Users(facts, found, shared)
			}),
		Link: func(ctx context.Context, list []engine.Linking[UserRecord]) ([]engine.Result, map[string]*engine.Fault, error) {
			links, ids := make([]UserLink, len(list)), make([]string, len(list))
			for i, l := range list {
				ids[i], links[i] = l.ID, UserLink{ID: l.SinkID, AlarmComID: l.ID}
			}
			link := func(ctx context.Context) ([]WriteResult, error) { return m.LinkUsers(ctx, links) }
			results, err := called(ctx, imp.host, "Sink.LinkUsers", len(links), link)
			return written("Sink.LinkUsers", results, err, ids)
		},
	}
}

// claims settle by what a listing was weighed with.
type claims struct {
	*matching.Claims

	shared *matching.Shared // nil: it is not known any more
}

func (c claims) Settle(record string, r match.Result) match.Result {
	return c.Claims.Settle(record, r, c.shared)
}

// customerFacts are what is compared of a customer: what would be created.
func customerFacts(r *CustomerRecord) match.Customer {
	return match.Customer{
		ID: r.AlarmComID, FirstName: r.FirstName, LastName: r.LastName, BusinessName: r.BusinessName,
		Phones: []string{r.Phone1}, Emails: []string{r.Email},
		Address:       match.Address{Street1: r.Address1, City: r.City, State: r.State, Zip: r.Zip},
		AccountNumber: r.AccountNumber, ReceiverNumber: r.ReceiverNumber,
	}
}

func userFacts(r *UserRecord) match.User {
	return match.User{ID: r.AlarmComID, FirstName: r.FirstName, LastName: r.LastName, Username: r.Username, Email: r.Email}
}

// owned are the ids that a candidate carries, with that which it has in this run.
func owned(carries []string, id string) []string {
	if id == "" || slices.Contains(carries, id) {
		return carries
	}
	return append(slices.Clone(carries), id)
}

// asker makes what asks the sink who records may be.
func asker[R, F, C any](
	host *hostCode, call string, factsOf func(*R) F, ask func(context.Context, []F) ([]C, error),
) func(context.Context, ...*R) ([]F, []C, error) {
	return func(ctx context.Context, recs ...*R) ([]F, []C, error) {
		facts := make([]F, len(recs))
		for i, rec := range recs {
			facts[i] = factsOf(rec)
		}
		found, err := called(ctx, host, call, len(facts), func(ctx context.Context) ([]C, error) { return ask(ctx, slices.Clone(facts)) })
		return facts, found, err
	}
}

// weighing makes the Weigh of an [engine.Likeness]: it asks the sink who the records may
// be, and judges what it has.
func weighing[R, F, C any](
	ask func(context.Context, ...*R) ([]F, []C, error), of func(*C) (id string, carries *[]string), judge func([]F, []C) []match.Result,
) func(context.Context, []string, []*R, engine.Ours, engine.Owner) (map[string]match.Result, error) {
	var mu sync.Mutex
	return func(ctx context.Context, ids []string, recs []*R, ours engine.Ours, owner engine.Owner) (map[string]match.Result, error) {
		facts, found, err := ask(ctx, recs...)
		if err != nil {
			return nil, err
		}
		for i := range found {
			id, carries := of(&found[i])
			*carries = owned(*carries, owner(id))
		}
		return weighed(ctx, ids, found, ours, of, func(found []C) []match.Result {
			mu.Lock() // a batch is weighed ahead of its turn, beside the one before
			defer mu.Unlock()
			return judge(facts, found)
		})
	}
}

// weighed weighs records against what was found, without what this run has created: it
// asks for those alone that a record may be.
func weighed[C any](
	ctx context.Context, ids []string, found []C, ours engine.Ours,
	of func(*C) (id string, carries *[]string), weigh func([]C) []match.Result,
) (map[string]match.Result, error) {
	asked := make(map[string]bool) // ids of the source; true: this run created it
	for {
		results := weigh(found)
		ask := toAsk(results, found, of, asked)
		if len(ask) == 0 {
			m := make(map[string]match.Result, len(ids))
			for i, id := range ids {
				m[id] = results[i]
			}
			return m, nil
		}
		made, err := ours(ctx, ask)
		if err != nil {
			return nil, err
		}
		maps.Copy(asked, made)
		found = slices.DeleteFunc(slices.Clone(found), func(c C) bool {
			_, carries := of(&c)
			return slices.ContainsFunc(*carries, func(id string) bool { return asked[id] })
		})
	}
}

// toAsk are the ids of the source that the candidates of some results carry, and that
// were not asked for yet.
func toAsk[C any](results []match.Result, found []C, of func(*C) (id string, carries *[]string), asked map[string]bool) (ask []string) {
	seen := make(map[string]bool)
	for _, r := range results {
		for _, c := range r.Candidates {
			seen[c.ID] = true
		}
	}
	for i := range found {
		candidate, carries := of(&found[i])
		if !seen[candidate] {
			continue
		}
		for _, id := range *carries {
			if _, known := asked[id]; !known && id != "" {
				ask, asked[id] = append(ask, id), false
			}
		}
	}
	return ask
}
