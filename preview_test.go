package adcimport_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
)

// previewed is an outcome without what cannot be the same in a preview.
type previewed struct {
	ID     string
	Action adcimport.Action
	Reason adcimport.Reason
	Fields []adcimport.FieldError
	SinkID string
}

func collect(seq iter.Seq2[adcimport.Outcome, error]) (list []previewed, err error) {
	for o, err := range seq {
		if err != nil {
			return list, err
		}
		p := previewed{o.SourceID, o.Action, o.Reason, o.Fields, o.SinkID}
		if o.Action == adcimport.ActionCreated || o.Reason == adcimport.ReasonDuplicateInSource {
			p.SinkID = "" // a preview has none
		}
		list = append(list, p)
	}
	return list, nil
}

// TestPlan_isWhatTheRunDoes is the promise of a preview (SPEC B4): over random
// pasts, filters, options and faults, its outcomes and counts are those of the
// real run that follows, and it leaves sink and store alone.
func TestPlan_isWhatTheRunDoes(t *testing.T) {
	t.Parallel()
	actions, reasons := make(chan adcimport.Action, 1<<20), make(chan adcimport.Reason, 1<<20)
	t.Run("seeds", func(t *testing.T) {
		t.Parallel()
		for seed := range uint64(120) {
			t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
				t.Parallel()
				for _, p := range previewOneSeed(t, seed) {
					actions <- p.Action
					reasons <- p.Reason
				}
			})
		}
	})
	t.Cleanup(func() { // parallel subtests are done: did the seeds reach everything?
		close(actions)
		close(reasons)
		seen := make(map[string]bool)
		for a := range actions {
			seen[string(a)] = true
		}
		for r := range reasons {
			seen[string(r)] = true
		}
		for _, want := range []string{
			"created", "linked", "updated", "unchanged", "skipped", "failed",
			"already_imported", "duplicate_in_source", "filtered_out", "not_in_sink", "invalid_record",
			"source_denied", "source_not_found", "in_doubt", "in_doubt_resolved",
		} {
			if !seen[want] {
				t.Errorf("no seed has an outcome %s: the test proves less than it says", want)
			}
		}
	})
}

func previewOneSeed(t *testing.T, seed uint64) []previewed {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	l := newLab(adcimporttest.NewDealer(seed, 100+r.IntN(150), 40+r.IntN(40)))
	k := adcimport.KindCustomer
	if r.IntN(3) == 0 {
		k = adcimport.KindUser
	}
	o := randomPast(t, r, l, k)
	plan, run := l.both(t, r, k, o)
	before := l.content(t)
	want, wantErr := collect(plan.Outcomes(t.Context()))
	if diff := cmp.Diff(before, l.content(t)); diff != "" {
		t.Fatalf("the preview changed sink or store (-before +after):\n%s", diff)
	}
	got, gotErr := collect(run)
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("%+v: outcomes (-run +preview):\n%s", o, diff)
	}
	if !errors.Is(gotErr, adcimport.ErrTooManyFailures) && gotErr != nil || (gotErr == nil) != (wantErr == nil) {
		t.Errorf("%+v: the run ended with %v, the preview with %v", o, gotErr, wantErr)
	}
	for st, err := range l.store.Runs(t.Context(), ledger.RunQuery{Link: "acme"}) {
		if err != nil {
			t.Fatal(err)
		}
		s := plan.Summary()
		if diff := cmp.Diff(st.Counts, s.Counts); diff != "" {
			t.Errorf("counts (-run +preview):\n%s", diff)
		}
		if diff := cmp.Diff(st.ByReason, s.ByReason); diff != "" {
			t.Errorf("reasons (-run +preview):\n%s", diff)
		}
		if s.Status != st.Status || !s.DryRun {
			t.Errorf("status %s of the run, %s of the preview, dry run %t", st.Status, s.Status, s.DryRun)
		}
		break // the newest
	}
	return want
}

// randomPast gives the lab a past and faults, and answers options for the run.
func randomPast(t *testing.T, r *rand.Rand, l *lab, k adcimport.Kind) adcimport.RunOptions {
	t.Helper()
	l.sink.Strict = r.IntN(2) == 0
	l.sink.KeepsNoID = r.IntN(4) == 0
	l.source.PageSize, l.source.Full = 10+r.IntN(60), r.IntN(3) == 0
	l.cfg.BatchSize = 5 + r.IntN(60)
	ids := l.ids(k)
	if r.IntN(2) == 0 { // an earlier import of some, which changed since
		imp := l.importer(t)
		o := adcimport.RunOptions{Limit: 1 + r.IntN(len(ids))}
		if _, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{RunOptions: o, OfficeID: l.office()}); err != nil {
			t.Fatal(err)
		}
		if _, err := imp.ImportUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{RunOptions: o, PermissionGroupID: l.group()}); err != nil {
			t.Fatal(err)
		}
		l.source.Update(func(d *adcimporttest.Dealer) {
			for i := range d.Customers {
				if r.IntN(3) == 0 {
					d.Customers[i].PrimaryEmail = fmt.Sprintf("new%d@example.com", i)
				}
			}
			for i := range d.Users {
				if r.IntN(3) == 0 {
					d.Users[i].Phone = "2025550199"
				}
			}
		})
	}
	if r.IntN(2) == 0 {
		l.put(t, k, some(r, ids, 15))
	}
	known, err := l.store.Records(t.Context(), ledger.Scope{Account: "acme", Kind: k}, "", ids)
	if err != nil {
		t.Fatal(err)
	}
	fresh := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { _, ok := known[id]; return ok })
	if r.IntN(2) == 0 {
		open := some(r, fresh, 12)
		l.leaveOpen(t, k, open, open[:len(open)/2])
		fresh = slices.DeleteFunc(fresh, func(id string) bool { return slices.Contains(open, id) })
	}
	if r.IntN(2) == 0 {
		l.park(t, k, some(r, fresh, 8))
	}
	faulty := &faultySource{Source: l.source, denied: map[string]bool{}, missing: map[string]bool{}}
	for _, id := range some(r, ids, r.IntN(8)) {
		faulty.denied[id] = true
	}
	for _, id := range some(r, ids, r.IntN(8)) {
		faulty.missing[id] = true
	}
	l.cfg.Source = faulty
	o := adcimport.RunOptions{Mode: adcimport.Mode(r.IntN(3))}
	switch r.IntN(6) {
	case 0:
		o.Limit = 1 + r.IntN(len(ids))
	case 1:
		o.MaxFailures = 1 + r.IntN(10)
	case 2:
		o.MaxFailures = -1
	case 3:
		o.MaxFailureShare = 0.02
	default:
		faulty.again = r.IntN(3)
	}
	return o
}

func (l *lab) office() string {
	l.sink.Choices.Offices = []adcimport.Choice{{ID: "o1"}}
	return "o1"
}

func (l *lab) group() string {
	l.sink.Choices.PermissionGroups = []adcimport.Choice{{ID: "g1"}}
	return "g1"
}

// both answers the preview and the run of one filter and one set of options.
func (l *lab) both(t *testing.T, r *rand.Rand, k adcimport.Kind, ro adcimport.RunOptions) (*adcimport.Plan, iter.Seq2[adcimport.Outcome, error]) {
	t.Helper()
	imp := l.importer(t)
	named := append(some(r, l.ids(k), 30), "999999999")
	subDealers := []string{"3101", "3102"}
	if k == adcimport.KindUser {
		f := []adcimport.UserFilter{{}, {SupportIDs: named}, {SubDealerIDs: subDealers}, {SupportIDs: named, RoleIDs: []string{"11"}}}[r.IntN(4)]
		o := adcimport.UserOptions{RunOptions: ro, CanLogin: r.IntN(2) == 0, PermissionGroupID: l.group(), Tags: []string{"new tag"}}
		plan, err := imp.PlanUsers(f, o)
		if err != nil {
			t.Fatal(err)
		}
		return plan, imp.ImportUsersSeq(t.Context(), f, o)
	}
	f := []adcimport.CustomerFilter{{}, {CustomerIDs: named}, {SubDealerIDs: subDealers}, {CustomerIDs: named, SubDealerIDs: subDealers}}[r.IntN(4)]
	o := adcimport.CustomerOptions{RunOptions: ro, OfficeID: l.office()}
	plan, err := imp.PlanCustomers(f, o)
	if err != nil {
		t.Fatal(err)
	}
	return plan, imp.ImportCustomersSeq(t.Context(), f, o)
}

func TestPlan_refusesWhatTheRunRefuses(t *testing.T) {
	t.Parallel()
	l := newLab(adcimporttest.NewDealer(1, 5, 5))
	imp := l.importer(t)
	_, err := imp.PlanCustomers(adcimport.CustomerFilter{CustomerIDs: []string{" 1"}}, adcimport.CustomerOptions{})
	if _, ok := errors.AsType[*adcimport.InvalidFilterError](err); !ok {
		t.Errorf("a bad filter gives %v", err)
	}
	_, err = imp.PlanUsers(adcimport.UserFilter{}, adcimport.UserOptions{RunOptions: adcimport.RunOptions{Limit: -1}})
	if _, ok := errors.AsType[*adcimport.InvalidOptionsError](err); !ok {
		t.Errorf("bad options give %v", err)
	}
	plan, err := imp.PlanCustomers(adcimport.CustomerFilter{}, adcimport.CustomerOptions{OfficeID: "nowhere"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = collect(plan.Outcomes(t.Context()))
	if _, ok := errors.AsType[*adcimport.InvalidOptionsError](err); !ok {
		t.Errorf("an unknown office gives %v", err)
	}
}

func TestPlan_summary(t *testing.T) {
	t.Parallel()
	d := &adcimporttest.Dealer{Customers: []adcimport.Customer{
		labCustomer("7"), labCustomer("8"), labCustomer("9", func(c *adcimport.Customer) { c.LastName, c.PrimaryPhoneNumber = "", "" }),
	}}
	l := newLab(d)
	l.sink.Strict = true
	l.put(t, adcimport.KindCustomer, []string{"8"})
	plan, err := l.importer(t).PlanCustomers(adcimport.CustomerFilter{CustomerIDs: []string{"7", "8", "9", "10"}}, adcimport.CustomerOptions{OfficeID: l.office()})
	if err != nil {
		t.Fatal(err)
	}
	if got := plan.String(); got != "preview of customers: not run" {
		t.Errorf("before: %s", got)
	}
	if _, err := collect(plan.Outcomes(t.Context())); err != nil {
		t.Fatal(err)
	}
	want := "preview of customers: 4 read: 1 to create, 1 to link, 0 to update, 0 to leave unchanged, 0 to skip, 2 to reject"
	if got := plan.String(); got != want {
		t.Errorf("after: %s", got)
	}
	s := plan.Summary()
	s.ByReason[adcimport.ReasonInvalidRecord] = 99
	if plan.Summary().ByReason[adcimport.ReasonInvalidRecord] != 1 {
		t.Error("a caller can change what a Plan holds")
	}
}

func TestPlan_stops(t *testing.T) {
	t.Parallel()
	l := newLab(adcimporttest.NewDealer(1, 300, 5))
	told := 0
	l.cfg.Notifiers = []adcimport.Notifier{notifyFunc(func(adcimport.Summary) { told++ })}
	plan, err := l.importer(t).PlanCustomers(adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range plan.Outcomes(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if s := plan.Summary(); s.Status != ledger.StatusHeld || !strings.Contains(plan.String(), "incomplete") {
		t.Errorf("after a break: %s, %s", s.Status, plan)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := collect(plan.Outcomes(ctx)); !errors.Is(err, context.Canceled) {
		t.Errorf("a canceled preview ends with %v", err)
	}
	if got, err := collect(plan.Outcomes(t.Context())); err != nil || len(got) != plan.Summary().Counts.Read || len(got) < 200 {
		t.Errorf("ranging again: %d outcomes, %v, %s", len(got), err, plan)
	}
	if told != 0 {
		t.Errorf("%d notices of previews", told)
	}
}

// A preview tells nobody: neither of itself nor of runs whose notice was missed.
func TestPlan_tellsNobody(t *testing.T) {
	t.Parallel()
	l := newLab(adcimporttest.NewDealer(1, 10, 5))
	told := 0
	l.cfg.Notifiers = []adcimport.Notifier{failingNotifier{&told}}
	imp := l.importer(t)
	if _, err := imp.ImportUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{}); err != nil || told != 1 {
		t.Fatalf("%d notices, %v", told, err)
	}
	plan, err := imp.PlanUsers(adcimport.UserFilter{}, adcimport.UserOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := collect(plan.Outcomes(t.Context())); err != nil || told != 1 {
		t.Errorf("%d notices after a preview, %v", told, err)
	}
}

type failingNotifier struct{ told *int }

func (f failingNotifier) Notify(context.Context, adcimport.Summary) error {
	*f.told++
	return errDisk
}

type notifyFunc func(adcimport.Summary)

func (f notifyFunc) Notify(_ context.Context, s adcimport.Summary) error { f(s); return nil }

var errDisk = errors.New("disk full")

// A field that the mapping refuses is named once, with the cause.
func TestOutcome_namesEachFieldOnce(t *testing.T) {
	t.Parallel()
	l := newLab(&adcimporttest.Dealer{Customers: []adcimport.Customer{
		labCustomer("1", func(c *adcimport.Customer) { c.PrimaryPhoneNumber, c.LastName = "call us", "" }),
	}})
	l.sink.Strict = true
	l.cfg.CustomerMapping = adcimport.DefaultCustomerMapping()
	for i := range l.cfg.CustomerMapping.Rules {
		if r := &l.cfg.CustomerMapping.Rules[i]; r.To == "Phone1" {
			r.Transforms = []adcimport.Transform{{Name: "phone"}}
		}
	}
	got, err := collect(l.importer(t).ImportCustomersSeq(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{OfficeID: l.office()}))
	if err != nil {
		t.Fatal(err)
	}
	want := []previewed{{ID: "1", Action: adcimport.ActionFailed, Reason: adcimport.ReasonInvalidRecord, Fields: []adcimport.FieldError{
		{Field: "Phone1", Rule: "must be a US or Canadian phone number"}, {Field: "LastName", Rule: "is required"},
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
