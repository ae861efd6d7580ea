package adcimport_test

import (
	"context"
	"iter"
	"log/slog"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/match"
)

// secretPanic is what the fakes panic with; nothing of it may be seen.
const secretPanic = "Sesame Street 7, 555-0123"

// Ways in which a call does not return.
func panics()        { panic(secretPanic) }
func panicsRuntime() { _ = []string{}[len(secretPanic)] }
func panicsNil()     { panic(error(nil)) } //nolint:govet // the runtime makes an error of it
func exits()         { runtime.Goexit() }

// minefield is a host whose every function may panic: the one that is armed.
type minefield struct {
	mu   sync.Mutex
	at   string
	how  func()
	hits int
}

func (m *minefield) step(call string) {
	m.mu.Lock()
	armed := m.at == call
	if armed {
		m.hits++
	}
	m.mu.Unlock()
	if armed {
		m.how()
	}
}

func (m *minefield) arm(call string, how func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at, m.how, m.hits = call, how, 0
}

func (m *minefield) hit() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.hits
}

type minedSource struct {
	*adcimporttest.Source
	m *minefield
}

// minedSeq panics between the first page and the second, and where there is none
// at the end.
func minedSeq[T any](m *minefield, call string, seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v, err := range seq {
			if !yield(v, err) {
				return
			}
			m.step(call)
		}
		m.step(call)
	}
}

func (s minedSource) Customers(ctx context.Context, f adcimport.CustomerFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return minedSeq(s.m, "Source.Customers", s.Source.Customers(ctx, f, from))
}

func (s minedSource) Users(ctx context.Context, f adcimport.UserFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.User], error] {
	s.m.step("Source.Users") // before there is an iterator
	return s.Source.Users(ctx, f, from)
}

func (s minedSource) CustomerDetail(ctx context.Context, id string) (adcimport.Customer, error) {
	if id == "5" {
		s.m.step("Source.CustomerDetail")
	}
	return s.Source.CustomerDetail(ctx, id)
}

func (s minedSource) SubDealers(ctx context.Context) ([]adcimport.Choice, error) {
	s.m.step("Source.SubDealers")
	return s.Source.SubDealers(ctx)
}

func (s minedSource) Roles(ctx context.Context) ([]adcimport.Choice, error) {
	s.m.step("Source.Roles")
	return s.Source.Roles(ctx)
}

func (s minedSource) CheckCustomerFilter(adcimport.CustomerFilter) error {
	s.m.step("Source.CheckCustomerFilter")
	return nil
}

func (s minedSource) CheckUserFilter(adcimport.UserFilter) error {
	s.m.step("Source.CheckUserFilter")
	return nil
}

func (s minedSource) Check(context.Context) error {
	s.m.step("Source.Check")
	return nil
}

func (s minedSource) Warnings(context.Context, adcimport.RunInfo) []string {
	s.m.step("Source.Warnings")
	return nil
}

// minedSink creates before it panics: what it did is not known. It loses the
// answer to the first create of customer 7, and the first create of customer 8.
type minedSink struct {
	*adcimporttest.Sink
	m            *minefield
	lost, unmade *sync.Once
}

func (s minedSink) FindCustomers(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
	s.m.step("Sink.FindCustomers")
	return s.Sink.FindCustomers(ctx, keys)
}

func (s minedSink) CreateCustomers(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	res, err := make([]adcimport.WriteResult, len(recs)), error(nil)
	for i, r := range recs {
		made := true
		if r.AlarmComID == "8" {
			s.unmade.Do(func() { made = false })
		}
		if made && err == nil {
			var one []adcimport.WriteResult
			if one, err = s.Sink.CreateCustomers(ctx, recs[i:i+1]); err == nil {
				res[i] = one[0]
			}
		}
	}
	s.m.step("Sink.CreateCustomers")
	for i, r := range recs {
		if r.AlarmComID == "7" && i < len(res) {
			s.lost.Do(func() { res[i] = adcimport.WriteResult{} })
		}
	}
	return res, err
}

func (s minedSink) UpdateCustomers(ctx context.Context, ids []string, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	s.m.step("Sink.UpdateCustomers")
	return s.Sink.UpdateCustomers(ctx, ids, recs)
}

func (s minedSink) FindUsers(ctx context.Context, keys []adcimport.UserKey) (map[string][]string, error) {
	s.m.step("Sink.FindUsers")
	return s.Sink.FindUsers(ctx, keys)
}

func (s minedSink) CreateUsers(ctx context.Context, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
	res, err := s.Sink.CreateUsers(ctx, recs)
	s.m.step("Sink.CreateUsers")
	return res, err
}

func (s minedSink) UpdateUsers(ctx context.Context, ids []string, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
	s.m.step("Sink.UpdateUsers")
	return s.Sink.UpdateUsers(ctx, ids, recs)
}

func (s minedSink) ReadCustomers(ctx context.Context, ids []string) (map[string]adcimport.CustomerRecord, error) {
	s.m.step("Sink.ReadCustomers")
	return s.Sink.ReadCustomers(ctx, ids)
}

func (s minedSink) ReadUsers(ctx context.Context, ids []string) (map[string]adcimport.UserRecord, error) {
	s.m.step("Sink.ReadUsers")
	return s.Sink.ReadUsers(ctx, ids)
}

func (s minedSink) FindReps(ctx context.Context, logins []string) (map[string]string, error) {
	s.m.step("Sink.FindReps")
	return s.Sink.FindReps(ctx, logins)
}

func (s minedSink) ValidateCustomer(rec adcimport.CustomerRecord) []adcimport.FieldError {
	if rec.AlarmComID == "5" {
		s.m.step("Sink.ValidateCustomer")
	}
	return s.Sink.ValidateCustomer(rec)
}

func (s minedSink) ValidateUser(rec adcimport.UserRecord) []adcimport.FieldError {
	s.m.step("Sink.ValidateUser")
	return s.Sink.ValidateUser(rec)
}

func (s minedSink) ProvesAbsence(k adcimport.Kind) bool {
	s.m.step("Sink.ProvesAbsence")
	return s.Sink.ProvesAbsence(k)
}

func (s minedSink) TraceCustomers(ctx context.Context, recs []adcimport.CustomerRecord) (map[string][]string, error) {
	s.m.step("Sink.TraceCustomers")
	return s.Sink.TraceCustomers(ctx, recs)
}

func (s minedSink) MatchCustomers(ctx context.Context, recs []match.Customer) ([]match.CustomerCandidate, error) {
	s.m.step("Sink.MatchCustomers")
	return s.Sink.MatchCustomers(ctx, recs)
}

func (s minedSink) LinkCustomers(ctx context.Context, links []adcimport.CustomerLink) ([]adcimport.WriteResult, error) {
	s.m.step("Sink.LinkCustomers")
	return s.Sink.LinkCustomers(ctx, links)
}

func (s minedSink) MatchUsers(ctx context.Context, recs []match.User) ([]match.UserCandidate, error) {
	s.m.step("Sink.MatchUsers")
	return s.Sink.MatchUsers(ctx, recs)
}

func (s minedSink) LinkUsers(ctx context.Context, links []adcimport.UserLink) ([]adcimport.WriteResult, error) {
	s.m.step("Sink.LinkUsers")
	return s.Sink.LinkUsers(ctx, links)
}

func (s minedSink) CheckCustomerOptions(ctx context.Context, o adcimport.CustomerOptions) error {
	s.m.step("Sink.CheckCustomerOptions")
	return s.Sink.CheckCustomerOptions(ctx, o)
}

func (s minedSink) CheckUserOptions(ctx context.Context, o adcimport.UserOptions) error {
	s.m.step("Sink.CheckUserOptions")
	return s.Sink.CheckUserOptions(ctx, o)
}

func (s minedSink) MakeUserTags(ctx context.Context, names []string) error {
	s.m.step("Sink.MakeUserTags")
	return s.Sink.MakeUserTags(ctx, names)
}

func (s minedSink) Offices(ctx context.Context) ([]adcimport.Choice, error) {
	s.m.step("Sink.Offices")
	return s.Sink.Offices(ctx)
}

func (s minedSink) Reps(ctx context.Context) ([]adcimport.Choice, error) {
	s.m.step("Sink.Reps")
	return s.Sink.Reps(ctx)
}

func (s minedSink) CustomerTags(ctx context.Context) ([]adcimport.Choice, error) {
	s.m.step("Sink.CustomerTags")
	return s.Sink.CustomerTags(ctx)
}

func (s minedSink) PermissionGroups(ctx context.Context) ([]adcimport.Choice, error) {
	s.m.step("Sink.PermissionGroups")
	return s.Sink.PermissionGroups(ctx)
}

func (s minedSink) UserTags(ctx context.Context) ([]adcimport.Choice, error) {
	s.m.step("Sink.UserTags")
	return s.Sink.UserTags(ctx)
}

func (s minedSink) Check(context.Context) error {
	s.m.step("Sink.Check")
	return nil
}

func (s minedSink) Warnings(context.Context, adcimport.RunInfo) []string {
	s.m.step("Sink.Warnings")
	return nil
}

// minedStore is a tapStore whose calls panic before they have an effect.
type minedStore struct {
	*tapStore
	m *minefield
}

func (s minedStore) Prune(ctx context.Context, link string, olderThan time.Time) (int, error) {
	s.m.step("Store.Prune")
	return s.tapStore.Prune(ctx, link, olderThan)
}

func (s minedStore) Runs(ctx context.Context, q ledger.RunQuery) iter.Seq2[ledger.RunState, error] {
	return minedSeq(s.m, "Store.Runs", s.tapStore.Runs(ctx, q))
}

func (s minedStore) Outcomes(ctx context.Context, id string, from int) iter.Seq2[adcimport.Outcome, error] {
	return minedSeq(s.m, "Store.Outcomes", s.tapStore.Outcomes(ctx, id, from))
}

type minedNotifier struct {
	*teller
	m *minefield
}

func (n minedNotifier) Notify(ctx context.Context, s adcimport.Summary) error {
	n.m.step("Notifier.Notify")
	return n.teller.Notify(ctx, s)
}

func minedEvents(m *minefield) adcimport.Events {
	return adcimport.Events{
		RunStarted: func(context.Context, adcimport.RunInfo) { m.step("Events.RunStarted") },
		PageRead:   func(context.Context, adcimport.RunInfo, adcimport.Progress) { m.step("Events.PageRead") },
		Waiting:    func(context.Context, adcimport.RunInfo, time.Duration) { m.step("Events.Waiting") },
		Call: func(context.Context, adcimport.RunInfo, adcimport.CallInfo) (context.Context, func(error)) {
			m.step("Events.Call")
			return nil, nil
		},
		RecordDone: func(context.Context, adcimport.RunInfo, adcimport.Outcome) { m.step("Events.RecordDone") },
		Committed:  func(context.Context, adcimport.RunInfo, adcimport.Progress) { m.step("Events.Committed") },
		RunEnded:   func(context.Context, adcimport.Summary, error) { m.step("Events.RunEnded") },
	}
}

// minedRig has 12 customers and 3 users; nothing of it is armed.
func minedRig(t *testing.T) (*rig, *minefield, *teller) {
	t.Helper()
	r, m, told := newRig(12), &minefield{}, &teller{}
	for i := range r.src.Dealer.Customers {
		r.src.Dealer.Customers[i].SalesRepLogin = "rep"
	}
	r.src.Dealer.Users = []adcimport.User{{ID: "1", LoginName: "a"}, {ID: "2", LoginName: "b"}, {ID: "3", LoginName: "c", Email: "c@example.com"}}
	known := &r.src.Dealer.Customers[9] // typed in by hand
	known.PrimaryPhoneNumber, known.PrimaryEmail = "801-234-5678", "ten@example.com"
	r.sink.TypeInCustomer(adcimport.CustomerRecord{FirstName: known.FirstName, LastName: known.LastName, Phone1: "8012345678", Email: known.PrimaryEmail})
	r.sink.TypeInUser(adcimport.UserRecord{Username: "c", Email: "c@example.com", Active: true})
	r.store.before = func(method string, _ int) error {
		if method != "Runs" && method != "Outcomes" { // these panic on their way
			m.step("Store." + method)
		}
		return nil
	}
	over := make(chan struct{})
	close(over)
	newID := r.cfg.NewID
	r.cfg.NewID = func() string {
		m.step("Config.NewID")
		return newID()
	}
	r.cfg.Admit = func(string, adcimport.Kind) (<-chan struct{}, func()) {
		m.step("Config.Admit")
		return over, func() {}
	}
	r.cfg.Source = minedSource{r.src.Source, m}
	r.cfg.Sink = minedSink{r.sink.Sink, m, new(sync.Once), new(sync.Once)}
	r.cfg.Store = minedStore{r.store, m}
	r.cfg.Notifiers = []adcimport.Notifier{minedNotifier{told, m}}
	r.cfg.Events = minedEvents(m)
	r.cfg.Transforms = map[string]adcimport.TransformFunc{"mine": func(in string) (string, error) {
		if in == "F5" {
			m.step("transform mine")
		}
		return in, nil
	}}
	r.cfg.CustomerMapping = adcimport.DefaultCustomerMapping().With(
		adcimport.Rule{From: []string{"PrimaryEmail"}, To: "Email", Overwrite: adcimport.OverwriteIfEmpty})
	r.cfg.UserMapping = adcimport.DefaultUserMapping().With(
		adcimport.Rule{From: []string{"Phone"}, To: "CellPhone", Overwrite: adcimport.OverwriteIfEmpty})
	for i := range r.cfg.CustomerMapping.Rules {
		if rule := &r.cfg.CustomerMapping.Rules[i]; rule.To == "FirstName" {
			rule.Transforms = append(rule.Transforms, adcimport.Transform{Name: "mine"})
		}
	}
	return r, m, told
}

// panicHandler is a log handler that panics on every line.
type panicHandler struct{ slog.Handler }

func (panicHandler) Handle(context.Context, slog.Record) error { panic(secretPanic) }

func logToPanic() *slog.Logger {
	return slog.New(panicHandler{slog.DiscardHandler})
}
