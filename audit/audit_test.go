package audit_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/audit"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// crm is a sink whose people delete, unlink and double records.
type crm struct {
	*adcimporttest.Sink

	deleted, unlinked map[string]bool // by Alarm.com id
	doubled, moved    map[string]bool
	blind             bool // look-ups find nothing
}

func (c *crm) Unwrap() any { return c.Sink }

func (c *crm) FindCustomers(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
	for _, k := range keys {
		if strings.Contains(k.ID, "'") {
			return nil, &adcimport.RecordError{ID: k.ID, Reason: adcimport.ReasonInvalidRecord}
		}
	}
	found, err := c.Sink.FindCustomers(ctx, keys)
	for id := range found {
		switch {
		case c.blind, c.deleted[id], c.unlinked[id]:
			delete(found, id)
		case c.moved[id]:
			found[id] = []string{"other"}
		case c.doubled[id]:
			found[id] = append(found[id], "copy")
		}
	}
	return found, err
}

func (c *crm) Holds(_ context.Context, _ adcimport.Kind, ids []string) (map[string]bool, error) {
	held := make(map[string]bool)
	for _, s := range c.Customers() {
		if slices.Contains(ids, s.ID) && !c.deleted[s.Record.AlarmComID] {
			held[s.ID] = true
		}
	}
	return held, nil
}

// bareCRM says nothing of records by its own ids.
type bareCRM struct{ sink *crm }

func (b bareCRM) FindCustomers(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
	return b.sink.FindCustomers(ctx, keys)
}

func (b bareCRM) CreateCustomers(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	return b.sink.CreateCustomers(ctx, recs)
}

// lab is a link that was imported once.
type lab struct {
	source *adcimporttest.Source
	sink   *crm
	cfg    audit.Config
	imp    *adcimport.Importer
}

func newLab(t *testing.T, n int) *lab {
	t.Helper()
	d := new(adcimporttest.Dealer)
	for i := 1; i <= n; i++ {
		d.Customers = append(d.Customers, person(strconv.Itoa(i)))
	}
	l := &lab{
		source: &adcimporttest.Source{Dealer: d, PageSize: 30},
		sink:   &crm{Sink: new(adcimporttest.Sink), deleted: map[string]bool{}, unlinked: map[string]bool{}, doubled: map[string]bool{}},
	}
	store := new(adcimport.MemoryStore)
	l.cfg = audit.Config{Link: "l", Source: l.source, Sink: l.sink, Store: store}
	var err error
	l.imp, err = adcimport.New(adcimport.Config{Link: "l", Source: l.source, Sink: l.sink, Store: store})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}); err != nil {
		t.Fatal(err)
	}
	l.sink.ResetCalls()
	l.source.ResetCalls()
	return l
}

func person(id string) adcimport.Customer {
	return adcimport.Customer{
		ID: id, FirstName: "Ada", LastName: "Byron", PrimaryPhoneNumber: "2085550100",
		InstallAddress: adcimport.Address{City: "Boise", State: "ID"}, JoinDate: time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC),
	}
}

// differ changes every side.
func (l *lab) differ() {
	l.source.Update(func(d *adcimporttest.Dealer) {
		d.Customers = slices.DeleteFunc(d.Customers, func(c adcimport.Customer) bool { return c.ID == "7" || c.ID == "8" })
		d.Customers[9].LastName = "Lovelace" // of 12
		gone := person("9001")
		gone.Terminated = true
		d.Customers = append(d.Customers, person("9000"), gone)
		for i := range d.Customers {
			if d.Customers[i].ID == "20" {
				d.Customers[i].Terminated = true // listed all the same: it is not gone
			}
		}
	})
	l.sink.deleted = map[string]bool{"3": true, "8": true}
	l.sink.unlinked = map[string]bool{"4": true}
	l.sink.doubled = map[string]bool{"5": true}
}

func read(t *testing.T, findings iter.Seq2[audit.Finding, error]) (list []string, err error) {
	t.Helper()
	for f, e := range findings {
		if e != nil {
			return list, e
		}
		list = append(list, fmt.Sprintf("%s %s", f.SourceID, f.What))
	}
	slices.Sort(list)
	return list, nil
}

// TestSpec_L6_whatDiffers finds each kind of difference, and no other.
func TestSpec_L6_whatDiffers(t *testing.T) {
	t.Parallel()
	l := newLab(t, 250)
	if list, err := read(t, audit.Customers(t.Context(), l.cfg)); err != nil || len(list) != 0 {
		t.Fatalf("after an import %q differ, %v", list, err)
	}
	l.differ()
	before := len(l.sink.Customers())
	l.sink.ResetCalls()
	l.source.ResetCalls()
	want := []string{
		"3 gone_in_securitytrax", "4 unlinked", "5 doubled", "7 gone_at_alarm_com", "8 gone_at_alarm_com", "8 gone_in_securitytrax",
		"9000 missing",
	}
	got, err := read(t, audit.Customers(t.Context(), l.cfg))
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if calls := l.source.Calls(); calls.CustomersListed != 2 || calls.CustomerDetails != 0 {
		t.Errorf("%d listings and %d details, want 2 and 0", calls.CustomersListed, calls.CustomerDetails)
	}
	counts := l.sink.CallCounts()
	if counts["FindCustomers"] != 5 || counts["CreateCustomers"]+counts["UpdateCustomers"] != 0 || len(l.sink.Customers()) != before {
		t.Errorf("calls of the sink: %v, want 5 look-ups (of controls, of 250 in three, of what is gone) and no write", counts)
	}

	l.cfg.Include.Terminated = true
	if got, err := read(t, audit.Customers(t.Context(), l.cfg)); err != nil || !slices.Contains(got, "9001 missing") || len(got) != len(want)+1 {
		t.Errorf("terminated ones included: %q, %v", got, err)
	}
	l.cfg.Include.Terminated = false
	l.cfg.Details = l.imp
	got, err = read(t, audit.Customers(t.Context(), l.cfg))
	if !slices.Contains(got, "12 changed") || len(got) != len(want)+1 || err != nil {
		t.Errorf("with details: %q, %v", got, err)
	}
}

// Without a way to ask for records by their own ids, gone and unlinked are one.
func TestSpec_L6_noHolder(t *testing.T) {
	t.Parallel()
	l := newLab(t, 20)
	l.sink.deleted, l.sink.unlinked = map[string]bool{"3": true}, map[string]bool{"4": true}
	l.cfg.Sink = adcimport.CustomersOnlySink(bareCRM{l.sink})
	got, err := read(t, audit.Customers(t.Context(), l.cfg))
	if diff := cmp.Diff([]string{"3 lost", "4 lost"}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// cut is a source whose listing breaks off.
type cut struct{ adcimport.Source }

var errCut = errors.New("HTTP 503")

func (c cut) Customers(
	ctx context.Context, f adcimport.CustomerFilter, from adcimport.Cursor,
) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return func(yield func(adcimport.Page[adcimport.Customer], error) bool) {
		for page, err := range c.Source.Customers(ctx, f, from) {
			if yield(page, err) {
				yield(adcimport.Page[adcimport.Customer]{}, errCut)
			}
			return
		}
	}
}

// TestSpec_L6_incompleteListing says of nobody that it is gone at Alarm.com after a
// listing that is not complete, and of nobody that it is gone in SecurityTrax after
// look-ups that find nobody.
func TestSpec_L6_incompleteListing(t *testing.T) {
	t.Parallel()
	l := newLab(t, 250)
	l.cfg.Source = cut{l.source}
	if got, err := read(t, audit.Customers(t.Context(), l.cfg)); !errors.Is(err, errCut) || len(got) != 0 {
		t.Errorf("cut: %q, %v", got, err)
	}
	l.cfg.Source = l.source
	l.sink.blind = true
	if got, err := read(t, audit.Customers(t.Context(), l.cfg)); !errors.Is(err, audit.ErrNoControl) || len(got) != 0 {
		t.Errorf("blind: %q, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := read(t, audit.Customers(ctx, l.cfg)); err == nil {
		t.Error("canceled, and no error")
	}
}

// Of an account that two links share, what the other one brought is not gone.
func TestSpec_L6_sharedAccount(t *testing.T) {
	t.Parallel()
	sink, store := new(adcimporttest.Sink), new(adcimport.MemoryStore)
	sources := map[string]*adcimporttest.Source{
		"a": {Dealer: &adcimporttest.Dealer{Customers: []adcimport.Customer{person("1"), person("2")}}},
		"b": {Dealer: &adcimporttest.Dealer{Customers: []adcimport.Customer{person("3")}}},
	}
	for link, source := range sources {
		imp, err := adcimport.New(adcimport.Config{Link: link, SinkAccount: "acme", Source: source, Sink: sink, Store: store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	sources["a"].Update(func(d *adcimporttest.Dealer) { d.Customers = d.Customers[1:] })
	got, err := read(t, audit.Customers(t.Context(), audit.Config{Link: "a", SinkAccount: "acme", Source: sources["a"], Sink: sink, Store: store}))
	if diff := cmp.Diff([]string{"1 gone_at_alarm_com"}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// What the ledger says otherwise than SecurityTrax, and what cannot be asked for.
func TestSpec_L6_ledger(t *testing.T) {
	t.Parallel()
	l := newLab(t, 4)
	l.sink.moved = map[string]bool{"3": true}
	l.source.Update(func(d *adcimporttest.Dealer) { d.Customers = append(d.Customers, person("5"), person("no'id")) })
	l.sink.CreateCustomers(t.Context(), []adcimport.CustomerRecord{{AlarmComID: "5"}}) //nolint:errcheck // the fake's own
	want := []string{"3 elsewhere", "5 unrecorded", "no'id not_looked_up"}
	got, err := read(t, audit.Customers(t.Context(), l.cfg))
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	l.cfg.Store = new(adcimport.MemoryStore) // it is lost
	got, err = read(t, audit.Customers(t.Context(), l.cfg))
	if err != nil || len(got) != 6 || !slices.Contains(got, "1 unrecorded") {
		t.Errorf("without the ledger: %q, %v", got, err)
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	user := adcimport.User{ID: "5", LoginName: "ada", FirstName: "Ada", LastName: "Byron", Email: "ada@example.com"}
	source := &adcimporttest.Source{Dealer: &adcimporttest.Dealer{Users: []adcimport.User{user}}}
	cfg := audit.Config{Link: "l", Source: source, Sink: new(adcimporttest.Sink), Store: new(adcimport.MemoryStore)}
	got, err := read(t, audit.Users(t.Context(), cfg))
	if diff := cmp.Diff([]string{"5 missing"}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	for _, findings := range []iter.Seq2[audit.Finding, error]{
		audit.Customers(t.Context(), audit.Config{}), audit.Users(t.Context(), audit.Config{Link: "l"}),
	} {
		_, err := read(t, findings)
		if _, ok := errors.AsType[*adcimport.InvalidOptionsError](err); !ok {
			t.Errorf("%v", err)
		}
	}
	l := newLab(t, 1)
	l.sink.KeepsNoID = true
	if _, err := read(t, audit.Customers(t.Context(), l.cfg)); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a sink that keeps no ids: %v", err)
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	list := func(err error) iter.Seq2[audit.Finding, error] {
		return func(yield func(audit.Finding, error) bool) {
			ok := yield(audit.Finding{Kind: "customer", What: audit.Doubled, SourceID: "=5", SinkIDs: []string{"1", "2"}, KnownID: "1"}, nil) &&
				yield(audit.Finding{Kind: "customer", What: audit.Missing, SourceID: "6", State: "failed"}, nil)
			if ok && err != nil {
				yield(audit.Finding{}, err)
			}
		}
	}
	var table, lines, text strings.Builder
	if err := errors.Join(audit.WriteCSV(&table, list(nil)), audit.WriteJSONL(&lines, list(nil)), audit.WriteText(&text, list(nil))); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"kind,what,source_id,sink_ids,known_id,state\ncustomer,doubled,'=5,1 2,1,\ncustomer,missing,6,,,failed\n",
		`{"kind":"customer","what":"doubled","source_id":"=5","sink_ids":["1","2"],"known_id":"1"}` + "\n" +
			`{"kind":"customer","what":"missing","source_id":"6","state":"failed"}` + "\n",
		"doubled              customer =5, known as 1, found as 1 and 2\nmissing              customer 6, failed\n" +
			"       1  missing\n       1  doubled\n",
	}
	if diff := cmp.Diff(want, []string{table.String(), lines.String(), text.String()}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, err := range map[string]error{
		"CSV": audit.WriteCSV(new(strings.Builder), list(broken)), "JSON Lines": audit.WriteJSONL(new(strings.Builder), list(broken)),
		"text": audit.WriteText(new(strings.Builder), list(broken)),
	} {
		if !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSpec_L6_securityTrax audits the real sink over the fake service.
func TestSpec_L6_securityTrax(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	sink, err := securitytrax.New(srv.Config())
	if err != nil {
		t.Fatal(err)
	}
	var _ audit.Holder = sink
	source := &adcimporttest.Source{Dealer: &adcimporttest.Dealer{Customers: []adcimport.Customer{person("1"), person("2"), person("3")}}}
	store := new(adcimport.MemoryStore)
	imp, err := adcimport.New(adcimport.Config{Link: "l", Source: source, Sink: sink, Store: store})
	if err != nil {
		t.Fatal(err)
	}
	o := adcimport.CustomerOptions{OfficeID: srv.Choices("locations")[0].ID}
	if _, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, o); err != nil {
		t.Fatal(err)
	}
	gone := srv.Customers()[2].ID
	srv.Fail(func(r *http.Request, _ int) *securitytraxtest.Reply {
		if strings.HasSuffix(r.URL.Path, "/"+gone) {
			return &securitytraxtest.Reply{Status: http.StatusNotFound}
		}
		return nil
	})
	held, err := sink.Holds(t.Context(), adcimport.KindCustomer, []string{gone, srv.Customers()[0].ID})
	if diff := cmp.Diff(map[string]bool{srv.Customers()[0].ID: true}, held); err != nil || diff != "" {
		t.Errorf("holds: %v (-want +got):\n%s", err, diff)
	}
	srv.Fail(nil)
	if got, err := read(t, audit.Customers(t.Context(), audit.Config{Link: "l", Source: source, Sink: sink, Store: store})); err != nil || len(got) != 0 {
		t.Errorf("%q, %v", got, err)
	}
}

// A configuration prints as its link: source and sink may hold what a host likes.
func TestConfigPrintsAsItsLink(t *testing.T) {
	t.Parallel()
	cfg := audit.Config{Link: "l", Source: &adcimporttest.Source{PageSize: 4711}}
	text, err := cfg.MarshalText()
	if got := fmt.Sprintf("%v %+v %#v %s %s", cfg, cfg, cfg, cfg.LogValue(), text); err != nil || strings.Contains(got, "4711") {
		t.Error(got)
	}
}
