// Package adcimport imports customers and users from a dealer's Alarm.com
// account into SecurityTrax: filtered beforehand, options applied, fields
// mapped declaratively, unique records only, resumable after a kill at any
// instant, and repeatable for what is new.
//
// A host builds an [Importer] from a [Config] that names a link, a [Source]
// (package alarmcom), a [Sink] (package securitytrax) and a [StateStore]
// (package sqlstore, or a [MemoryStore] in tests), and then calls
// [Importer.ImportCustomers] or [Importer.ImportUsers]: to the end, outcome by
// outcome as an iterator, or in the background.
//
// Every record ends with one [Outcome]: created, linked, updated, unchanged,
// skipped or failed, with a stable [Reason]. What is done is remembered and never
// created again; what failed is looked at again by a later run.
//
// The library logs ids, codes and counts only, and keeps no personal data in
// its state.
package adcimport

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/securitytrax/adcimport/internal/engine"
	"github.com/securitytrax/adcimport/internal/lease"
	"github.com/securitytrax/adcimport/internal/matching"
	"github.com/securitytrax/adcimport/match"
)

// Defaults for the zero values of [Config], whose fields tell them.
const (
	defaultConcurrency = 8
	defaultBatchSize   = 100
	defaultLeaseTTL    = time.Minute
	defaultSettleTime  = 30 * time.Second
	defaultMaxPause    = 5 * time.Minute
	defaultMaxOutage   = 24 * time.Hour
	defaultRestAfter   = 5
)

// Config describes one [Importer]: one account link between a dealer's
// Alarm.com account and SecurityTrax. Link, Source, Sink and Store are
// required; the zero value of everything else works. It prints as its link.
type Config struct {
	Link   string     // names the link, whose runs are listed together
	Source Source     // where records come from
	Sink   Sink       // where they go
	Store  StateStore // what was done

	// SinkAccount names the sink's account; empty: Link. Links of one account name it
	// alike and use one store: their runs of one kind follow each other, and nobody is
	// created twice. What a link imported without it moves there with the first run.
	SinkAccount string

	CustomerMapping Mapping // zero: DefaultCustomerMapping()
	UserMapping     Mapping // zero: DefaultUserMapping()

	// MatchRules say what is enough to call a record and one of the sink, that carries no
	// Alarm.com id, the same; the zero value is docs/matching.md, and only more may be
	// demanded. OwnNames and OwnDomains of it are worth filling in.
	MatchRules match.Rules

	Concurrency int           // detail reads in flight; 0: 8
	BatchSize   int           // records per sink call and per commit; 0: 100
	LeaseTTL    time.Duration // how long a run is taken for alive without a sign of life; 0: a minute; heartbeats come several times within it
	SettleTime  time.Duration // how long after a lost call or a lost lease the sink may still complete it; 0: 30 seconds
	MaxPause    time.Duration // how long a run waits for an operation that is out of order, before it pauses; 0: 5 minutes
	MaxOutage   time.Duration // how long a run waits for that in all, over its pauses, before it fails; 0: 24 hours
	RestAfter   int           // runs in a row that blame a record before it rests for some days; 0: 5

	FingerprintKey []byte                   // keys the hashes kept in state; nil: derived from SinkAccount
	NewID          func() string            // run ids; nil: random
	Transforms     map[string]TransformFunc // the host's own, for mappings, by name
	Notifiers      []Notifier               // told at least once when a run ends: see Notifier
	Events         Events                   // nil-able hooks
	Logger         *slog.Logger             // nil: silent

	// Admit bounds how many runs are at work, as package links does: a run asks
	// for its turn, goes to work when admitted is closed, and calls leave once it
	// rests or ended, or gave up. Previews do not ask. nil: nobody waits.
	Admit func(link string, k Kind) (admitted <-chan struct{}, leave func())
}

// Importer imports customers and users over one link. It is safe for
// concurrent use; runs of one account and kind never overlap.
type Importer struct {
	cfg       Config        // without FingerprintKey
	hashKey   func() []byte // a closure, which no printer looks into
	customers *customerMapping
	users     *userMapping
	judge     *matching.Judge
	host      *hostCode
	notices   *notices
	engine    *engine.Config
	able      []slog.Attr // what source and sink can do
	hidden    []string    // what wrappers around them hide, in words

	mu       sync.Mutex
	closed   bool
	drains   bool // no run begins any more
	watching bool // for runs that nobody is at work on
	active   map[*stopper]struct{}
	runs     map[string]*Run     // those in the background that are not done, by id
	driven   map[string]*stopper // those at work here that a job queue drives, by id
	wg       sync.WaitGroup
	watcher  sync.WaitGroup
}

// New checks cfg and makes an [Importer]. What is missing or out of range is an
// [*InvalidOptionsError] that names the field, a mapping that cannot work a
// [*MappingError]. Nothing is read or written.
func New(cfg Config) (*Importer, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	host := newHostCode(cfg.Logger)
	var able []slog.Attr
	var hidden []string
	_ = host.do("Unwrap", func() error { // that they work without is no reason not to
		able, hidden = cfg.able(), cfg.hides()
		return nil
	})
	cfg = cfg.guarded(host)
	customers, err := compileCustomers(cfg.CustomerMapping, cfg.Transforms)
	if err != nil {
		return nil, fmt.Errorf("adcimport: customers: %w", err)
	}
	users, err := compileUsers(cfg.UserMapping, cfg.Transforms)
	if err != nil {
		return nil, fmt.Errorf("adcimport: users: %w", err)
	}
	_, readsCustomers := ability[CustomerReader](cfg.Sink)
	_, readsUsers := ability[UserReader](cfg.Sink)
	if err := errors.Join(
		checkOwned(cfg.CustomerMapping, KindCustomer, customers.Owned(), readsCustomers),
		checkOwned(cfg.UserMapping, KindUser, users.Owned(), readsUsers),
	); err != nil {
		return nil, fmt.Errorf("adcimport: %w", err)
	}
	judge, err := matching.NewJudge(cfg.MatchRules)
	if err != nil {
		return nil, fmt.Errorf("adcimport: Config.MatchRules: %w", err)
	}
	hostname, err := os.Hostname()
	if err != nil {
		hostname = "unknown host"
	}
	key := cfg.FingerprintKey
	cfg.FingerprintKey = nil
	return &Importer{
		cfg: cfg, hashKey: func() []byte { return key }, customers: customers, users: users, judge: judge,
		engine: engineConfig(cfg, fmt.Sprintf("%s/%d/%s", hostname, os.Getpid(), rand.Text()[:8])),
		host:   host, notices: newNotices(), able: able, hidden: hidden,
		active: make(map[*stopper]struct{}), runs: make(map[string]*Run), driven: make(map[string]*stopper),
	}, nil
}

// withDefaults returns a copy without zero values.
func (c Config) withDefaults() Config {
	c.Concurrency = cmp.Or(c.Concurrency, defaultConcurrency)
	c.BatchSize = cmp.Or(c.BatchSize, defaultBatchSize)
	c.LeaseTTL = cmp.Or(c.LeaseTTL, defaultLeaseTTL)
	c.SettleTime = cmp.Or(c.SettleTime, defaultSettleTime)
	c.MaxPause = cmp.Or(c.MaxPause, defaultMaxPause)
	c.MaxOutage = cmp.Or(c.MaxOutage, defaultMaxOutage)
	c.RestAfter = cmp.Or(c.RestAfter, defaultRestAfter)
	c.SinkAccount = cmp.Or(c.SinkAccount, c.Link)
	c.Notifiers = slices.Clone(c.Notifiers)
	c.Transforms = maps.Clone(c.Transforms)
	if c.FingerprintKey = slices.Clone(c.FingerprintKey); len(c.FingerprintKey) == 0 {
		key := sha256.Sum256([]byte("adcimport fingerprint\x00" + c.SinkAccount))
		c.FingerprintKey = key[:]
	}
	if c.NewID == nil {
		c.NewID = rand.Text
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Logger = slog.New(hostHandler{c.Logger.Handler()})
	return c
}

// Source reads one Alarm.com account. Package alarmcom has the real one;
// [CustomersOnly] and [UsersOnly] make one of a half.
//
// Iterators yield a single error, last, with a zero value; cancellation is such
// an error, never a silent end. An end without an error means complete. Ranging
// again starts again from the same cursor. Breaking is always safe. A Source
// may deliver an item twice, and never omits one: an account whose list cannot be
// had is an error, never an empty account.
//
// A listing ends. Within one, no cursor comes twice, and none leads back to where
// the listing was begun. The importer ends one that breaks this rule, and one
// whose pages bring nothing new, with an error: it allows 10,000 such pages in a
// row, and as many more as brought something.
//
// Text is UTF-8. A record with a field that holds anything else fails as
// [ReasonInvalidRecord].
//
// Optional abilities, as a [CustomerDetailer], are found by type. A wrapper around a
// Source that does not have them all itself needs a method Unwrap() any that returns
// it: struct{ Source } alone hides them.
//
// Filters are pushed down where the source can; what it delivers beyond the
// filter is left out by the importer. When a filter names ids, the source
// delivers those ids, and need not list the account. The slices of a filter are
// not kept beyond the range.
//
// Accounts that [CustomerFilter] does not include are delivered too, with the field
// that says so (Customer.Terminated, Demo, Commitment) also on a Partial page where
// the source knows it there: the importer counts them, without asking for their
// details. Those that a listing leaves out are counted by nobody; one that a filter
// names must be delivered.
type Source interface {
	CustomerSource
	UserSource
}

// CustomerSource is the half of a [Source] that lists customers.
type CustomerSource interface {
	Customers(ctx context.Context, f CustomerFilter, from Cursor) iter.Seq2[Page[Customer], error]
}

// UserSource is the half of a [Source] that lists users (Alarm.com: reps).
type UserSource interface {
	Users(ctx context.Context, f UserFilter, from Cursor) iter.Seq2[Page[User], error]
}

// Page is a part of a listing.
type Page[T any] struct {
	Items   []T
	Next    Cursor // where the listing goes on; empty: this was the last page
	Partial bool   // items hold ids only, and what keeps an account out (see Source); the details are asked for one by one
	Total   int    // items in the whole listing; 0: not known
}

// Pages makes the iterator of a [Source] from a function that fetches the page
// at a cursor: it keeps the iterator convention, so that an implementer writes
// only fetch. A page whose Next the listing had before is an error.
func Pages[T any](ctx context.Context, from Cursor, fetch func(context.Context, Cursor) (Page[T], error)) iter.Seq2[Page[T], error] {
	return func(yield func(Page[T], error) bool) {
		seen := engine.NewCursors(from)
		for cursor := from; ; {
			if err := context.Cause(ctx); err != nil {
				yield(Page[T]{}, err)
				return
			}
			page, err := fetch(ctx, cursor)
			if err == nil {
				err = seen.Add(page.Next)
			}
			if err != nil {
				yield(Page[T]{}, err)
				return
			}
			if !yield(page, nil) || page.Next == "" {
				return
			}
			cursor = page.Next
		}
	}
}

// Sink writes one SecurityTrax account. Package securitytrax has the real one;
// [CustomersOnlySink] and [UsersOnlySink] make one of a half.
//
// Optional abilities, as a [RepFinder], are found by type. A wrapper around a Sink
// that does not have them all itself needs a method Unwrap() any that returns it:
// struct{ Sink } alone hides them, and reps are not linked, options not checked.
type Sink interface {
	CustomerSink
	UserSink
}

// CustomerSink writes customers.
//
// FindCustomers is asked before every create, for the next records while others
// are being created, and may use the record (phone, name, address) where the
// destination keeps no Alarm.com id: such a sink says so as an [AbsenceProver],
// and is asked when nothing is being created. A key may have only its ID: that of a
// record which could not be read again, or of a control. A control is known to be
// there, and is asked for among records in doubt: only where it is found, those
// that are not are believed to be absent. Two hits for one key are both returned.
// It maps Alarm.com id to destination ids; what is not there is left out, and a key
// may come twice.
//
// CreateCustomers returns one result per record, in order. Results are valid
// with an error; a missing one counts as [WriteUnknown]. A create that may have
// happened is WriteUnknown and is never repeated by the sink itself. An error made
// of [*RecordError] only concerns those records. Any other that does not end the run
// by itself (as [ErrAuth] does) is judged like a [*CallError]: the importer asks again,
// finds out whose failure it is, and waits. Before each request that writes, a sink asks [CheckWrite]; when that
// refuses, the rest is WriteNotSent, and no error is needed. What has gone out is
// waited for until the context's deadline, so that a good reply is not lost.
//
// The sink keeps neither slices nor maps of a call.
type CustomerSink interface {
	FindCustomers(ctx context.Context, keys []CustomerKey) (map[string][]string, error)
	CreateCustomers(ctx context.Context, recs []CustomerRecord) ([]WriteResult, error)
}

// UserSink writes users, by the rules of [CustomerSink]. FindUsers returns the
// users that carry the support id; a user name that belongs to another support
// id is a [*RecordError] with [ReasonUsernameTaken], from FindUsers or as the
// Err of a rejected create.
type UserSink interface {
	FindUsers(ctx context.Context, keys []UserKey) (map[string][]string, error)
	CreateUsers(ctx context.Context, recs []UserRecord) ([]WriteResult, error)
}

// CustomerKey is what a sink may look a customer up by.
type CustomerKey struct {
	ID     string // Alarm.com's unique customer id
	Record CustomerRecord
}

// UserKey is what a sink may look a user up by.
type UserKey struct {
	ID     string // support id
	Record UserRecord
}

// WriteStatus says what became of one write.
type WriteStatus int

// What became of a write. The zero value is the cautious one.
const (
	WriteUnknown  WriteStatus = iota // may or may not have happened: in doubt
	WriteCreated                     // (or updated, for an update) ID is the destination's
	WriteExists                      // was there already; ID is the destination's
	WriteRejected                    // for good; Err says why
	WriteNotSent                     // certainly did not happen; may be sent again
)

// WriteResult is what became of one record of a write. Err may be a
// [*RecordError] that carries a reason and field errors of its own.
type WriteResult struct {
	Status WriteStatus
	ID     string
	Err    error
	// Cleared names those of an update's Clear that are empty now. Others are taken to
	// have what they had: the record is unchanged, with [ReasonNotCleared].
	Cleared []string
}

// CheckWrite is asked by a [Sink] just before a request that writes goes out:
// an error means that the run may not send it anymore, because its lease is
// lost or about to be ([ErrLeaseLost], by the monotonic and the wall clock) or
// because the run was told to stop. The sink then returns [WriteNotSent] for what
// it has not sent. Outside a run the error is that of the context.
func CheckWrite(ctx context.Context) error { return lease.CheckWrite(ctx) }

// Config and Importer print as their link: they lead to what the host handed
// over, its FingerprintKey, source and sink among it.

// Format prints the link, whatever the verb.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.text()) }

// LogValue returns the link.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.text()) }

// MarshalText returns the link, also in JSON.
func (c Config) MarshalText() ([]byte, error) { return []byte(c.text()), nil }

func (c Config) text() string { return fmt.Sprintf("adcimport.Config{Link: %q}", c.Link) }

// Format prints the link, whatever the verb.
func (imp *Importer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, imp.text()) }

// LogValue returns the link.
func (imp *Importer) LogValue() slog.Value { return slog.StringValue(imp.text()) }

// MarshalText returns the link, also in JSON.
func (imp *Importer) MarshalText() ([]byte, error) { return []byte(imp.text()), nil }

func (imp *Importer) text() string {
	if imp == nil {
		return "adcimport.Importer(nil)"
	}
	return fmt.Sprintf("adcimport.Importer{Link: %q}", imp.cfg.Link)
}
