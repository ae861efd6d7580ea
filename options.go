package adcimport

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/securitytrax/adcimport/internal/engine"
	"github.com/securitytrax/adcimport/ledger"
)

// Mode says what a run does with records that are done already.
type Mode int

const (
	// CreateOnly leaves known records alone and asks the source nothing about
	// them. A record that is found in the sink is linked.
	CreateOnly Mode = iota
	// Upsert also reads known records again and updates those whose fingerprint
	// changed, where the sink can. It costs one detail per known record.
	Upsert
	// LinkExisting creates nothing: a record that the sink has already is linked,
	// any other is skipped with [ReasonNotInSink] and looked at again by a later
	// run. It costs what CreateOnly does, one detail per record that is not known,
	// but on every run for those that the sink does not have.
	LinkExisting
)

func (m Mode) String() string {
	switch m {
	case CreateOnly:
		return "create-only"
	case Upsert:
		return "upsert"
	case LinkExisting:
		return "link-existing"
	default:
		return fmt.Sprintf("Mode(%d)", int(m))
	}
}

// RunOptions are common to both kinds. The zero value works.
type RunOptions struct {
	Mode            Mode           // what to do with known records
	Match           MatchMode      `json:",omitzero"` // what to do with those that the sink may have without their Alarm.com id
	Limit           int            // at most so many new records, those that the filter does not include not among them; 0: all
	MaxFailures     int            // more end the run as stopped; 0: no limit; -1: none tolerated
	MaxFailureShare float64        // of the records tried, once 100 were; 0: no limit
	OnProgress      func(Progress) `json:"-"` // called after every commit, as Events are

	// RunID names the run, as a job or a form does that may ask twice: at most 64
	// of A-Z, a-z, 0-9, '.', '_' and '-'; empty: Config.NewID does. Where a run of
	// this link with the id, the kind, the filter and the options exists, there is
	// no second one: an ended run is returned as it ended, and any other one goes
	// on. With another filter or other options it is [ErrRunExists].
	RunID string `json:"-"`

	// Labels are the host's own marks on the run: at most 8, with keys of at most
	// 32 and values of at most 64 bytes. They are stored and shown in lists:
	// opaque ids only, nothing personal.
	Labels map[string]string `json:"-"`

	// Decisions are a person's choices about records that the run would leave to one, as
	// a preview showed them. They are stored with the run, and beside those of
	// [Importer.Decide]; one that says nothing, or comes twice, is refused. Of a
	// record that the run leaves to nobody a decision changes nothing.
	Decisions []Decision `json:"-"`
}

// decided are the decisions by record, as a run keeps them.
func (o RunOptions) decided() (map[string]string, error) {
	var all map[string]string
	for _, d := range o.Decisions {
		if _, twice := all[d.SourceID]; twice || d.SourceID == "" || d.Create == (d.LinkTo != "") {
			return nil, &InvalidOptionsError{
				Field: "Decisions", Value: shortened(d.SourceID), Rule: "must each link or create, and name a record once",
			}
		}
		if all == nil {
			all = make(map[string]string)
		}
		if all[d.SourceID] = d.LinkTo; d.Create {
			all[d.SourceID] = ledger.DecisionCreate
		}
	}
	return all, nil
}

// CustomerOptions are applied to the customers of a run. The sink says which are
// required: see [CustomerOptionsChecker].
type CustomerOptions struct {
	RunOptions
	OfficeID     string   // the office location they are assigned to
	DefaultRepID string   // for new customers whose rep is not known there; updates never write it; empty: Default Rep is off
	TagIDs       []string // tags applied
}

// UserOptions are applied to the users of a run.
type UserOptions struct {
	RunOptions
	Active            bool
	CanLogin          bool // the destination mails user name and password, once
	PermissionGroupID string
	Tags              []string // names; applied, and made where missing
}

// leastTime is the shortest time that can be meant: 60 is 60 nanoseconds.
const leastTime = time.Millisecond

// check finds every mistake.
func (c Config) check() error {
	var wrong []error
	refuse := func(field, value, rule string) {
		wrong = append(wrong, &InvalidOptionsError{Field: "Config." + field, Value: value, Rule: rule})
	}
	for _, r := range []struct {
		field   string
		missing bool
	}{{"Link", c.Link == ""}, {"Source", c.Source == nil}, {"Sink", c.Sink == nil}, {"Store", c.Store == nil}} {
		if r.missing {
			refuse(r.field, "", "is required")
		}
	}
	for _, r := range []struct {
		field string
		n     int
	}{{"Concurrency", c.Concurrency}, {"BatchSize", c.BatchSize}, {"RestAfter", c.RestAfter}} {
		if r.n < 0 {
			refuse(r.field, strconv.Itoa(r.n), "must not be negative")
		}
	}
	for _, r := range []struct {
		field string
		d     time.Duration
	}{{"LeaseTTL", c.LeaseTTL}, {"SettleTime", c.SettleTime}, {"MaxPause", c.MaxPause}, {"MaxOutage", c.MaxOutage}} {
		switch {
		case r.d < 0:
			refuse(r.field, r.d.String(), "must not be negative")
		case r.d > 0 && r.d < leastTime:
			refuse(r.field, r.d.String(), "must be a millisecond or more: a number without a unit, as in 60 * time.Second, is nanoseconds")
		}
	}
	if slices.Contains(c.Notifiers, nil) {
		refuse("Notifiers", "", "must not hold nil")
	}
	return errors.Join(wrong...)
}

// check finds every mistake.
func (o RunOptions) check() error {
	var wrong []error
	refuse := func(is bool, field string, value any, rule string) {
		if is {
			wrong = append(wrong, &InvalidOptionsError{Field: field, Value: fmt.Sprint(value), Rule: rule})
		}
	}
	refuse(o.Mode < CreateOnly || o.Mode > LinkExisting, "Mode", int(o.Mode), "must be CreateOnly, Upsert or LinkExisting")
	refuse(o.Match < MatchPropose || o.Match > MatchOff, "Match", int(o.Match), "must be MatchPropose, MatchLink or MatchOff")
	refuse(o.Limit < 0, "Limit", o.Limit, "must not be negative")
	refuse(o.MaxFailures < -1, "MaxFailures", o.MaxFailures, "must be -1, 0 or positive")
	refuse(!(o.MaxFailureShare >= 0 && o.MaxFailureShare <= 1), "MaxFailureShare", o.MaxFailureShare, "must be between 0 and 1")
	refuse(len(o.RunID) > maxRunID || strings.ContainsFunc(o.RunID, notOfRunID), "RunID", o.RunID,
		"must be at most 64 of A-Z, a-z, 0-9, '.', '_' and '-'")
	refuse(len(o.Labels) > maxLabels, "Labels", len(o.Labels), "must be at most 8")
	for _, key := range slices.Sorted(maps.Keys(o.Labels)) { // what they hold is not shown
		value := o.Labels[key]
		refuse(key == "" || len(key) > maxLabelKey || len(value) > maxLabelValue || !plainText(key) || !plainText(value),
			"Labels", key, "must have keys of 1 to 32 bytes and values of at most 64, of UTF-8 text without NUL")
	}
	return errors.Join(wrong...)
}

const (
	maxRunID      = 64
	maxLabels     = 8
	maxLabelKey   = 32
	maxLabelValue = 64
)

func notOfRunID(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-", r)
}

func plainText(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// Choice is an entry of a list that a person chooses from.
type Choice struct{ ID, Name string }

// CustomerChoices are the lists for a customer import. A list that source or
// sink cannot give is empty.
type CustomerChoices struct{ SubDealers, Offices, Reps, CustomerTags []Choice }

// UserChoices are the lists for a user import.
type UserChoices struct{ SubDealers, Roles, PermissionGroups, UserTags []Choice }

// CustomerChoices asks source and sink for the lists that a person chooses from
// before a customer import. Of each list that cannot be had the error has a
// [*ListError], joined; the others are there.
func (imp *Importer) CustomerChoices(ctx context.Context) (CustomerChoices, error) {
	var c CustomerChoices
	ask := asking{host: imp.host}
	if s, ok := ability[SubDealerLister](imp.cfg.Source); ok {
		ask.list(ctx, "SubDealers", "Source.SubDealers", &c.SubDealers, s.SubDealers)
	}
	if s, ok := ability[CustomerSinkLister](imp.cfg.Sink); ok {
		ask.list(ctx, "Offices", "Sink.Offices", &c.Offices, s.Offices)
		ask.list(ctx, "Reps", "Sink.Reps", &c.Reps, s.Reps)
		ask.list(ctx, "CustomerTags", "Sink.CustomerTags", &c.CustomerTags, s.CustomerTags)
	}
	return c, ask.err
}

// UserChoices asks source and sink for the lists that a person chooses from
// before a user import, by the rules of [Importer.CustomerChoices].
func (imp *Importer) UserChoices(ctx context.Context) (UserChoices, error) {
	var c UserChoices
	ask := asking{host: imp.host}
	if s, ok := ability[SubDealerLister](imp.cfg.Source); ok {
		ask.list(ctx, "SubDealers", "Source.SubDealers", &c.SubDealers, s.SubDealers)
	}
	if s, ok := ability[RoleLister](imp.cfg.Source); ok {
		ask.list(ctx, "Roles", "Source.Roles", &c.Roles, s.Roles)
	}
	if s, ok := ability[UserSinkLister](imp.cfg.Sink); ok {
		ask.list(ctx, "PermissionGroups", "Sink.PermissionGroups", &c.PermissionGroups, s.PermissionGroups)
		ask.list(ctx, "UserTags", "Sink.UserTags", &c.UserTags, s.UserTags)
	}
	return c, ask.err
}

// ListError is a list of choices that could not be had. The others were.
type ListError struct {
	List string // as the field of the choices is called, such as SubDealers
	Err  error
}

func (e *ListError) Error() string { return fmt.Sprintf("list %s: %v", e.List, e.Err) }

func (e *ListError) Unwrap() error { return e.Err }

// asking fetches lists, each whatever became of the others.
type asking struct {
	host *hostCode
	err  error
}

func (a *asking) list(ctx context.Context, list, call string, to *[]Choice, from func(context.Context) ([]Choice, error)) {
	choices, err := guarded(a.host, call, func() ([]Choice, error) { return from(ctx) })
	if err != nil {
		a.err = errors.Join(a.err, &ListError{list, err})
		return
	}
	*to = choices
}

// chosen notices when what a run's options name is deleted in the sink while the run is at
// work: that is no record's failure. One goroutine at a time may use it.
type chosen struct {
	fields []string                    // of a record, as the options fill them in
	check  func(context.Context) error // asks the sink about the options
	found  time.Time                   // when all was there
	gone   atomic.Pointer[string]      // what is not
}

// askedAgain is how often the sink is asked at most whether all is there.
const askedAgain = time.Minute

// creates is what makes records in the sink.
type creates[R any] func(ctx context.Context, ids []string, recs []*R) ([]engine.Result, map[string]*engine.Fault, error)

// watch takes back the refusals of creates, which left nothing in the sink, where they
// were for an option that is not there any more: its error ends the run.
func watch[R any](c *chosen, create creates[R]) creates[R] {
	return func(ctx context.Context, ids []string, recs []*R) ([]engine.Result, map[string]*engine.Fault, error) {
		results, faults, err := create(ctx, ids, recs)
		if err != nil || !slices.ContainsFunc(results, c.concerns) {
			return results, faults, err
		}
		if err = c.deleted(ctx); err == nil {
			return results, faults, nil
		}
		for i := range results {
			if c.concerns(results[i]) {
				results[i] = engine.Result{Status: engine.NotSent}
			}
		}
		return results, faults, err
	}
}

// deleted says which options the sink does not have any more. Where it cannot be asked,
// nothing is proved.
func (c *chosen) deleted(ctx context.Context) error {
	if !c.found.IsZero() && time.Since(c.found) < askedAgain {
		return nil
	}
	err := c.check(ctx)
	if err == nil {
		c.found = time.Now()
	}
	if !is[*InvalidOptionsError](err) {
		return nil
	}
	text := shown(err.Error(), maxText)
	c.gone.Store(&text)
	return err
}

// concerns reports whether a refusal may be for an option: it names one, or nothing.
func (c *chosen) concerns(res engine.Result) bool {
	return res.Status == engine.Rejected && refusedFor(res.Fault, c.fields...)
}

// refusedFor reports whether a sink may have refused a record for one of its fields.
func refusedFor(f *engine.Fault, fields ...string) bool {
	if f == nil || f.Reason == ReasonRejectedBySink && len(f.Fields) == 0 {
		return true
	}
	return slices.ContainsFunc(f.Fields, func(e FieldError) bool { return slices.Contains(fields, e.Field) })
}
