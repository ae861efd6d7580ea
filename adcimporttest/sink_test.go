package adcimporttest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

var (
	_ adcimport.Sink                   = (*adcimporttest.Sink)(nil)
	_ adcimport.CustomerUpdater        = (*adcimporttest.Sink)(nil)
	_ adcimport.UserUpdater            = (*adcimporttest.Sink)(nil)
	_ adcimport.RepFinder              = (*adcimporttest.Sink)(nil)
	_ adcimport.CustomerOptionsChecker = (*adcimporttest.Sink)(nil)
	_ adcimport.UserOptionsChecker     = (*adcimporttest.Sink)(nil)
	_ adcimport.CustomerValidator      = (*adcimporttest.Sink)(nil)
	_ adcimport.UserValidator          = (*adcimporttest.Sink)(nil)
	_ adcimport.AbsenceProver          = (*adcimporttest.Sink)(nil)
	_ adcimport.CustomerTracer         = (*adcimporttest.Sink)(nil)
	_ adcimport.CustomerSinkLister     = (*adcimporttest.Sink)(nil)
	_ adcimport.UserSinkLister         = (*adcimporttest.Sink)(nil)
	_ adcimport.Checker                = (*adcimporttest.Sink)(nil)
)

func createCustomers(t *testing.T, s *adcimporttest.Sink, recs ...adcimport.CustomerRecord) []adcimport.WriteResult {
	t.Helper()
	results, err := s.CreateCustomers(t.Context(), recs)
	if err != nil || len(results) != len(recs) {
		t.Fatalf("create customers: %d results for %d, %v", len(results), len(recs), err)
	}
	return results
}

func createUsers(t *testing.T, s *adcimporttest.Sink, recs ...adcimport.UserRecord) []adcimport.WriteResult {
	t.Helper()
	results, err := s.CreateUsers(t.Context(), recs)
	if err != nil || len(results) != len(recs) {
		t.Fatalf("create users: %d results for %d, %v", len(results), len(recs), err)
	}
	return results
}

func TestSinkDoesNotEnforceUniqueCustomers(t *testing.T) {
	t.Parallel()
	var s adcimporttest.Sink
	rec := adcimport.CustomerRecord{AlarmComID: "1", IdempotencyKey: "k", TagIDs: []string{"t"}}
	results := createCustomers(t, &s, rec, rec)
	rec.TagIDs[0] = "changed"
	if s.Customers()[0].Record.TagIDs[0] != "t" {
		t.Error("the sink keeps a slice of the call")
	}
	found, err := s.FindCustomers(t.Context(), []adcimport.CustomerKey{{ID: "1"}, {ID: "2"}})
	want := map[string][]string{"1": {results[0].ID, results[1].ID}}
	if diff := cmp.Diff(want, found); diff != "" || err != nil {
		t.Errorf("both are found (-want +got):\n%s%v", diff, err)
	}
}

func TestSinkHonoursKeysOnDemand(t *testing.T) {
	t.Parallel()
	s := adcimporttest.Sink{HonourKeys: true}
	rec := adcimport.CustomerRecord{AlarmComID: "1", IdempotencyKey: "k"}
	results := createCustomers(t, &s, rec, rec)
	if results[1].Status != adcimport.WriteExists || results[1].ID != results[0].ID || len(s.Customers()) != 1 {
		t.Errorf("results %+v, %d customers", results, len(s.Customers()))
	}
	user := adcimport.UserRecord{AlarmComID: "1", IdempotencyKey: "k", CanLogin: true, Email: "a@example.com"}
	createUsers(t, &s, user)
	createUsers(t, &s, user)
	if len(s.Users()) != 1 || len(s.Emails()) != 1 {
		t.Errorf("%d users, %d emails", len(s.Users()), len(s.Emails()))
	}
}

func TestSpec_O5_SinkMailsEachCreatedLoginOnce(t *testing.T) {
	t.Parallel()
	var s adcimporttest.Sink
	results := createUsers(
		t, &s,
		adcimport.UserRecord{AlarmComID: "1", Username: "one", CanLogin: true, Email: "one@example.com"},
		adcimport.UserRecord{AlarmComID: "2", Username: "two"},
		adcimport.UserRecord{AlarmComID: "3", Username: "three", CanLogin: true},
	)
	if results[2].Status != adcimport.WriteRejected {
		t.Errorf("can log in without email: %+v", results[2])
	}
	changed := adcimport.UserRecord{AlarmComID: "2", Username: "other", CanLogin: true, Email: "two@example.com", LastName: "Two"}
	if _, err := s.UpdateUsers(t.Context(), []string{results[1].ID}, []adcimport.UserRecord{changed}); err != nil {
		t.Fatal(err)
	}
	got := s.Users()[1]
	if got.Updates != 1 || got.Record.CanLogin || got.Record.Username != "two" || got.Record.LastName != "Two" {
		t.Errorf("updated user: %+v", got)
	}
	want := []adcimporttest.LoginEmail{{UserID: results[0].ID, AlarmComID: "1", Username: "one", To: "one@example.com"}}
	if diff := cmp.Diff(want, s.Emails()); diff != "" {
		t.Errorf("emails (-want +got):\n%s", diff)
	}
}

func TestSinkUniqueUsernames(t *testing.T) {
	t.Parallel()
	s := adcimporttest.Sink{UniqueUsernames: true}
	taken := adcimport.UserRecord{AlarmComID: "2", Username: "one"}
	results := createUsers(t, &s, adcimport.UserRecord{AlarmComID: "1", Username: "one"}, taken)
	for what, err := range map[string]error{"create": results[1].Err, "find": findUser(t, &s, taken)} {
		if rec, ok := errors.AsType[*adcimport.RecordError](err); !ok || rec.Reason != adcimport.ReasonUsernameTaken || rec.ID != "2" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := findUser(t, &s, adcimport.UserRecord{AlarmComID: "1", Username: "one"}); err != nil {
		t.Errorf("find the owner: %v", err)
	}
}

func findUser(t *testing.T, s *adcimporttest.Sink, rec adcimport.UserRecord) error {
	t.Helper()
	_, err := s.FindUsers(t.Context(), []adcimport.UserKey{{ID: rec.AlarmComID, Record: rec}})
	return err
}

func TestSinkSendsNothingWhenTheRunMayNotWrite(t *testing.T) {
	t.Parallel()
	var s adcimporttest.Sink
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(adcimport.ErrLeaseLost)
	results, err := s.CreateCustomers(ctx, []adcimport.CustomerRecord{{AlarmComID: "1"}, {AlarmComID: "2"}})
	if err != nil || len(results) != 2 {
		t.Fatalf("create: %v, %v", results, err)
	}
	for _, r := range results {
		if r.Status != adcimport.WriteNotSent || !errors.Is(r.Err, adcimport.ErrLeaseLost) {
			t.Errorf("result %+v", r)
		}
	}
	if n := len(s.Customers()); n != 0 {
		t.Errorf("%d customers", n)
	}
}

func TestSinkUpdatesCustomers(t *testing.T) {
	t.Parallel()
	var s adcimporttest.Sink
	id := createCustomers(t, &s, adcimport.CustomerRecord{AlarmComID: "1"})[0].ID
	recs := []adcimport.CustomerRecord{{AlarmComID: "1", City: "Fairview"}, {AlarmComID: "2"}}
	results, err := s.UpdateCustomers(t.Context(), []string{id, "no such id"}, recs)
	if err != nil || results[0].Status != adcimport.WriteCreated || results[1].Status != adcimport.WriteRejected {
		t.Errorf("update: %+v, %v", results, err)
	}
	if got := s.Customers(); len(got) != 1 || got[0].Record.City != "Fairview" || got[0].Updates != 1 {
		t.Errorf("customers: %+v", got)
	}
	if _, err := s.UpdateCustomers(t.Context(), []string{id}, recs); err == nil {
		t.Error("one id for two records is taken")
	}
}

func TestSinkOptions(t *testing.T) {
	t.Parallel()
	choices := adcimporttest.SinkChoices{
		Offices:          []adcimport.Choice{{ID: "o"}},
		Reps:             []adcimport.Choice{{ID: "r"}},
		CustomerTags:     []adcimport.Choice{{ID: "t"}},
		PermissionGroups: []adcimport.Choice{{ID: "p"}},
		UserTags:         []adcimport.Choice{{ID: "1", Name: "vip"}},
	}
	tests := map[string]struct {
		strict    bool
		customers adcimport.CustomerOptions
		users     adcimport.UserOptions
		wantField string
	}{
		"zero": {},
		"known": {
			customers: adcimport.CustomerOptions{OfficeID: "o", DefaultRepID: "r", TagIDs: []string{"t"}},
			users:     adcimport.UserOptions{PermissionGroupID: "p"},
		},
		"O1 unknown":       {customers: adcimport.CustomerOptions{OfficeID: "x"}, wantField: "OfficeID"},
		"O2 unknown":       {customers: adcimport.CustomerOptions{DefaultRepID: "x"}, wantField: "DefaultRepID"},
		"O3 unknown":       {customers: adcimport.CustomerOptions{TagIDs: []string{"t", "x"}}, wantField: "TagIDs"},
		"O6 unknown":       {users: adcimport.UserOptions{PermissionGroupID: "x"}, wantField: "PermissionGroupID"},
		"strict, no group": {strict: true, customers: adcimport.CustomerOptions{OfficeID: "o"}, wantField: "PermissionGroupID"},
		"strict, none":     {strict: true, wantField: "OfficeID"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := adcimporttest.Sink{Choices: choices, Strict: tt.strict}
			err := s.CheckCustomerOptions(t.Context(), tt.customers)
			if err == nil {
				err = s.CheckUserOptions(t.Context(), tt.users)
			}
			field := ""
			if e, ok := errors.AsType[*adcimport.InvalidOptionsError](err); ok {
				field = e.Field
			}
			if field != tt.wantField || (err != nil) != (tt.wantField != "") {
				t.Errorf("got %v, want field %q", err, tt.wantField)
			}
		})
	}
}

func TestSpec_O7_SinkMakesMissingUserTagsOnce(t *testing.T) {
	t.Parallel()
	s := adcimporttest.Sink{Choices: adcimporttest.SinkChoices{UserTags: []adcimport.Choice{{ID: "1", Name: "vip"}}}}
	o := adcimport.UserOptions{Tags: []string{"vip", "new"}}
	check := func() error { return s.CheckUserOptions(t.Context(), o) }
	makeTags := func() error { return s.MakeUserTags(t.Context(), o.Tags) }
	for i, step := range []struct {
		do   func() error
		tags int
	}{{check, 1}, {makeTags, 2}, {makeTags, 2}} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		if tags, err := s.UserTags(t.Context()); len(tags) != step.tags || err != nil {
			t.Errorf("step %d: tags %v, %v, want %d", i, tags, err, step.tags)
		}
	}
}

func TestSinkFindsReps(t *testing.T) {
	t.Parallel()
	s := adcimporttest.Sink{RepIDs: map[string]string{"known": "77"}}
	id := createUsers(t, &s, adcimport.UserRecord{AlarmComID: "1", Username: "imported"})[0].ID
	got, err := s.FindReps(t.Context(), []string{"known", "imported", "unknown"})
	if diff := cmp.Diff(map[string]string{"known": "77", "imported": id}, got); diff != "" || err != nil {
		t.Errorf("reps (-want +got):\n%s%v", diff, err)
	}
}

func TestSinkStrictTakesTheImportableCustomers(t *testing.T) {
	t.Parallel()
	s := adcimporttest.Sink{Strict: true}
	valid := adcimport.CustomerRecord{
		FirstName: "A", LastName: "B", Phone1: "1", City: "C", State: "UT", SaleDate: "2020-01-01", OfficeID: "1",
	}
	if fields := s.ValidateCustomer(valid); len(fields) != 0 {
		t.Errorf("valid customer: %v", fields)
	}
	if fields := s.ValidateCustomer(adcimport.CustomerRecord{}); len(fields) != 7 {
		t.Errorf("empty customer: %v", fields)
	}
	if fields := s.ValidateUser(adcimport.UserRecord{}); len(fields) != 4 {
		t.Errorf("empty user: %v", fields)
	}
	if r := createCustomers(t, &s, adcimport.CustomerRecord{AlarmComID: "1"}); r[0].Status != adcimport.WriteRejected {
		t.Errorf("empty customer: %+v", r)
	}
}

func TestSinkKeepsNoIDOnDemand(t *testing.T) {
	t.Parallel()
	s := adcimporttest.Sink{KeepsNoID: true}
	createCustomers(t, &s, adcimport.CustomerRecord{AlarmComID: "1"})
	found, err := s.FindCustomers(t.Context(), []adcimport.CustomerKey{{ID: "1"}})
	if len(found) != 0 || err != nil || s.ProvesAbsence(adcimport.KindCustomer) {
		t.Errorf("found %v, %v", found, err)
	}
}

func TestSinkRecordsCalls(t *testing.T) {
	t.Parallel()
	var s adcimporttest.Sink
	createCustomers(t, &s, adcimport.CustomerRecord{AlarmComID: "1"}, adcimport.CustomerRecord{AlarmComID: "2"})
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	calls := s.Calls()
	if len(calls) != 2 || calls[0].Method != "CreateCustomers" || !cmp.Equal(calls[0].IDs, []string{"1", "2"}) || calls[0].At.IsZero() {
		t.Errorf("calls: %+v", calls)
	}
	if diff := cmp.Diff(map[string]int{"CreateCustomers": 1, "Check": 1}, s.CallCounts()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	s.ResetCalls()
	if len(s.Calls()) != 0 || len(s.Customers()) != 2 {
		t.Error("ResetCalls forgets too little or too much")
	}
}
