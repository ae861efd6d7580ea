// Package audit compares three sides of a link: what Alarm.com has, what the ledger
// knows, and what SecurityTrax has. It only reads, and writes what differs as it finds
// it:
//
//	err := audit.WriteCSV(w, audit.Customers(ctx, audit.Config{
//		Link: "dealer-1", Source: source, Sink: sink, Store: store,
//	}))
//
// What it yields holds ids and codes, nothing personal. It needs no lease: what a run
// changes meanwhile may show as a difference, so that it is best asked when no import
// of the link is at work.
//
// It costs one listing of the source, of customers two, one look-up in the store and one in the sink for
// each hundred records, one more of both for each hundred that Alarm.com has no more,
// and one read of SecurityTrax for each record that is not found by its Alarm.com id.
// With [Config.Details] it costs a preview in Upsert mode besides: another listing,
// and of customers one detail each. It keeps about 40 bytes for each record.
package audit

import (
	"context"
	"fmt"
	"io"
	"iter"
	"log/slog"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// What says in what the sides differ. The values are stable.
type What string

// The findings.
const (
	// Missing is at Alarm.com, and in SecurityTrax under no Alarm.com id; the ledger
	// does not know it. Finding.State says what became of it so far. It is not said of
	// accounts that Config.Include leaves out, as far as a listing tells these apart.
	Missing What = "missing"
	// GoneAtAlarmCom is known to the ledger, and Alarm.com does not list it any more.
	// It is only said after a listing that was complete.
	GoneAtAlarmCom What = "gone_at_alarm_com"
	// GoneInSecurityTrax is known to the ledger, and its record is not in SecurityTrax
	// any more.
	GoneInSecurityTrax What = "gone_in_securitytrax"
	// Unlinked is known to the ledger, and its record is in SecurityTrax without its
	// Alarm.com id.
	Unlinked What = "unlinked"
	// Lost is known to the ledger and not found by its Alarm.com id; whether it is gone
	// or unlinked is not known, for want of a [Holder].
	Lost What = "lost"
	// Doubled is in SecurityTrax more than once.
	Doubled What = "doubled"
	// Elsewhere is in SecurityTrax as another record than the ledger says.
	Elsewhere What = "elsewhere"
	// Unrecorded is in SecurityTrax under its Alarm.com id, and the ledger does not
	// know it: the next import links it.
	Unrecorded What = "unrecorded"
	// Changed is known, and changed at Alarm.com since it was imported: an import in
	// Upsert mode would write it. It is only looked for with Config.Details.
	Changed What = "changed"
	// NotLookedUp has an id by which SecurityTrax cannot be asked.
	NotLookedUp What = "not_looked_up"
)

// Finding is one difference.
type Finding struct {
	Kind     adcimport.Kind     `json:"kind"`
	What     What               `json:"what"`
	SourceID string             `json:"source_id"`          // Alarm.com's id
	SinkIDs  []string           `json:"sink_ids,omitempty"` // in SecurityTrax, as it was found there
	KnownID  string             `json:"known_id,omitempty"` // in SecurityTrax, as the ledger has it
	State    ledger.RecordState `json:"state,omitempty"`    // what is to be done about it, as the ledger has it
}

// Config says what is compared. Link, Source, Sink and Store are required: those of
// the link's [adcimport.Config].
type Config struct {
	Link        string
	SinkAccount string // as in adcimport.Config; empty: Link
	Source      adcimport.Source
	Sink        adcimport.Sink
	Store       adcimport.StateStore

	// Include are the customers that imports of the link include.
	Include adcimport.Include

	// Details looks for what changed, with this importer of the link; nil: not looked
	// for. The options are those of a usual import; mode, limit and budget do not count.
	Details         *adcimport.Importer
	CustomerOptions adcimport.CustomerOptions
	UserOptions     adcimport.UserOptions
}

// Holder is an optional ability of a Sink, found along a chain of Unwrap() any:
// whether records are there, by the sink's own ids. One that is missing from the result
// is not.
type Holder interface {
	Holds(ctx context.Context, k adcimport.Kind, ids []string) (map[string]bool, error)
}

// Customers yields what differs of customers, terminated, demo and commitment accounts
// among them. A single error comes last, with a zero finding; an end without one means
// that all was compared. Ranging again compares again.
//
// Errors are those of source, sink and store; [errors.ErrUnsupported] where the sink
// does not keep the Alarm.com ids, and [ErrNoControl]. An
// [*adcimport.InvalidOptionsError] says what the configuration lacks.
func Customers(ctx context.Context, c Config) iter.Seq2[Finding, error] {
	all := adcimport.Include{Terminated: true, Demo: true, Commitment: true}
	return c.compare(ctx, side{
		kind: adcimport.KindCustomer,
		list: func(ctx context.Context) iter.Seq2[[]string, error] {
			pages := c.Source.Customers(ctx, adcimport.CustomerFilter{Include: all}, "")
			return idsOf(pages, func(v *adcimport.Customer) string { return v.ID })
		},
		wanted: func(ctx context.Context) iter.Seq2[[]string, error] {
			pages := c.Source.Customers(ctx, adcimport.CustomerFilter{Include: c.Include}, "")
			return idsOf(pages, func(v *adcimport.Customer) string {
				if c.Include.Excludes(*v) != "" {
					return ""
				}
				return v.ID
			})
		},
		find: func(ctx context.Context, ids []string) (map[string][]string, error) {
			keys := make([]adcimport.CustomerKey, len(ids))
			for i, id := range ids {
				keys[i].ID = id
			}
			return c.Sink.FindCustomers(ctx, keys)
		},
		plan: func() (*adcimport.Plan, error) {
			o := c.CustomerOptions
			o.RunOptions = adcimport.RunOptions{Mode: adcimport.Upsert}
			return c.Details.PlanCustomers(adcimport.CustomerFilter{Include: c.Include}, o)
		},
	})
}

// Users yields what differs of users, by the rules of [Customers].
func Users(ctx context.Context, c Config) iter.Seq2[Finding, error] {
	return c.compare(ctx, side{
		kind: adcimport.KindUser,
		list: func(ctx context.Context) iter.Seq2[[]string, error] {
			return idsOf(c.Source.Users(ctx, adcimport.UserFilter{}, ""), func(v *adcimport.User) string { return v.ID })
		},
		find: func(ctx context.Context, ids []string) (map[string][]string, error) {
			keys := make([]adcimport.UserKey, len(ids))
			for i, id := range ids {
				keys[i].ID = id
			}
			return c.Sink.FindUsers(ctx, keys)
		},
		plan: func() (*adcimport.Plan, error) {
			o := c.UserOptions
			o.RunOptions = adcimport.RunOptions{Mode: adcimport.Upsert}
			return c.Details.PlanUsers(adcimport.UserFilter{}, o)
		},
	})
}

// side is what the kinds differ in.
type side struct {
	kind adcimport.Kind
	list func(context.Context) iter.Seq2[[]string, error] // all of them

	// wanted lists those that imports bring; nil: all.
	wanted func(context.Context) iter.Seq2[[]string, error]

	find func(context.Context, []string) (map[string][]string, error)
	plan func() (*adcimport.Plan, error)
}

// idsOf are the ids of each page of a listing.
func idsOf[T any](pages iter.Seq2[adcimport.Page[T], error], id func(*T) string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for page, err := range pages {
			ids := make([]string, 0, len(page.Items))
			for i := range page.Items {
				if one := id(&page.Items[i]); one != "" {
					ids = append(ids, one)
				}
			}
			if !yield(ids, err) || err != nil || page.Next == "" {
				return
			}
		}
	}
}

// Format prints the link, whatever the verb: source and sink are the host's.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.text()) }

// LogValue returns the link.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.text()) }

// MarshalText returns the link, also in JSON.
func (c Config) MarshalText() ([]byte, error) { return []byte(c.text()), nil }

func (c Config) text() string { return fmt.Sprintf("audit.Config{Link: %q}", c.Link) }

func (c Config) check() error {
	for _, f := range []struct {
		name  string
		given bool
	}{{"Link", c.Link != ""}, {"Source", c.Source != nil}, {"Sink", c.Sink != nil}, {"Store", c.Store != nil}} {
		if !f.given {
			return &adcimport.InvalidOptionsError{Field: "audit.Config." + f.name, Rule: "is required"}
		}
	}
	return nil
}
