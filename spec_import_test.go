package adcimport_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// SPEC "The import, as its users know it", over HTTP.

func TestSpec_A1_NothingStartsWithoutAnActiveLink(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*testing.T, *world) adcimport.Config{
		"Alarm.com refuses the login": func(t *testing.T, w *world) adcimport.Config {
			t.Helper()
			adc := w.alarm.Config()
			adc.Credentials = alarmcom.NewCredentials(alarmcomtest.DefaultUser, "wrong").WithPartnerClient(alarmcomtest.DefaultClientID)
			source, err := alarmcom.New(adc)
			if err != nil {
				t.Fatal(err)
			}
			cfg := w.cfg
			cfg.Source = source
			return cfg
		},
		"SecurityTrax refuses the token": func(_ *testing.T, w *world) adcimport.Config {
			w.crm.Fail(refuse("/authenticate"))
			return w.cfg
		},
	}
	for name, breakLink := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, adcimporttest.NewDealer(1, 5, 2))
			imp := w.importer(t, breakLink(t, w))
			_, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, w.customerOptions())
			if !errors.Is(err, adcimport.ErrNotLinked) || !strings.Contains(err.Error(), "check link isp-1") {
				t.Errorf("import: %v, want ErrNotLinked that names the link", err)
			}
			if _, err := imp.StartUsers(t.Context(), adcimport.UserFilter{}, w.userOptions()); !errors.Is(err, adcimport.ErrNotLinked) {
				t.Errorf("start: %v, want ErrNotLinked", err)
			}
			if n := len(w.crm.Customers()) + len(w.crm.Users()); n != 0 {
				t.Errorf("%d records were written", n)
			}
			noRuns(t, imp)
		})
	}
}

func TestSpec_A2_A3_CustomersAndUsersAreImported(t *testing.T) {
	t.Parallel()
	dealer := adcimporttest.NewDealer(2, 200, 50)
	w := newWorld(t, dealer)
	users := w.importUsers(t, adcimport.UserFilter{}, w.userOptions())
	customers := w.importCustomers(t, adcimport.CustomerFilter{}, w.customerOptions())
	want := idsOf(dealer.Importable(), customerID, everyone)
	if diff := cmp.Diff(want, imported(w.crm.Customers())); diff != "" {
		t.Errorf("A2: customers (-want +got):\n%s", diff)
	}
	want = idsOf(dealer.ImportableUsers(false), userID, everyone)
	if diff := cmp.Diff(want, imported(w.crm.Users())); diff != "" {
		t.Errorf("A3: users (-want +got):\n%s", diff)
	}
	for _, s := range []*adcimport.Summary{customers, users} {
		c := s.Counts
		if c.Read != c.Created+c.Linked+c.Updated+c.Unchanged+c.Skipped+c.Failed {
			t.Errorf("%s: counts do not add up: %+v", s.Kind, c)
		}
	}
	if got, want := customers.ByReason[adcimport.ReasonInvalidRecord], len(dealer.Incomplete()); got != want {
		t.Errorf("%d customers are invalid, want the %d incomplete ones", got, want)
	}
}

func TestSpec_A4_FilteredBeforeImport(t *testing.T) {
	t.Parallel()
	dealer := adcimporttest.NewDealer(3, 100, 0)
	w := newWorld(t, dealer)
	sub := dealer.SubDealers[0].ID
	w.importCustomers(t, adcimport.CustomerFilter{SubDealerIDs: []string{sub}}, w.customerOptions())
	want := idsOf(dealer.Importable(), customerID, func(c adcimport.Customer) bool { return c.SubDealerID == sub })
	if diff := cmp.Diff(want, imported(w.crm.Customers())); diff != "" {
		t.Errorf("customers (-want +got):\n%s", diff)
	}
	if asked, all := w.alarm.Count("GetCustomerInfo_V2"), len(dealer.Customers); asked >= all/2 {
		t.Errorf("%d of %d customers were read: the filter is not pushed down", asked, all)
	}
}

func TestSpec_A5_TheStateOfTheImportIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, adcimporttest.NewDealer(4, 100, 0))
	s := w.importCustomers(t, adcimport.CustomerFilter{}, w.customerOptions())
	byAction := map[adcimport.Action]int{}
	for o, err := range w.imp.Outcomes(t.Context(), s.RunID) {
		if err != nil {
			t.Fatal(err)
		}
		byAction[o.Action]++
	}
	want := map[adcimport.Action]int{adcimport.ActionCreated: s.Counts.Created, adcimport.ActionFailed: s.Counts.Failed}
	if s.Counts.Skipped != s.ByReason[adcimport.ReasonExcluded] {
		t.Errorf("skipped: %d, of them excluded %d", s.Counts.Skipped, s.ByReason[adcimport.ReasonExcluded])
	}
	if diff := cmp.Diff(want, byAction); diff != "" {
		t.Errorf("ledger (-counts +outcomes):\n%s", diff)
	}
	for info, err := range w.imp.Runs(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(*s, info.Summary); diff != "" {
			t.Errorf("stored run (-returned +stored):\n%s", diff)
		}
	}
}

func TestSpec_A6_OnlyUniqueRecords(t *testing.T) {
	t.Parallel()
	dealer := adcimporttest.NewDealer(5, 60, 10)
	w := newWorld(t, dealer)
	// The same customer under two sub-dealers, as far as the listing goes.
	both := adcimport.CustomerFilter{SubDealerIDs: []string{dealer.SubDealers[0].ID, dealer.SubDealers[1].ID}}
	w.importCustomers(t, both, w.customerOptions())
	w.importCustomers(t, adcimport.CustomerFilter{}, w.customerOptions())
	w.importUsers(t, adcimport.UserFilter{}, w.userOptions())
	w.importUsers(t, adcimport.UserFilter{}, w.userOptions())

	lost := w.cfg
	lost.Store = new(adcimport.MemoryStore)
	w.imp = w.importer(t, lost)
	s := w.importCustomers(t, adcimport.CustomerFilter{}, w.customerOptions())
	if s.Counts.Created != 0 || s.Counts.Linked != len(dealer.Importable()) {
		t.Errorf("without state: %+v, want all of %d linked", s.Counts, len(dealer.Importable()))
	}
	for what, ids := range map[string][]string{"customers": imported(w.crm.Customers()), "users": imported(w.crm.Users())} {
		if unique := slices.Compact(slices.Clone(ids)); len(unique) != len(ids) {
			t.Errorf("%d %s, of which %d are different", len(ids), what, len(unique))
		}
	}
}

func TestSpec_A7_ARerunBringsOnlyWhatIsNew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &adcimporttest.Dealer{Customers: []adcimport.Customer{person("1"), person("2"), person("3")}})
	w.importCustomers(t, adcimport.CustomerFilter{}, w.customerOptions())
	w.alarm.Reset()
	w.crm.Reset()
	s := w.importCustomers(t, adcimport.CustomerFilter{}, w.customerOptions())
	if s.Counts.Created != 0 || s.ByReason[adcimport.ReasonAlreadyImported] != 3 {
		t.Errorf("second run: %+v %v", s.Counts, s.ByReason)
	}
	if d, c := w.alarm.Count("GetCustomerInfo_V2"), w.crm.Count("POST /customers"); d != 0 || c != 0 {
		t.Errorf("second run: %d details, %d creates, want none", d, c)
	}
	tenth, fourth := person("10"), person("4") // other people: else they would be proposed as second systems of one customer
	tenth.LastName, tenth.PrimaryPhoneNumber, tenth.PrimaryEmail, tenth.InstallAddress.Street1 = "Tenth", "801-234-0010", "", "10 Elm St"
	fourth.LastName, fourth.PrimaryPhoneNumber, fourth.PrimaryEmail, fourth.InstallAddress.Street1 = "Fourth", "801-234-0004", "", "4 Elm St"
	w.alarm.AddCustomers(tenth, fourth)
	s = w.importCustomers(t, adcimport.CustomerFilter{}, w.customerOptions())
	if s.Counts.Created != 2 {
		t.Errorf("third run: %+v, want 2 created", s.Counts)
	}
	if d, c := w.alarm.Count("GetCustomerInfo_V2"), w.crm.Count("POST /customers"); d != 2 || c != 2 {
		t.Errorf("third run: %d details, %d creates, want 2 and 2", d, c)
	}
}

func TestSpec_A8_NothingIsWrittenBeforeTheRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, adcimporttest.NewDealer(6, 20, 5))
	writes := func() (n int) {
		for _, r := range w.crm.Requests() {
			if !strings.HasPrefix(r.Route, "GET ") && r.Route != "POST /authenticate" {
				n++
			}
		}
		return n
	}
	if err := w.imp.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.imp.CustomerChoices(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.imp.UserChoices(t.Context()); err != nil {
		t.Fatal(err)
	}
	o := w.userOptions()
	o.Tags = []string{"Brand New"}
	users, err := w.imp.PlanUsers(adcimport.UserFilter{}, o)
	if err != nil {
		t.Fatal(err)
	}
	customers, err := w.imp.PlanCustomers(adcimport.CustomerFilter{}, w.customerOptions())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*adcimport.Plan{users, customers} {
		if _, err := collect(p.Outcomes(t.Context())); err != nil || p.Summary().Counts.Created == 0 {
			t.Errorf("%s, %v", p, err)
		}
	}
	c := adcimport.CustomerOptions{OfficeID: "no such office"}
	_, err = w.imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, c)
	if _, ok := errors.AsType[*adcimport.InvalidOptionsError](err); !ok {
		t.Errorf("unknown office: %v, want *InvalidOptionsError", err)
	}
	if n := writes(); n != 0 {
		t.Errorf("%d requests that write", n)
	}
	noRuns(t, w.imp)
}

// told keeps what it is told.
type told struct {
	mu   sync.Mutex
	sums []adcimport.Summary
}

func (n *told) Notify(_ context.Context, s adcimport.Summary) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sums = append(n.sums, s)
	return nil
}

func TestSpec_A9_A10_InTheBackgroundWithANotification(t *testing.T) {
	t.Parallel()
	notifier := new(told)
	w := newWorld(t, adcimporttest.NewDealer(7, 100, 0), func(c *adcimport.Config) {
		c.Notifiers = []adcimport.Notifier{notifier}
	})
	ctx, cancel := context.WithCancel(t.Context())
	run, err := w.imp.StartCustomers(ctx, adcimport.CustomerFilter{}, w.customerOptions())
	if err != nil {
		t.Fatal(err)
	}
	cancel() // the request that started it is over
	const message = "Your import has begun. It will run in the background and we will notify you when it is complete."
	if got := run.Message(); got != message {
		t.Errorf("A9: message %q", got)
	}
	s, err := run.Wait(t.Context())
	if err != nil || s.Status != adcimport.StatusCompleted {
		t.Fatalf("A9: %v, %v", s, err)
	}
	notice := *s
	notice.Notice = s.RunID + "/1" // the first lease's end
	if diff := cmp.Diff([]adcimport.Summary{notice}, notifier.sums); diff != "" {
		t.Errorf("A10: told (-want +got):\n%s", diff)
	}
	if got := run.Progress().Counts; got != s.Counts || s.Counts.Created != len(w.crm.Customers()) {
		t.Errorf("A10: progress %+v, summary %+v, %d in SecurityTrax", got, s.Counts, len(w.crm.Customers()))
	}
}

func TestSpec_A11_SeveralLinks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &adcimporttest.Dealer{Customers: []adcimport.Customer{person("1")}})
	other := newWorld(t, &adcimporttest.Dealer{Customers: []adcimport.Customer{person("1"), person("2")}},
		func(c *adcimport.Config) { c.Link, c.Store = "isp-2", w.store })
	w.importCustomers(t, adcimport.CustomerFilter{}, w.customerOptions())
	s := other.importCustomers(t, adcimport.CustomerFilter{}, other.customerOptions())
	if s.Link != "isp-2" || s.Counts.Created != 2 {
		t.Errorf("the second link's run: %+v, want its own 2 created: state is kept by link", s)
	}
	if _, err := w.imp.StartResume(t.Context(), s.RunID); !errors.Is(err, adcimport.ErrNotFound) {
		t.Errorf("resume of another link's run: %v, want ErrNotFound", err)
	}
	if got := w.customer(t, "1").ISPID; got != w.crm.ISPID() {
		t.Errorf("attached to ISP %q, want %q", got, w.crm.ISPID())
	}
}

// refuse answers 401 to every request whose path ends so.
func refuse(path string) func(r *http.Request, n int) *securitytraxtest.Reply {
	return func(r *http.Request, _ int) *securitytraxtest.Reply {
		if strings.HasSuffix(r.URL.Path, path) {
			return &securitytraxtest.Reply{Status: 401}
		}
		return nil
	}
}

func noRuns(t *testing.T, imp *adcimport.Importer) {
	t.Helper()
	for run, err := range imp.Runs(t.Context()) {
		t.Errorf("a run was stored: %v, %v", run, err)
	}
}
