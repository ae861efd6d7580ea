package adcimport_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
)

// starter begins with some filter and options.
type starter func(context.Context, *adcimport.Importer) error

// starts are all ways to begin with customers, or with users.
func starts(kind adcimport.Kind, cf adcimport.CustomerFilter, uf adcimport.UserFilter) map[string]starter {
	co, uo := adcimport.CustomerOptions{}, adcimport.UserOptions{}
	if kind == adcimport.KindCustomer {
		return map[string]starter{
			"ImportCustomers": func(ctx context.Context, imp *adcimport.Importer) error {
				s, err := imp.ImportCustomers(ctx, cf, co)
				if s == nil || s.Status != adcimport.StatusFailed || s.RunID != "" {
					return errors.New("the summary is of a run")
				}
				return err
			},
			"ImportCustomersSeq": func(ctx context.Context, imp *adcimport.Importer) error {
				_, err := collect(imp.ImportCustomersSeq(ctx, cf, co))
				return err
			},
			"StartCustomers": func(ctx context.Context, imp *adcimport.Importer) error {
				_, err := imp.StartCustomers(ctx, cf, co)
				return err
			},
			"PlanCustomers": func(_ context.Context, imp *adcimport.Importer) error {
				_, err := imp.PlanCustomers(cf, co)
				return err
			},
		}
	}
	return map[string]starter{
		"ImportUsers": func(ctx context.Context, imp *adcimport.Importer) error {
			s, err := imp.ImportUsers(ctx, uf, uo)
			if s == nil || s.Status != adcimport.StatusFailed || s.RunID != "" {
				return errors.New("the summary is of a run")
			}
			return err
		},
		"ImportUsersSeq": func(ctx context.Context, imp *adcimport.Importer) error {
			_, err := collect(imp.ImportUsersSeq(ctx, uf, uo))
			return err
		},
		"StartUsers": func(ctx context.Context, imp *adcimport.Importer) error {
			_, err := imp.StartUsers(ctx, uf, uo)
			return err
		},
		"PlanUsers": func(_ context.Context, imp *adcimport.Importer) error {
			_, err := imp.PlanUsers(uf, uo)
			return err
		},
	}
}

// TestFilterChecker_refusesBeforeTheRun is fault 66: a filter that names "abc"
// was told "has begun", and failed in the background.
func TestFilterChecker_refusesBeforeTheRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, adcimporttest.NewDealer(1, 5, 5))
	for name, tt := range map[string]struct {
		cf    adcimport.CustomerFilter
		uf    adcimport.UserFilter
		field string
	}{
		"a word":        {cf: adcimport.CustomerFilter{CustomerIDs: []string{"12", "abc"}}, field: "CustomerFilter.CustomerIDs"},
		"leading zeros": {cf: adcimport.CustomerFilter{CustomerIDs: []string{"007"}}, field: "CustomerFilter.CustomerIDs"},
		"two in one":    {cf: adcimport.CustomerFilter{CustomerIDs: []string{"1,2"}}, field: "CustomerFilter.CustomerIDs"},
		"zero":          {cf: adcimport.CustomerFilter{CustomerIDs: []string{"0"}}, field: "CustomerFilter.CustomerIDs"},
		"too large":     {cf: adcimport.CustomerFilter{CustomerIDs: []string{"9223372036854775808"}}, field: "CustomerFilter.CustomerIDs"},
		"zero width":    {cf: adcimport.CustomerFilter{CustomerIDs: []string{"\u200b12"}}, field: "CustomerFilter.CustomerIDs"},
		"sub-dealer by name": {
			cf: adcimport.CustomerFilter{CustomerIDs: []string{"12"}, SubDealerIDs: []string{"North"}}, field: "CustomerFilter.SubDealerIDs",
		},
		"support id":        {uf: adcimport.UserFilter{SupportIDs: []string{"x"}}, field: "UserFilter.SupportIDs"},
		"role by name":      {uf: adcimport.UserFilter{RoleIDs: []string{"Technician"}}, field: "UserFilter.RoleIDs"},
		"users' sub-dealer": {uf: adcimport.UserFilter{SubDealerIDs: []string{"North"}}, field: "UserFilter.SubDealerIDs"},
	} {
		kind := adcimport.KindUser
		if strings.HasPrefix(tt.field, "Customer") {
			kind = adcimport.KindCustomer
		}
		for how, start := range starts(kind, tt.cf, tt.uf) {
			err := start(t.Context(), w.imp)
			if bad, ok := errors.AsType[*adcimport.InvalidFilterError](err); !ok || bad.Field != tt.field {
				t.Errorf("%s of %s: %v, want an *InvalidFilterError of %s", how, name, err, tt.field)
			}
		}
	}
	if n := len(w.alarm.Requests()); n > 0 {
		t.Errorf("%d calls of the service", n)
	}
	nothingStored(t, w.imp)
}

func nothingStored(t *testing.T, imp *adcimport.Importer) {
	t.Helper()
	for r, err := range imp.Runs(t.Context()) {
		t.Errorf("run %s was stored, %v", r.RunID, err)
	}
}

// brokenChecker fails with what is no *InvalidFilterError, and changes what it
// is asked about.
type brokenChecker struct{ adcimport.Source }

func (brokenChecker) CheckCustomerFilter(f adcimport.CustomerFilter) error {
	clear(f.CustomerIDs)
	return errBoom
}

func (brokenChecker) CheckUserFilter(adcimport.UserFilter) error { return nil }

// Whatever a checker fails with, the run does not begin; a run that had begun
// before the source refused its filter goes on.
func TestFilterChecker_ofAnOwnSource(t *testing.T) {
	t.Parallel()
	r := newRig(3)
	f := adcimport.CustomerFilter{CustomerIDs: []string{"1", "2"}}
	for o, err := range r.importer(t).ImportCustomersSeq(t.Context(), f, adcimport.CustomerOptions{}) {
		if err != nil {
			t.Fatal(o, err)
		}
		break
	}
	r.cfg.Source = brokenChecker{r.cfg.Source}
	imp := r.importer(t)
	if _, err := imp.ImportCustomers(t.Context(), f, adcimport.CustomerOptions{}); !errors.Is(err, errBoom) {
		t.Errorf("got %v", err)
	}
	if f.CustomerIDs[0] != "1" {
		t.Error("a source can change the caller's filter")
	}
	for info, err := range imp.Runs(t.Context()) {
		if err != nil || info.Status != ledger.StatusHeld {
			t.Fatalf("%+v, %v", info, err)
		}
		s, err := imp.Resume(t.Context(), info.RunID)
		if err != nil || s.Counts.Read != 2 {
			t.Errorf("resumed: %v, %v", s, err)
		}
	}
}

// TestHalves_areRefusedBeforeTheRun: an importer that has customers only said of
// users that their import "has begun", and failed (design 2).
func TestHalves_areRefusedBeforeTheRun(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		half  func(*rig)
		lacks adcimport.Kind
	}{
		"CustomersOnly":     {func(r *rig) { r.cfg.Source = adcimport.CustomersOnly(r.src) }, adcimport.KindUser},
		"UsersOnly":         {func(r *rig) { r.cfg.Source = adcimport.UsersOnly(r.src) }, adcimport.KindCustomer},
		"CustomersOnlySink": {func(r *rig) { r.cfg.Sink = adcimport.CustomersOnlySink(r.sink) }, adcimport.KindUser},
		"UsersOnlySink":     {func(r *rig) { r.cfg.Sink = adcimport.UsersOnlySink(r.sink) }, adcimport.KindCustomer},
		"wrapped":           {func(r *rig) { r.cfg.Sink = unwrapping{adcimport.CustomersOnlySink(r.sink)} }, adcimport.KindUser},
		"a half of a half": {
			func(r *rig) { r.cfg.Source = adcimport.UsersOnly(adcimport.CustomersOnly(r.src)) }, adcimport.KindUser,
		},
	} {
		for how, start := range starts(tt.lacks, adcimport.CustomerFilter{}, adcimport.UserFilter{}) {
			t.Run(name+"/"+how, func(t *testing.T) {
				t.Parallel()
				r := newRig(2)
				tt.half(r)
				imp := r.importer(t)
				err := start(t.Context(), imp)
				if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "import "+string(tt.lacks)+"s: the s") {
					t.Errorf("got %v", err)
				}
				nothingStored(t, imp)
			})
		}
	}
}

type unwrapping struct{ adcimport.Sink }

func (w unwrapping) Unwrap() any { return w.Sink }

// A stored run of a kind that this importer does not have waits for one that has.
func TestHalves_leaveOtherRunsAlone(t *testing.T) {
	t.Parallel()
	r := newRig(3)
	for _, err := range r.importer(t).ImportCustomersSeq(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	r.leftByImporter(t, "run-1", adcimport.KindCustomer)
	whole := r.cfg.Sink
	r.cfg.Sink = adcimport.UsersOnlySink(r.sink)
	runs, err := r.importer(t).ResumeInterrupted(t.Context())
	if !errors.Is(err, errors.ErrUnsupported) || len(runs) > 0 {
		t.Errorf("%d runs, %v", len(runs), err)
	}
	r.cfg.Sink = whole
	runs, err = r.importer(t).ResumeInterrupted(t.Context())
	if err != nil || len(runs) != 1 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	if s, err := runs[0].Wait(t.Context()); err != nil || s.Status != adcimport.StatusCompleted {
		t.Errorf("%v, %v", s, err)
	}
}
