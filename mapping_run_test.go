package adcimport_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
)

func TestMapping_rules(t *testing.T) {
	t.Parallel()
	c := adcimport.Customer{
		FirstName: "Ada", LastName: "Lovelace", SubDealerID: "12", Commercial: true,
		JoinDate: time.Date(2024, 2, 29, 23, 0, 0, 0, time.FixedZone("", -3600)),
		Extra:    map[string]string{"two_way": "Yes", "sold": "2023-01-31", "bad": "soon"},
	}
	from := func(names ...string) []string { return names }
	tests := map[string]struct {
		rule   adcimport.Rule
		want   adcimport.CustomerRecord
		fields []adcimport.FieldError
	}{
		"joined by a space":   {rule: adcimport.Rule{From: from("FirstName", "LastName"), To: "LastName"}, want: adcimport.CustomerRecord{LastName: "Ada Lovelace"}},
		"joined":              {rule: adcimport.Rule{From: from("LastName", "CompanyName", "FirstName"), To: "LastName", Join: ", "}, want: adcimport.CustomerRecord{LastName: "Lovelace, Ada"}},
		"first of":            {rule: adcimport.Rule{From: from("CompanyName", "LastName"), To: "BusinessName", Transforms: ts(tr("first_of"))}, want: adcimport.CustomerRecord{BusinessName: "Lovelace"}},
		"constant":            {rule: adcimport.Rule{Const: "alarm.com", To: "Custom.origin"}, want: adcimport.CustomerRecord{Custom: map[string]string{"origin": "alarm.com"}}},
		"constant, changed":   {rule: adcimport.Rule{Const: "virginia", To: "State", Transforms: ts(tr("state"))}, want: adcimport.CustomerRecord{State: "VA"}},
		"default":             {rule: adcimport.Rule{From: from("CompanyName"), To: "BusinessName", Default: "none"}, want: adcimport.CustomerRecord{BusinessName: "none"}},
		"default not needed":  {rule: adcimport.Rule{From: from("LastName"), To: "BusinessName", Default: "none"}, want: adcimport.CustomerRecord{BusinessName: "Lovelace"}},
		"required":            {rule: adcimport.Rule{From: from("CompanyName"), To: "BusinessName", Required: true}, fields: []adcimport.FieldError{{Field: "BusinessName", Rule: "required"}}},
		"required, default":   {rule: adcimport.Rule{From: from("CompanyName"), To: "BusinessName", Required: true, Default: "x"}, want: adcimport.CustomerRecord{BusinessName: "x"}},
		"bool word":           {rule: adcimport.Rule{From: from("Extra.two_way"), To: "ServiceTwoWayVoice"}, want: adcimport.CustomerRecord{ServiceTwoWayVoice: true}},
		"bool by default":     {rule: adcimport.Rule{From: from("Extra.none"), To: "ServiceTwoWayVoice", Default: "on"}, want: adcimport.CustomerRecord{ServiceTwoWayVoice: true}},
		"bool without":        {rule: adcimport.Rule{From: from("Extra.none"), To: "ServiceTwoWayVoice"}},
		"no bool word":        {rule: adcimport.Rule{From: from("Extra.bad"), To: "ServiceTwoWayVoice"}, fields: []adcimport.FieldError{{Field: "ServiceTwoWayVoice", Rule: "must be a boolean word"}}},
		"bool as text":        {rule: adcimport.Rule{From: from("Commercial"), To: "Custom.c"}, want: adcimport.CustomerRecord{Custom: map[string]string{"c": "true"}}},
		"date text":           {rule: adcimport.Rule{From: from("Extra.sold"), To: "SaleDate"}, want: adcimport.CustomerRecord{SaleDate: "2023-01-31"}},
		"no date":             {rule: adcimport.Rule{From: from("Extra.bad"), To: "SaleDate"}, fields: []adcimport.FieldError{{Field: "SaleDate", Rule: "must be a date of the form 2006-01-02"}}},
		"date as text":        {rule: adcimport.Rule{From: from("JoinDate"), To: "Custom.year", Transforms: ts(tr("truncate", "4"))}, want: adcimport.CustomerRecord{Custom: map[string]string{"year": "2024"}}},
		"first date":          {rule: adcimport.Rule{From: from("Extra.sold", "JoinDate"), To: "SaleDate", Transforms: ts(tr("first_of"))}, want: adcimport.CustomerRecord{SaleDate: "2023-01-31"}},
		"nothing for custom":  {rule: adcimport.Rule{From: from("Extra.none"), To: "Custom.none"}},
		"when it has a value": {rule: adcimport.Rule{From: from("LastName"), To: "LastName", When: &adcimport.Condition{Field: "SubDealerId"}}, want: adcimport.CustomerRecord{LastName: "Lovelace"}},
		"when it has none":    {rule: adcimport.Rule{From: from("LastName"), To: "LastName", When: &adcimport.Condition{Field: "SubDealerID", Not: true}}},
		"when one of":         {rule: adcimport.Rule{From: from("LastName"), To: "LastName", When: &adcimport.Condition{Field: "SubDealerID", In: []string{"11", "12"}}}, want: adcimport.CustomerRecord{LastName: "Lovelace"}},
		"when none of":        {rule: adcimport.Rule{From: from("LastName"), To: "LastName", When: &adcimport.Condition{Field: "SubDealerID", In: []string{"12"}, Not: true}}},
		"when true":           {rule: adcimport.Rule{From: from("LastName"), To: "LastName", When: &adcimport.Condition{Field: "Commercial", In: []string{"yes"}}}, want: adcimport.CustomerRecord{LastName: "Lovelace"}},
		"when on a date":      {rule: adcimport.Rule{From: from("LastName"), To: "LastName", When: &adcimport.Condition{Field: "JoinDate", In: []string{"2024-02-29"}}}, want: adcimport.CustomerRecord{LastName: "Lovelace"}},
		"not, and required":   {rule: adcimport.Rule{From: from("CompanyName"), To: "BusinessName", Required: true, When: &adcimport.Condition{Field: "Demo", In: []string{"true"}}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, fields := mapCustomer(t, adcimport.Mapping{Rules: []adcimport.Rule{tt.rule}}, c)
			if diff := cmp.Diff(tt.fields, fields); diff != "" {
				t.Errorf("field errors (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("record (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMapping_everyFieldError gathers all errors of a record, in rule order,
// and still fills what can be filled.
func TestMapping_everyFieldError(t *testing.T) {
	t.Parallel()
	m := adcimport.Mapping{Rules: []adcimport.Rule{
		{From: []string{"PrimaryPhoneNumber"}, To: "Phone1", Transforms: ts(tr("phone"))},
		{From: []string{"FirstName"}, To: "FirstName"},
		{From: []string{"InstallAddress.State"}, To: "State", Transforms: ts(tr("state"))},
		{From: []string{"LastName"}, To: "LastName", Required: true},
	}}
	rec, got := mapCustomer(t, m, adcimport.Customer{
		FirstName: "Ada", PrimaryPhoneNumber: "12", InstallAddress: adcimport.Address{State: "Jalisco"},
	})
	want := []adcimport.FieldError{
		{Field: "Phone1", Rule: "must be a US or Canadian phone number"},
		{Field: "State", Rule: "must be one of the 72 states"},
		{Field: "LastName", Rule: "required"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("field errors (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(adcimport.CustomerRecord{FirstName: "Ada"}, rec); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
}

// TestMapping_leavesOtherFields shows that a mapping touches its targets only.
func TestMapping_leavesOtherFields(t *testing.T) {
	t.Parallel()
	run, _, err := adcimport.BeginUsers(adcimport.Mapping{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	rec := adcimport.UserRecord{AlarmComID: "1", IdempotencyKey: "k", Active: true, CanLogin: true, PermissionGroupID: "g", Tags: []string{"t"}}
	want := rec
	run.Apply(&adcimport.User{ID: "9"}, &rec)
	if diff := cmp.Diff(want, rec); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
}

func TestMapping_warnings(t *testing.T) {
	t.Parallel()
	m := adcimport.Mapping{Rules: []adcimport.Rule{
		{From: []string{"FirstName"}, To: "FirstName"},
		{Const: "x", To: "Custom.const"},
		{From: []string{"CompanyName", "Extra.company"}, To: "BusinessName", Default: "none"},
		{From: []string{"LastName"}, To: "LastName", When: &adcimport.Condition{Field: "Demo", In: []string{"true"}}},
		{From: []string{"CentralStation.TwoWayVoiceEnabled"}, To: "ServiceTwoWayVoice"},
		{Const: "x", To: "Custom.never", When: &adcimport.Condition{Field: "Terminated", In: []string{"true"}}},
	}}
	run, _, err := adcimport.BeginCustomers(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := run.Warnings(); got != nil {
		t.Errorf("warnings without a record: %v", got)
	}
	for _, name := range []string{"", "Ada", ""} {
		run.Apply(&adcimport.Customer{FirstName: name, LastName: "L"}, &adcimport.CustomerRecord{})
	}
	want := []string{"rule 2 (BusinessName) matched 0 of 3 records", "rule 3 (LastName) matched 0 of 3 records"}
	if diff := cmp.Diff(want, run.Warnings()); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	run.Apply(&adcimport.Customer{Extra: map[string]string{"company": "Acme"}, Demo: true, LastName: "L"}, &adcimport.CustomerRecord{})
	if got := run.Warnings(); got != nil {
		t.Errorf("warnings after a match: %v", got)
	}
}

// TestMapping_keepsNothingOfTheCallers changes every slice and map of a mapping
// after it was compiled.
func TestMapping_keepsNothingOfTheCallers(t *testing.T) {
	t.Parallel()
	m := adcimport.Mapping{Rules: []adcimport.Rule{{
		From: []string{"FirstName"}, To: "FirstName",
		Transforms: []adcimport.Transform{lookup("Ada", "A"), tr("default", "D"), {Name: "replace", Args: []string{"A", "B"}}},
		When:       &adcimport.Condition{Field: "LastName", In: []string{"L"}},
	}}}
	run, _, err := adcimport.BeginCustomers(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := &m.Rules[0]
	r.From[0], r.To, r.When.In[0], r.When.Not = "LastName", "LastName", "M", true
	r.Transforms[0].Table["Ada"] = "Z"
	r.Transforms[2].Args[1] = "Z"
	m.Rules[0] = adcimport.Rule{}
	var rec adcimport.CustomerRecord
	run.Apply(&adcimport.Customer{FirstName: "Ada", LastName: "L"}, &rec)
	if rec.FirstName != "B" {
		t.Errorf("first name %q, want B", rec.FirstName)
	}
}

// TestMapping_sharedByRuns uses one compiled mapping in several goroutines; the
// race detector watches.
func TestMapping_sharedByRuns(t *testing.T) {
	t.Parallel()
	begin, err := adcimport.CustomerRuns(adcimport.Mapping{Rules: []adcimport.Rule{
		{From: []string{"FirstName", "LastName"}, To: "LastName", Transforms: ts(tr("upper"))},
		{From: []string{"Extra.list"}, To: "Custom.list", Transforms: ts(tr("split", ","), tr("join", "+"))},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		run := begin()
		wg.Go(func() {
			for range 200 {
				var rec adcimport.CustomerRecord
				run.Apply(&adcimport.Customer{FirstName: "a", LastName: "b", Extra: map[string]string{"list": "1,2"}}, &rec)
				if rec.LastName != "A B" || rec.Custom["list"] != "1+2" {
					t.Errorf("record %q, %q", rec.LastName, rec.Custom["list"])
					return
				}
			}
		})
	}
	wg.Wait()
}
