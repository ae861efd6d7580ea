package adcimport_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/report"
	"github.com/securitytrax/adcimport/securitytrax"
)

func linkLab(n int) *lab {
	d := new(adcimporttest.Dealer)
	for i := range n {
		d.Customers = append(d.Customers, labCustomer(string(rune('1'+i))))
		d.Users = append(d.Users, adcimport.User{ID: string(rune('1' + i)), LoginName: "u" + string(rune('1'+i))})
	}
	return newLab(d)
}

// in imports in a mode and answers "action:reason" by id, and the details it
// cost.
func (l *lab) in(t *testing.T, m adcimport.Mode) (map[string]string, int) {
	t.Helper()
	l.source.ResetCalls()
	got := make(map[string]string)
	o := adcimport.CustomerOptions{RunOptions: adcimport.RunOptions{Mode: m}}
	for out, err := range l.importer(t).ImportCustomersSeq(t.Context(), adcimport.CustomerFilter{}, o) {
		if err != nil {
			t.Fatal(err)
		}
		got[out.SourceID] = string(out.Action) + ":" + string(out.Reason)
	}
	return got, l.source.Calls().CustomerDetails
}

func wantOutcomes(t *testing.T, what string, want, got map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestLinkExisting(t *testing.T) {
	t.Parallel()
	l := linkLab(4)
	l.put(t, adcimport.KindCustomer, []string{"2", "3", "3"})
	got, details := l.in(t, adcimport.LinkExisting)
	wantOutcomes(t, "first", map[string]string{
		"1": "skipped:not_in_sink", "2": "linked:", "3": "failed:ambiguous_match", "4": "skipped:not_in_sink",
	}, got)
	if n := len(l.sink.Customers()); n != 3 || details != 4 {
		t.Errorf("%d customers in the sink, %d details; want the 3 that were there, 4 details", n, details)
	}
	l.put(t, adcimport.KindCustomer, []string{"4"})
	got, details = l.in(t, adcimport.LinkExisting)
	wantOutcomes(t, "second", map[string]string{
		"1": "skipped:not_in_sink", "2": "skipped:already_imported", "3": "failed:ambiguous_match", "4": "linked:",
	}, got)
	if details != 3 {
		t.Errorf("the second run cost %d details, want one for each record that is not known", details)
	}
	got, _ = l.in(t, adcimport.CreateOnly)
	wantOutcomes(t, "create-only, later", map[string]string{
		"1": "created:", "2": "skipped:already_imported", "3": "failed:ambiguous_match", "4": "skipped:already_imported",
	}, got)
}

func TestLinkExisting_users(t *testing.T) {
	t.Parallel()
	l := linkLab(3)
	l.put(t, adcimport.KindUser, []string{"2"})
	s, err := l.importer(t).ImportUsers(t.Context(), adcimport.UserFilter{},
		adcimport.UserOptions{RunOptions: adcimport.RunOptions{Mode: adcimport.LinkExisting}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(adcimport.Counts{Read: 3, Linked: 1, Skipped: 2}, s.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if len(l.sink.Emails()) != 0 || len(l.sink.Users()) != 1 {
		t.Error("a run that only links wrote to the sink")
	}
}

// What a killed run left open: the mode creates nothing of it either.
func TestLinkExisting_inDoubt(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		keepsNoID bool
		want      map[string]string
		later     string // of 1 in a create-only run
	}{
		"absence proven": {
			false,
			map[string]string{"1": "skipped:not_in_sink", "2": "linked:in_doubt_resolved", "3": "failed:in_doubt", "4": "skipped:not_in_sink"},
			"created:",
		},
		"absence not proven": {
			true,
			map[string]string{"1": "failed:in_doubt", "2": "failed:in_doubt", "3": "failed:in_doubt", "4": "skipped:not_in_sink"},
			"failed:in_doubt",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := linkLab(4)
			l.sink.KeepsNoID = tt.keepsNoID
			l.leaveOpen(t, adcimport.KindCustomer, []string{"1", "2"}, []string{"2"})
			l.park(t, adcimport.KindCustomer, []string{"3"})
			got, _ := l.in(t, adcimport.LinkExisting)
			wantOutcomes(t, "outcomes", tt.want, got)
			if n := len(l.sink.Customers()); n != 1 {
				t.Errorf("%d customers in the sink, want the one that was there", n)
			}
			for in, err := range l.store.List(t.Context(), ledger.Scope{Account: "acme", Kind: adcimport.KindCustomer}, openOnes) {
				t.Errorf("an intent is open still: %+v, %v", in, err)
			}
			if got, _ := l.in(t, adcimport.CreateOnly); got["1"] != tt.later || got["3"] != "failed:in_doubt" {
				t.Errorf("a create-only run after it: 1 is %s, want %s; 3 is %s", got["1"], tt.later, got["3"])
			}
		})
	}
}

// A retry keeps the mode of the run it retries.
func TestLinkExisting_retry(t *testing.T) {
	t.Parallel()
	l := linkLab(3)
	l.put(t, adcimport.KindCustomer, []string{"3"})
	faulty := &faultySource{Source: l.source, denied: map[string]bool{"1": true, "3": true}}
	l.cfg.Source = faulty
	got, _ := l.in(t, adcimport.LinkExisting)
	wantOutcomes(t, "first", map[string]string{"1": "failed:source_denied", "2": "skipped:not_in_sink", "3": "failed:source_denied"}, got)
	clear(faulty.denied)
	imp := l.importer(t)
	id := newestRun(t, imp).RunID
	run, err := imp.StartRetryFailed(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantOutcomes(t, "after the retry", map[string]string{"1": "|skipped|not_in_sink", "2": "|skipped|not_in_sink", "3": "5001|linked|"},
		reportRows(t, imp, id, report.Options{Retries: true}))
}

// In Upsert a sink that cannot update leaves changed records as they are, and
// each known record costs its detail all the same.
func TestUpsert_withoutUpdater(t *testing.T) {
	t.Parallel()
	l := linkLab(3)
	l.cfg.Sink = readOnlySink{l.sink}
	if got, _ := l.in(t, adcimport.CreateOnly); got["1"] != "created:" {
		t.Fatalf("first: %v", got)
	}
	l.source.Update(func(d *adcimporttest.Dealer) { d.Customers[0].LastName = "Changed" })
	got, details := l.in(t, adcimport.Upsert)
	wantOutcomes(t, "upsert", map[string]string{"1": "unchanged:", "2": "unchanged:", "3": "unchanged:"}, got)
	if details != 3 || l.sink.CallCounts()["UpdateCustomers"] != 0 {
		t.Errorf("%d details, calls %v", details, l.sink.CallCounts())
	}
}

// readOnlySink hides every ability.
type readOnlySink struct{ adcimport.Sink }

func TestMode(t *testing.T) {
	t.Parallel()
	got := map[adcimport.Mode]string{}
	for m := adcimport.CreateOnly; m <= adcimport.LinkExisting+1; m++ {
		got[m] = m.String()
	}
	if diff := cmp.Diff([]string{"Mode(3)", "create-only", "link-existing", "upsert"}, slices.Sorted(maps.Values(got))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, m := range []adcimport.Mode{-1, adcimport.LinkExisting + 1} {
		o := adcimport.CustomerOptions{RunOptions: adcimport.RunOptions{Mode: m}}
		if _, err := linkLab(1).importer(t).PlanCustomers(adcimport.CustomerFilter{}, o); err == nil {
			t.Errorf("%s is taken", m)
		}
	}
}

// What SecurityTrax requires and Alarm.com lacks is rejected with every field at
// once, or filled where the host says so.
func TestFill_overSecurityTraxRules(t *testing.T) {
	t.Parallel()
	rules, err := securitytrax.New(securitytrax.Config{Profile: "sandbox", ISPID: "1", Credentials: securitytrax.AccessToken("t").WithIntegratorKey("k")})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		fill adcimport.CustomerFill
		want []adcimport.FieldError
	}{
		"off": {want: []adcimport.FieldError{
			{Field: "FirstName", Rule: "is required"},
			{Field: "LastName", Rule: "is required"},
			{Field: "Phone1", Rule: "is required"},
			{Field: "City", Rule: "is required"},
			{Field: "State", Rule: "must be one of the 72 state codes of SecurityTrax"},
			{Field: "SaleDate", Rule: "must be a date, as in 2024-03-31"},
		}},
		"on": {fill: adcimport.CustomerFill{
			LastNameFromCompany: true, FirstName: "Office", Phone1: "8015550100", City: "Provo", State: "UT", SaleDate: "2026-11-23",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(&adcimporttest.Dealer{Customers: []adcimport.Customer{{ID: "1", CompanyName: "Acme", Commercial: true}}})
			l.cfg.CustomerMapping = tt.fill.Mapping()
			l.cfg.Sink = validating{l.sink, rules}
			o := adcimport.CustomerOptions{OfficeID: l.office()}
			for out, err := range l.importer(t).ImportCustomersSeq(t.Context(), adcimport.CustomerFilter{}, o) {
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, out.Fields); diff != "" || (out.Reason == adcimport.ReasonInvalidRecord) != (tt.want != nil) {
					t.Errorf("%s %s, fields (-want +got):\n%s", out.Action, out.Reason, diff)
				}
			}
		})
	}
}

// validating is a sink with SecurityTrax's rules.
type validating struct {
	*adcimporttest.Sink
	rules *securitytrax.Sink
}

func (v validating) ValidateCustomer(rec adcimport.CustomerRecord) []adcimport.FieldError {
	return v.rules.ValidateCustomer(rec)
}
