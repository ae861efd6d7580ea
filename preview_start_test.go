package adcimport_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// customersOrPreview imports, or previews the import.
func (r *rig) customersOrPreview(t *testing.T, preview bool) (*adcimport.Summary, error) {
	t.Helper()
	if !preview {
		return r.customers(t)
	}
	plan, err := r.importer(t).PlanCustomers(adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = collect(plan.Outcomes(t.Context()))
	s := plan.Summary()
	return &s, err
}

func planned(t *testing.T, imp *adcimport.Importer, f adcimport.CustomerFilter, o adcimport.CustomerOptions) *adcimport.Plan {
	t.Helper()
	plan, err := imp.PlanCustomers(f, o)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func preview(t *testing.T, plan *adcimport.Plan) {
	t.Helper()
	if _, err := collect(plan.Outcomes(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// startPlan imports what a plan chose, and returns what became of each record.
func startPlan(t *testing.T, imp *adcimport.Importer, plan *adcimport.Plan) map[string]string {
	t.Helper()
	run, err := plan.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s, err := run.Wait(t.Context()); err != nil || s.Status != adcimport.StatusCompleted || s.DryRun {
		t.Fatalf("%v, %v", s, err)
	}
	got := map[string]string{}
	for o, err := range imp.Outcomes(t.Context(), run.ID()) {
		if err != nil {
			t.Fatal(err)
		}
		got[o.SourceID] = string(o.Action) + ":" + string(o.Reason)
	}
	return got
}

// What a person saw is what is imported: no record that came meanwhile, and
// each as it is now.
func TestPlan_Start(t *testing.T) {
	t.Parallel()
	north := func(c *adcimport.Customer) { c.SubDealerID = "9" }
	l := newLab(&adcimporttest.Dealer{Customers: []adcimport.Customer{
		labCustomer("1", north), labCustomer("2", north), labCustomer("3", north),
		labCustomer("4", north, func(c *adcimport.Customer) { c.LastName = "" }),
		labCustomer("5"), labCustomer("6", north), labCustomer("7", north),
	}})
	l.sink.Strict = true
	l.put(t, adcimport.KindCustomer, []string{"2"})
	imp := l.importer(t)
	o := adcimport.CustomerOptions{OfficeID: l.office(), RunOptions: adcimport.RunOptions{Mode: adcimport.Upsert}}
	if _, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{CustomerIDs: []string{"6", "7"}}, o); err != nil {
		t.Fatal(err)
	}
	l.source.Update(func(d *adcimporttest.Dealer) { d.Customers[6].FirstName = "Changed" })
	f := adcimport.CustomerFilter{SubDealerIDs: []string{"9"}}
	plan := planned(t, imp, f, o)
	f.SubDealerIDs[0] = "spoiled"
	preview(t, plan)
	l.source.Update(func(d *adcimporttest.Dealer) {
		d.Customers[2].SubDealerID = "8" // left the sub-dealer
		d.Customers[3].LastName = "Mended"
		d.Customers = append(d.Customers, labCustomer("8", north))
	})
	want := map[string]string{
		"1": "created:", "2": "updated:", "3": "skipped:filtered_out", "7": "updated:",
	}
	if diff := cmp.Diff(want, startPlan(t, imp, plan)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for info, err := range imp.Runs(t.Context()) {
		want := &adcimport.CustomerFilter{CustomerIDs: []string{"1", "2", "3", "7"}, SubDealerIDs: []string{"9"}}
		if diff := cmp.Diff(want, info.CustomerFilter); diff != "" || err != nil {
			t.Errorf("%v: filter of the run (-want +got):\n%s", err, diff)
		}
		break
	}
}

// The log has the counts of a preview, as it has those of a run.
func TestPlan_isLogged(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	imp, err := adcimport.New(adcimport.Config{
		Link: "acme", Source: &adcimporttest.Source{Dealer: adcimporttest.NewDealer(1, 20, 0)}, Sink: &adcimporttest.Sink{},
		Store: &adcimport.MemoryStore{}, Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	plan := planned(t, imp, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
	preview(t, plan)
	c := plan.Summary().Counts
	if want := fmt.Sprintf("preview=true read=%d created=%d", c.Read, c.Created); c.Created == 0 || !strings.Contains(log.String(), want) {
		t.Errorf("no %q in %s", want, &log)
	}
}

func TestPlan_Start_users(t *testing.T) {
	t.Parallel()
	w := newWorld(t, adcimporttest.NewDealer(3, 0, 30))
	role := w.dealer.Roles[0].ID
	o := w.userOptions()
	o.Tags = []string{"Made by the run"}
	plan, err := w.imp.PlanUsers(adcimport.UserFilter{RoleIDs: []string{role}}, o)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for u, err := range plan.Outcomes(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if u.Action == adcimport.ActionCreated {
			want = append(want, u.SourceID)
		}
	}
	var got []string
	for id, what := range startPlan(t, w.imp, plan) {
		if what == "created:" {
			got = append(got, id)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
		t.Errorf("%d users (-previewed +imported):\n%s", len(want), diff)
	}
	if !slices.ContainsFunc(w.crm.Choices("user_tags"), func(c adcimport.Choice) bool { return c.Name == "Made by the run" }) {
		t.Error("O7: the tag was not made")
	}
}

func TestPlan_Limit(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ options, plan, want int }{
		"none": {0, 0, 9}, "the plan's": {0, 2, 2}, "the options'": {3, 0, 3}, "the smaller": {4, 2, 2}, "no larger": {3, 8, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(9)
			imp := r.importer(t)
			o := adcimport.CustomerOptions{RunOptions: adcimport.RunOptions{Limit: tt.options}}
			plan := planned(t, imp, adcimport.CustomerFilter{}, o)
			plan.Limit = tt.plan
			preview(t, plan)
			if n := plan.Summary().Counts.Created; n != tt.want {
				t.Errorf("%d to create, want %d", n, tt.want)
			}
			if got := startPlan(t, imp, plan); len(got) != tt.want {
				t.Errorf("%d imported, want %d: %v", len(got), tt.want, got)
			}
		})
	}
	plan := planned(t, newRig(1).importer(t), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
	plan.Limit = -1
	_, err := collect(plan.Outcomes(t.Context()))
	if bad, ok := errors.AsType[*adcimport.InvalidOptionsError](err); !ok || bad.Field != "Plan.Limit" {
		t.Errorf("got %v", err)
	}
}

// Nothing is imported that nobody has seen; least of all everything, which is
// what a filter without ids means.
func TestPlan_Start_refuses(t *testing.T) {
	t.Parallel()
	broken := func(t *testing.T, p *adcimport.Plan) {
		t.Helper()
		for _, err := range p.Outcomes(t.Context()) {
			_ = err
			break
		}
	}
	for name, tt := range map[string]struct {
		options adcimport.RunOptions
		spoil   bool
		before  func(t *testing.T, p *adcimport.Plan)
		says    string
	}{
		"no preview":       {before: func(*testing.T, *adcimport.Plan) {}, says: "no preview has completed"},
		"a broken preview": {before: broken, says: "no preview has completed"},
		"a complete one, then a broken one": {before: func(t *testing.T, p *adcimport.Plan) {
			t.Helper()
			preview(t, p)
			broken(t, p)
		}, says: "no preview has completed"},
		"a canceled one": {before: func(t *testing.T, p *adcimport.Plan) {
			t.Helper()
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := collect(p.Outcomes(ctx)); err == nil {
				t.Error("no error")
			}
		}, says: "no preview has completed"},
		"too many failures": {options: adcimport.RunOptions{MaxFailures: -1}, spoil: true, before: func(t *testing.T, p *adcimport.Plan) {
			t.Helper()
			if _, err := collect(p.Outcomes(t.Context())); !errors.Is(err, adcimport.ErrTooManyFailures) {
				t.Errorf("got %v", err)
			}
		}, says: "no preview has completed"},
		"nothing to do": {options: adcimport.RunOptions{Mode: adcimport.LinkExisting}, before: preview, says: "nothing to do"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(20)
			r.cfg.BatchSize = 4
			if tt.spoil {
				r.src.Dealer.Customers[0].LastName = "\xff"
			}
			imp := r.importer(t)
			plan := planned(t, imp, adcimport.CustomerFilter{}, adcimport.CustomerOptions{RunOptions: tt.options})
			tt.before(t, plan)
			run, err := plan.Start(t.Context())
			if run != nil || !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, %v", run, err)
			}
			nothingStored(t, imp)
		})
	}
}

// A double click makes no duplicates: the second run finds all of it done.
func TestPlan_Start_twice(t *testing.T) {
	t.Parallel()
	r := newRig(5)
	imp := r.importer(t)
	plan := planned(t, imp, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
	preview(t, plan)
	startPlan(t, imp, plan)
	if got := startPlan(t, imp, plan); len(got) != 0 {
		t.Errorf("the second run has outcomes %v", got)
	}
	r.once(t, "1", "2", "3", "4", "5")
}
