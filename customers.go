package adcimport

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/securitytrax/adcimport/internal/engine"
	"github.com/securitytrax/adcimport/internal/fingerprint"
	"github.com/securitytrax/adcimport/internal/mapping"
)

// Customer as Alarm.com has it (WSDL CustomerInfo).
type Customer struct {
	ID                                       string // CustomerId
	SubDealerID                              string // empty: none
	FirstName, LastName, CompanyName         string
	PrimaryPhoneNumber, PrimaryEmail         string
	InstallAddress                           Address
	JoinDate                                 time.Time // zero: none; the date as written, in the zone it was written in
	SalesRepLogin                            string
	CentralStation                           CentralStation
	Commercial, Terminated, Demo, Commitment bool
	Extra                                    map[string]string // what a custom Source adds, for mappings
}

// Address is a postal address (WSDL Address).
type Address struct{ Street1, Street2, City, State, Zip, Country string }

// CentralStation holds the monitoring data (WSDL CentralStationInfo).
type CentralStation struct {
	TwoWayVoiceEnabled                 bool
	AccountNumber, ReceiverPhoneNumber string
}

// CustomerRecord as SecurityTrax wants it.
type CustomerRecord struct {
	AlarmComID                 string
	IdempotencyKey             string // of link, kind and id only: the same on every attempt
	FirstName, LastName        string
	BusinessName               string
	Phone1                     string
	Email                      string
	Address1, City, State, Zip string
	SaleDate                   string // 2006-01-02
	ServiceTwoWayVoice         bool
	AccountNumber              string
	ReceiverNumber             string
	RepID, OfficeID            string // destination ids; RepID is empty when there is no rep
	TagIDs                     []string
	Custom                     map[string]string

	// Of an update, Clear names the fields to be emptied, and Leave those that stay as
	// they are, as in Email or Custom.x. Both are empty in the record. An update never
	// touches office and tags.
	Clear, Leave []string
}

// ImportCustomers imports the customers that f selects, to the end.
// The summary is valid with an error too: it says what was done. A run that did
// not complete goes on with [Importer.StartResume].
//
// Errors match [errors.ErrUnsupported] (source or sink has no customers),
// [ErrNotLinked], [ErrRunInProgress], [*InvalidFilterError] and
// [*InvalidOptionsError] before anything is written, and [ErrAuth],
// [ErrLeaseLost], [ErrTooManyFailures], [ErrInDoubt], the context's error and
// those of source, sink and store afterwards.
func (imp *Importer) ImportCustomers(ctx context.Context, f CustomerFilter, o CustomerOptions) (*Summary, error) {
	p, err := imp.checkedCustomers(f, o)
	if err != nil {
		return refused(imp.cfg.Link, KindCustomer), err
	}
	return imp.toEnd(ctx, p, nil)
}

// ImportCustomersSeq imports like [Importer.ImportCustomers] and yields every outcome
// once it is committed. Who waits for a person ([ReasonPossibleMatch]) may come once more
// at the listing's end, when it is known who else has the same values: what is told last
// stands, and is counted once. An error comes last, with a zero outcome. Breaking stops
// the run cleanly; it can be resumed.
func (imp *Importer) ImportCustomersSeq(ctx context.Context, f CustomerFilter, o CustomerOptions) iter.Seq2[Outcome, error] {
	p, err := imp.checkedCustomers(f, o)
	return imp.outcomes(ctx, p, err)
}

// StartCustomers imports like [Importer.ImportCustomers], in the background:
// it returns once the run is sure to run. The run outlives ctx.
func (imp *Importer) StartCustomers(ctx context.Context, f CustomerFilter, o CustomerOptions) (*Run, error) {
	p, err := imp.checkedCustomers(f, o)
	if err != nil {
		return nil, err
	}
	return imp.start(ctx, p)
}

func (imp *Importer) customersRequest(f CustomerFilter, o CustomerOptions, retryOf string) (*request, error) {
	if err := imp.hasKind(KindCustomer); err != nil {
		return nil, err
	}
	f, err := f.normalized()
	if err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	decided, err := o.decided()
	if err != nil {
		return nil, err
	}
	o.TagIDs = slices.Clone(o.TagIDs)
	p := &request{
		kind: KindCustomer, opts: o.RunOptions, filter: f, options: o, made: new(madeIDs),
		chosen:  &chosen{fields: []string{"OfficeID", repField, "TagIDs"}},
		mapping: imp.customers.Fingerprint(), retryOf: retryOf, decided: decided,
		check: func(ctx context.Context, dryRun bool) error {
			checker, ok := ability[CustomerOptionsChecker](imp.cfg.Sink)
			if !ok || !dryRun {
				return nil
			}
			return imp.host.do("Sink.CheckCustomerOptions", func() error { return checker.CheckCustomerOptions(ctx, o) })
		},
	}
	p.chosen.check = func(ctx context.Context) error { return p.check(ctx, true) }
	p.unlinked, p.lateReps = new(atomic.Bool), new(atomic.Bool)
	p.work = engine.Work(func() (fl engine.Flow[Customer, CustomerRecord], err error) {
		fl = imp.customerFlow(f, o, p.lateReps, p.made)
		reps := imp.newReps(o.DefaultRepID, p.unlinked)
		fl.Refer, fl.Create = reps, reps.watch(watch(p.chosen, fl.Create))
		if fl.Proves, err = imp.provesAbsence(KindCustomer); fl.Proves { // else Find goes by what people type itself
			fl.Likeness = imp.likeCustomers(o.Match)
		}
		return fl, err
	})
	return p, nil
}

func (imp *Importer) customerFlow(
	f CustomerFilter, o CustomerOptions, late *atomic.Bool, made *madeIDs,
) engine.Flow[Customer, CustomerRecord] {
	source, sink := imp.cfg.Source, imp.cfg.Sink
	id := func(c *Customer) string { return engine.UsableID(c.ID) }
	fl := engine.Flow[Customer, CustomerRecord]{
		FindBy: "AlarmComID", ReferBy: "RepID",
		Excluded: func(c *Customer) string { return f.Include.Excludes(*c) },
		Pages: func(ctx context.Context, from Cursor) iter.Seq2[engine.Page[Customer], error] {
			return listing(source.Customers(ctx, f, from), from, id)
		},
		ByID: func(ctx context.Context, ids []string) iter.Seq2[engine.Page[Customer], error] {
			return listing(source.Customers(ctx, CustomerFilter{CustomerIDs: ids, Include: f.Include}, ""), "", id)
		},
		Named: f.CustomerIDs, Criteria: len(f.SubDealerIDs) > 0,
		ID:      id,
		Wanted:  engine.WantedIDs(f.CustomerIDs),
		Match:   func(c *Customer) bool { return oneOf(f.SubDealerIDs, c.SubDealerID) },
		Mapping: imp.customers.Begin(),
		Find:    imp.findCustomers,
		Create: func(ctx context.Context, ids []string, recs []*CustomerRecord) ([]engine.Result, map[string]*engine.Fault, error) {
			results, err := sink.CreateCustomers(ctx, values(recs))
			return made.written("Sink.CreateCustomers", results, err, ids)
		},
	}
	if d, ok := ability[CustomerDetailer](source); ok {
		fl.Detail = imp.customerDetail(d, f.Include)
	}
	if t, ok := ability[CustomerTracer](sink); ok {
		fl.Traces = func(ctx context.Context, _ []string, recs []*CustomerRecord) (map[string][]string, error) {
			trace := func(ctx context.Context) (map[string][]string, error) { return t.TraceCustomers(ctx, values(recs)) }
			return called(ctx, imp.host, "Sink.TraceCustomers", len(recs), trace)
		}
	}
	if u, ok := ability[CustomerUpdater](sink); ok {
		fl.Update = func(ctx context.Context, ids, sinkIDs []string, recs []*CustomerRecord) ([]engine.Result, map[string]*engine.Fault, error) {
			update := func(ctx context.Context) ([]WriteResult, error) { return u.UpdateCustomers(ctx, sinkIDs, values(recs)) }
			results, err := called(ctx, imp.host, "Sink.UpdateCustomers", len(recs), update)
			return updated("Sink.UpdateCustomers", results, err, ids, func(i int) []string { return recs[i].Clear })
		}
	}
	own := imp.customersOwned(o, late)
	fl.Own, fl.Hash = own, own.hash(imp.hashKey(), addCustomer)
	validator, _ := ability[CustomerValidator](sink)
	fl.Complete = func(c *Customer, rec *CustomerRecord, generation int) ([]FieldError, error) {
		rec.AlarmComID, rec.IdempotencyKey = c.ID, fingerprint.IdempotencyKey(imp.cfg.SinkAccount, string(KindCustomer), c.ID, generation)
		rec.OfficeID, rec.TagIDs = o.OfficeID, slices.Clone(o.TagIDs)
		if validator == nil {
			return nil, nil
		}
		return guarded(imp.host, "Sink.ValidateCustomer", func() ([]FieldError, error) { return validator.ValidateCustomer(*rec), nil })
	}
	return fl
}

// reps are the sink's ids of logins. Each login is asked for once a run.
type reps struct {
	host      *hostCode
	finder    RepFinder // nil: nobody can be asked
	unlinked  *atomic.Bool
	defaultID string

	mu  sync.Mutex
	ids map[string]string // by login; empty: no such rep
}

func (imp *Importer) newReps(defaultRep string, unlinked *atomic.Bool) *reps {
	finder, _ := ability[RepFinder](imp.cfg.Sink)
	return &reps{host: imp.host, finder: finder, unlinked: unlinked, defaultID: defaultRep, ids: make(map[string]string)}
}

// Asks reports whether the rep of a record was not asked for.
func (r *reps) Asks(rec *CustomerRecord) bool {
	return rec.RepID != "" && r.finder != nil && len(r.unknown([]*CustomerRecord{rec})) > 0
}

// Witness asks for a login that nobody has.
func (r *reps) Witness(ctx context.Context) error {
	_, err := r.find(ctx, []string{loginOfNobody})
	return err
}

func (r *reps) find(ctx context.Context, logins []string) (map[string]string, error) {
	find := func(ctx context.Context) (map[string]string, error) { return r.finder.FindReps(ctx, logins) }
	return called(ctx, r.host, "Sink.FindReps", len(logins), find)
}

const loginOfNobody = "adcimport-asks-whether-reps-can-be-found"

// Fill turns the reps' logins into the sink's ids: an unknown login becomes
// the default rep, if there is one, and is said to be unfound. Where nobody can
// be asked, unlinked says that there was one.
func (r *reps) Fill(ctx context.Context, recs []*CustomerRecord) ([]bool, error) {
	if ask := r.unknown(recs); len(ask) > 0 && r.finder == nil {
		r.unlinked.Store(true)
	} else if len(ask) > 0 {
		found, err := r.find(ctx, ask)
		if err != nil {
			return nil, err
		}
		r.add(ask, found)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	unfound := make([]bool, len(recs))
	for i, rec := range recs {
		unfound[i] = rec.RepID != "" && r.ids[rec.RepID] == ""
		rec.RepID = cmp.Or(r.ids[rec.RepID], r.defaultID)
	}
	return unfound, nil
}

// unknown are the logins of records that were not asked for.
func (r *reps) unknown(recs []*CustomerRecord) (ask []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, rec := range recs {
		if _, asked := r.ids[rec.RepID]; rec.RepID != "" && !asked && !slices.Contains(ask, rec.RepID) {
			ask = append(ask, rec.RepID)
		}
	}
	return ask
}

func (r *reps) add(logins []string, found map[string]string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, login := range logins {
		r.ids[login] = found[login]
	}
}

// watch forgets the reps of customers that were refused for them: they may have been
// deleted, and are asked for again.
func (r *reps) watch(create creates[CustomerRecord]) creates[CustomerRecord] {
	return func(ctx context.Context, ids []string, recs []*CustomerRecord) ([]engine.Result, map[string]*engine.Fault, error) {
		results, faults, err := create(ctx, ids, recs)
		r.mu.Lock()
		defer r.mu.Unlock()
		for i := range min(len(results), len(recs)) {
			if res := results[i]; res.Status == engine.Rejected && refusedFor(res.Fault, repField) {
				maps.DeleteFunc(r.ids, func(_, id string) bool { return id != "" && id == recs[i].RepID })
			}
		}
		return results, faults, err
	}
}

// addCustomer adds what the mapping made to a fingerprint, but for custom attributes:
// options and idempotency key are not part of it, nor is their order ever to change.
func addCustomer(h *fingerprint.Hasher, r *CustomerRecord) {
	h.Add(r.FirstName, r.LastName, r.BusinessName, r.Phone1, r.Email, r.Address1, r.City, r.State, r.Zip,
		r.SaleDate, strconv.FormatBool(r.ServiceTwoWayVoice), r.AccountNumber, r.ReceiverNumber, r.RepID)
}

// customerMapping is a compiled mapping of customers.
type customerMapping = mapping.Program[*Customer, *CustomerRecord]

func customerSchema() mapping.Schema[*Customer, *CustomerRecord] {
	return mapping.Schema[*Customer, *CustomerRecord]{
		Sources: customerSources(),
		Targets: customerTargets(),
		Extra:   func(c *Customer) map[string]string { return c.Extra },
		Custom:  func(r *CustomerRecord) *map[string]string { return &r.Custom },
		Filled:  []string{"AlarmComID", "IdempotencyKey", "OfficeID", "TagIDs"},
	}
}

// customerSources are the fields of [Customer] with their names in WSDL
// CustomerInfo.
func customerSources() []mapping.Source[*Customer] {
	f := []mapping.Source[*Customer]{
		mapping.From("ID", "CustomerId", mapping.Text, func(c *Customer) string { return c.ID }),
		mapping.From("SubDealerID", "SubDealerId", mapping.Text, func(c *Customer) string { return c.SubDealerID }),
		mapping.From("FirstName", "", mapping.Text, func(c *Customer) string { return c.FirstName }),
		mapping.From("LastName", "", mapping.Text, func(c *Customer) string { return c.LastName }),
		mapping.From("CompanyName", "", mapping.Text, func(c *Customer) string { return c.CompanyName }),
		mapping.From("PrimaryPhoneNumber", "", mapping.Text, func(c *Customer) string { return c.PrimaryPhoneNumber }),
		mapping.From("PrimaryEmail", "", mapping.Text, func(c *Customer) string { return c.PrimaryEmail }),
		mapping.From("JoinDate", "", mapping.Date, func(c *Customer) string { return dateAsWritten(c.JoinDate) }),
		mapping.From("SalesRepLogin", "salesRepLogin", mapping.Text, func(c *Customer) string { return c.SalesRepLogin }),
		mapping.From(
			"CentralStation.TwoWayVoiceEnabled", "CentralStationInfo.TwoWayVoiceEnabled", mapping.Bool,
			func(c *Customer) string { return strconv.FormatBool(c.CentralStation.TwoWayVoiceEnabled) },
		),
		mapping.From(
			"CentralStation.AccountNumber", "CentralStationInfo.AccountNumber", mapping.Text,
			func(c *Customer) string { return c.CentralStation.AccountNumber },
		),
		mapping.From(
			"CentralStation.ReceiverPhoneNumber", "CentralStationInfo.ReceiverPhoneNumber", mapping.Text,
			func(c *Customer) string { return c.CentralStation.ReceiverPhoneNumber },
		),
		mapping.From("Commercial", "", mapping.Bool, func(c *Customer) string { return strconv.FormatBool(c.Commercial) }),
		mapping.From("Terminated", "IsTerminated", mapping.Bool, func(c *Customer) string { return strconv.FormatBool(c.Terminated) }),
		mapping.From("Demo", "IsDemo", mapping.Bool, func(c *Customer) string { return strconv.FormatBool(c.Demo) }),
		mapping.From("Commitment", "", mapping.Bool, func(c *Customer) string { return strconv.FormatBool(c.Commitment) }),
	}
	return append(f, addressSources("InstallAddress.", "InstallAddress.", func(c *Customer) *Address { return &c.InstallAddress })...)
}

// customerTargets are the fields of [CustomerRecord] that a mapping fills.
func customerTargets() []mapping.Target[*CustomerRecord] {
	return []mapping.Target[*CustomerRecord]{
		mapping.To("FirstName", mapping.Text, func(r *CustomerRecord, v string) { r.FirstName = v }),
		mapping.To("LastName", mapping.Text, func(r *CustomerRecord, v string) { r.LastName = v }),
		mapping.To("BusinessName", mapping.Text, func(r *CustomerRecord, v string) { r.BusinessName = v }),
		mapping.To("Phone1", mapping.Text, func(r *CustomerRecord, v string) { r.Phone1 = v }),
		mapping.To("Email", mapping.Text, func(r *CustomerRecord, v string) { r.Email = v }),
		mapping.To("Address1", mapping.Text, func(r *CustomerRecord, v string) { r.Address1 = v }),
		mapping.To("City", mapping.Text, func(r *CustomerRecord, v string) { r.City = v }),
		mapping.To("State", mapping.Text, func(r *CustomerRecord, v string) { r.State = v }),
		mapping.To("Zip", mapping.Text, func(r *CustomerRecord, v string) { r.Zip = v }),
		mapping.To("SaleDate", mapping.Date, func(r *CustomerRecord, v string) { r.SaleDate = v }),
		mapping.To("ServiceTwoWayVoice", mapping.Bool, func(r *CustomerRecord, v string) { r.ServiceTwoWayVoice = v == "true" }),
		mapping.To("AccountNumber", mapping.Text, func(r *CustomerRecord, v string) { r.AccountNumber = v }),
		mapping.To("ReceiverNumber", mapping.Text, func(r *CustomerRecord, v string) { r.ReceiverNumber = v }),
		mapping.To("RepID", mapping.Text, func(r *CustomerRecord, v string) { r.RepID = v }),
	}
}

// addressSources are the fields of an address with their names in WSDL Address.
func addressSources[S any](prefix, soap string, of func(S) *Address) []mapping.Source[S] {
	f := []mapping.Source[S]{
		mapping.From("Street1", "Street1", mapping.Text, func(s S) string { return of(s).Street1 }),
		mapping.From("Street2", "Street2", mapping.Text, func(s S) string { return of(s).Street2 }),
		mapping.From("City", "City", mapping.Text, func(s S) string { return of(s).City }),
		mapping.From("State", "State", mapping.Text, func(s S) string { return of(s).State }),
		mapping.From("Zip", "Zip", mapping.Text, func(s S) string { return of(s).Zip }),
		mapping.From("Country", "CountryId", mapping.Text, func(s S) string { return of(s).Country }),
	}
	for i := range f {
		f[i].Name, f[i].Alias = prefix+f[i].Name, soap+f[i].Alias
	}
	return f
}

// dateAsWritten formats the date of t in the zone it was written in. Alarm.com
// writes 0001-01-01 for none, in whatever zone.
func dateAsWritten(t time.Time) string {
	y, m, d := t.Date()
	switch {
	case y <= 1:
		return ""
	case y > 9999:
		return t.Format(time.DateOnly)
	}
	digit := func(n int) byte { return byte('0' + n%10) }
	return string([]byte{
		digit(y / 1000), digit(y / 100), digit(y / 10), digit(y), '-',
		digit(int(m) / 10), digit(int(m)), '-', digit(d / 10), digit(d),
	})
}
