package adcimport_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
)

var errBoom = errors.New("boom") // says nothing: a source or sink that fails with it may be out of order

// errLogin ends a run at once.
var errLogin = fmt.Errorf("%w: %w", errBoom, adcimport.ErrAuth)

// rig is a link between fakes that tests can break at any call.
type rig struct {
	src   *tapSource
	sink  *tapSink
	store *tapStore
	cfg   adcimport.Config
}

// newRig has n customers with the ids 1 to n, in partial pages of 10, and a
// batch size of 10.
func newRig(n int) *rig {
	r := &rig{
		src:   &tapSource{Source: &adcimporttest.Source{Dealer: &adcimporttest.Dealer{Customers: plainCustomers(n)}, PageSize: 10}},
		sink:  &tapSink{Sink: &adcimporttest.Sink{}},
		store: &tapStore{StateStore: new(adcimport.MemoryStore)},
	}
	ids := 0
	var mu sync.Mutex
	r.cfg = adcimport.Config{
		Link: "isp-1", Source: r.src, Sink: r.sink, Store: r.store, BatchSize: 10,
		NewID: func() string {
			mu.Lock()
			defer mu.Unlock()
			ids++
			return fmt.Sprintf("run-%d", ids)
		},
	}
	return r
}

func plainCustomers(n int) []adcimport.Customer {
	list := make([]adcimport.Customer, n)
	for i := range list {
		list[i] = plainCustomer(strconv.Itoa(i + 1))
	}
	return list
}

func plainCustomer(id string) adcimport.Customer {
	return adcimport.Customer{ID: id, FirstName: "F" + id, LastName: "L" + id, SubDealerID: "sub" + id[len(id)-1:]}
}

func (r *rig) importer(t *testing.T) *adcimport.Importer {
	t.Helper()
	imp, err := adcimport.New(r.cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = imp.Close(context.WithoutCancel(t.Context())) }) // as a host does at its end
	return imp
}

// customers imports all and answers what the caller gets.
func (r *rig) customers(t *testing.T, o ...adcimport.RunOptions) (*adcimport.Summary, error) {
	t.Helper()
	var opts adcimport.CustomerOptions
	if len(o) > 0 {
		opts.RunOptions = o[0]
	}
	return r.importer(t).ImportCustomers(t.Context(), adcimport.CustomerFilter{}, opts)
}

// resume goes on with a run to its end.
func (r *rig) resume(t *testing.T, id string) (*adcimport.Summary, error) {
	t.Helper()
	run, err := r.importer(t).StartResume(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return run.Wait(t.Context())
}

// completed fails unless the run completed, with these counts.
func completed(t *testing.T, s *adcimport.Summary, err error, want adcimport.Counts) {
	t.Helper()
	if err != nil {
		t.Fatalf("got %v", err)
	}
	if s.Status != adcimport.StatusCompleted {
		t.Errorf("status %s", s.Status)
	}
	if diff := cmp.Diff(want, s.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

// once fails unless the sink has exactly these customers, each once.
func (r *rig) once(t *testing.T, ids ...string) {
	t.Helper()
	var got []string
	for _, c := range r.sink.Customers() {
		got = append(got, c.Record.AlarmComID)
	}
	slices.Sort(got)
	ids = slices.Sorted(slices.Values(ids))
	if diff := cmp.Diff(ids, got); diff != "" {
		t.Errorf("customers in the sink (-want +got):\n%s", diff)
	}
}

func idsUpTo(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = strconv.Itoa(i + 1)
	}
	return ids
}

// agrees fails unless the ledger of a run has one row per counted record, and
// the stored counts are those of the summary.
func (r *rig) agrees(t *testing.T, s *adcimport.Summary) {
	t.Helper()
	st, err := r.store.StateStore.Run(t.Context(), s.RunID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.Counts, st.Counts); diff != "" {
		t.Errorf("stored counts (-summary +stored):\n%s", diff)
	}
	var rows adcimport.Counts
	for o, err := range r.store.StateStore.Outcomes(t.Context(), s.RunID, 0) {
		if err != nil {
			t.Fatal(err)
		}
		rows.Add(o.Action)
	}
	rows = withPassing(*s, rows)
	if diff := cmp.Diff(s.Counts, rows); diff != "" {
		t.Errorf("ledger (-counts +rows):\n%s", diff)
	}
	c := s.Counts
	if sum := c.Created + c.Linked + c.Updated + c.Unchanged + c.Skipped + c.Failed; sum != c.Read {
		t.Errorf("read %d is not the sum %d", c.Read, sum)
	}
}

// withPassing adds to the rows of a run what it counted without one.
func withPassing(s adcimport.Summary, rows adcimport.Counts) adcimport.Counts {
	least := s.ByReason[adcimport.ReasonAlreadyImported] + s.ByReason[adcimport.ReasonDuplicateInSource]
	most := least + s.ByReason[adcimport.ReasonFilteredOut] + s.ByReason[adcimport.ReasonExcluded] // those that were named have one
	if skipped := s.Counts.Skipped - rows.Skipped; skipped >= least && skipped <= most {
		rows.AddN(adcimport.ActionSkipped, skipped)
	}
	if unchanged := s.Counts.Unchanged - rows.Unchanged; unchanged > 0 {
		rows.AddN(adcimport.ActionUnchanged, unchanged)
	}
	return rows
}

// outcomes of a run as id -> action/reason.
func (r *rig) outcomes(t *testing.T, runID string) map[string]string {
	t.Helper()
	got := make(map[string]string)
	for o, err := range r.importer(t).Outcomes(t.Context(), runID) {
		if err != nil {
			t.Fatal(err)
		}
		got[o.SourceID] = verdict(o)
	}
	return got
}

func verdict(o adcimport.Outcome) string {
	if o.Reason == "" {
		return string(o.Action)
	}
	return string(o.Action) + "/" + string(o.Reason)
}

// noIntents fails when an intent is open.
func (r *rig) openIntents(t *testing.T) []string {
	t.Helper()
	var ids []string
	for in, err := range r.store.StateStore.List(t.Context(), ledger.Scope{Account: "isp-1", Kind: adcimport.KindCustomer}, ledger.Query{States: []ledger.RecordState{ledger.StateOpen}}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, in.ID)
	}
	return ids
}

// tapSource lets a test replace pages and details.
type tapSource struct {
	*adcimporttest.Source
	page   func(n int, p adcimport.Page[adcimport.Customer]) (adcimport.Page[adcimport.Customer], error) // nth of a listing, from 1
	detail func(ctx context.Context, id string) (adcimport.Customer, error)
	check  error
}

func (s *tapSource) Check(ctx context.Context) error {
	if s.check != nil {
		return s.check
	}
	return s.Source.Check(ctx)
}

func (s *tapSource) Customers(ctx context.Context, f adcimport.CustomerFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return func(yield func(adcimport.Page[adcimport.Customer], error) bool) {
		n := 0
		for page, err := range s.Source.Customers(ctx, f, from) {
			if n++; err == nil && s.page != nil && len(f.CustomerIDs) == 0 {
				page, err = s.page(n, page)
			}
			if !yield(page, err) || err != nil {
				return
			}
		}
	}
}

func (s *tapSource) CustomerDetail(ctx context.Context, id string) (adcimport.Customer, error) {
	if s.detail != nil {
		return s.detail(ctx, id)
	}
	return s.Source.CustomerDetail(ctx, id)
}

// listSource delivers exactly these pages, whole, whatever is asked for.
type listSource struct {
	pages   []adcimport.Page[adcimport.Customer]
	partial bool
}

func (s *listSource) Customers(ctx context.Context, f adcimport.CustomerFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return adcimport.Pages(ctx, from, func(_ context.Context, c adcimport.Cursor) (adcimport.Page[adcimport.Customer], error) {
		at, _ := strconv.Atoi(string(c))
		var page adcimport.Page[adcimport.Customer]
		if at < len(s.pages) {
			page = s.pages[at]
		}
		page.Partial = s.partial
		if at+1 < len(s.pages) {
			page.Next = adcimport.Cursor(strconv.Itoa(at + 1))
		}
		page.Items = slices.DeleteFunc(slices.Clone(page.Items), func(c adcimport.Customer) bool {
			return len(f.CustomerIDs) > 0 && !slices.Contains(f.CustomerIDs, c.ID)
		})
		return page, nil
	})
}

// pagesOf makes whole pages of plain customers with these ids.
func pagesOf(pages ...[]string) *listSource {
	var s listSource
	for _, ids := range pages {
		var p adcimport.Page[adcimport.Customer]
		for _, id := range ids {
			c := adcimport.Customer{}
			if id != "" {
				c = plainCustomer(id)
			}
			p.Items = append(p.Items, c)
		}
		s.pages = append(s.pages, p)
	}
	return &s
}

// tapSink lets a test answer instead of the sink.
type tapSink struct {
	*adcimporttest.Sink
	find   func(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error)
	create func(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error)
	check  error
}

func (s *tapSink) Check(ctx context.Context) error {
	if s.check != nil {
		return s.check
	}
	return s.Sink.Check(ctx)
}

func (s *tapSink) FindCustomers(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
	if s.find != nil {
		return s.find(ctx, keys)
	}
	return s.Sink.FindCustomers(ctx, keys)
}

func (s *tapSink) CreateCustomers(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	if s.create != nil {
		return s.create(ctx, recs)
	}
	return s.Sink.CreateCustomers(ctx, recs)
}

// tapStore fails a call before or after it had its effect, by method.
type tapStore struct {
	adcimport.StateStore

	mu     sync.Mutex
	calls  map[string]int
	before func(method string, n int) error
	after  func(method string, n int) error
	commit func(ledger.Commit)
}

func (s *tapStore) tap(method string, do func() error) error {
	s.mu.Lock()
	if s.calls == nil {
		s.calls = make(map[string]int)
	}
	s.calls[method]++
	n := s.calls[method]
	before, after := s.before, s.after
	s.mu.Unlock()
	if before != nil {
		if err := before(method, n); err != nil {
			return err
		}
	}
	if err := do(); err != nil {
		return err
	}
	if after != nil {
		return after(method, n)
	}
	return nil
}

func (s *tapStore) heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before, s.after = nil, nil
}

func (s *tapStore) count() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.calls)
}

func (s *tapStore) Acquire(ctx context.Context, req ledger.LeaseRequest) (l ledger.Lease, err error) {
	err = s.tap("Acquire", func() (err error) { l, err = s.StateStore.Acquire(ctx, req); return err })
	return l, err
}

func (s *tapStore) Renew(ctx context.Context, in ledger.Lease) (l ledger.Lease, err error) {
	err = s.tap("Renew", func() (err error) { l, err = s.StateStore.Renew(ctx, in); return err })
	return l, err
}

func (s *tapStore) Release(ctx context.Context, l ledger.Lease, end ledger.End) (st ledger.RunState, err error) {
	err = s.tap("Release", func() (err error) { st, err = s.StateStore.Release(ctx, l, end); return err })
	return st, err
}

func (s *tapStore) Records(ctx context.Context, sc ledger.Scope, runID string, ids []string) (found map[string]ledger.Record, err error) {
	err = s.tap("Records", func() (err error) { found, err = s.StateStore.Records(ctx, sc, runID, ids); return err })
	return found, err
}

// Commit is Intend for the tests where something is about to be sent.
func (s *tapStore) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) (states []ledger.IntentState, err error) {
	if s.commit != nil {
		s.commit(c)
	}
	method := "Commit"
	if len(c.Intents) > 0 {
		method = "Intend"
	}
	err = s.tap(method, func() (err error) { states, err = s.StateStore.Commit(ctx, l, c); return err })
	return states, err
}

func (s *tapStore) Run(ctx context.Context, id string) (st ledger.RunState, err error) {
	err = s.tap("Run", func() (err error) { st, err = s.StateStore.Run(ctx, id); return err })
	return st, err
}

func (s *tapStore) Runs(ctx context.Context, q ledger.RunQuery) iter.Seq2[ledger.RunState, error] {
	return tapSeq(s, "Runs", s.StateStore.Runs(ctx, q))
}

func (s *tapStore) Outcomes(ctx context.Context, id string, from int) iter.Seq2[adcimport.Outcome, error] {
	return tapSeq(s, "Outcomes", s.StateStore.Outcomes(ctx, id, from))
}

func (s *tapStore) List(ctx context.Context, sc ledger.Scope, q ledger.Query) iter.Seq2[ledger.Record, error] {
	return tapSeq(s, "List", s.StateStore.List(ctx, sc, q))
}

func (s *tapStore) Amend(ctx context.Context, sc ledger.Scope, a []ledger.Amendment) error {
	return s.tap("Amend", func() error { return s.StateStore.Amend(ctx, sc, a) })
}

func (s *tapStore) Mark(ctx context.Context, runID string, m ledger.Mark) (took bool, err error) {
	err = s.tap("Mark", func() (err error) { took, err = s.StateStore.Mark(ctx, runID, m); return err })
	return took, err
}

func tapSeq[T any](s *tapStore, method string, seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if err := s.tap(method, func() error { return nil }); err != nil {
			var zero T
			yield(zero, err)
			return
		}
		seq(yield)
	}
}

// failOn fails the nth call of a method, once.
func failOn(method string, n int) func(string, int) error {
	return func(m string, i int) error {
		if m == method && i == n {
			return errBoom
		}
		return nil
	}
}

// teller is a notifier that can be broken.
type teller struct {
	mu   sync.Mutex
	told []string
	err  error
}

func (n *teller) Notify(_ context.Context, s adcimport.Summary) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.told = append(n.told, s.RunID+" "+string(s.Status))
	return n.err
}

// mend makes later notices succeed.
func (n *teller) mend() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.err = nil
}

func (n *teller) all() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.told)
}

func logTo(b *bytes.Buffer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// ended waits for a run and fails the test when it takes longer than any run
// should.
func ended(t *testing.T, run *adcimport.Run) (*adcimport.Summary, error) {
	t.Helper()
	select {
	case <-run.Done():
	case <-time.After(3 * time.Hour): // of a bubble's time
		t.Fatal("the run does not end")
	}
	return run.Wait(t.Context())
}

// sleepBubble moves the clock of a synctest bubble.
func sleepBubble(d time.Duration) { <-time.After(d) }
