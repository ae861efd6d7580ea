package mapping_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/internal/mapping"
	"github.com/securitytrax/adcimport/ledger"
)

func TestRun_rules(t *testing.T) {
	t.Parallel()
	src := source{
		"FirstName": "Ada", "LastName": "Lovelace", "SubDealerID": "12", "Commercial": "true", "JoinDate": "2024-02-29",
		"Extra.two_way": "Yes", "Extra.sold": "2023-01-31", "Extra.bad": "soon",
	}
	tests := map[string]struct {
		rule   mapping.Rule
		want   target
		fields []ledger.FieldError
	}{
		"joined by a space":   {rule: mapping.Rule{From: from("FirstName", "LastName"), To: "LastName"}, want: target{"LastName": "Ada Lovelace"}},
		"joined":              {rule: mapping.Rule{From: from("LastName", "CompanyName", "FirstName"), To: "LastName", Join: ", "}, want: target{"LastName": "Lovelace, Ada"}},
		"first of":            {rule: mapping.Rule{From: from("CompanyName", "LastName"), To: "BusinessName", Transforms: ts(tr("first_of"))}, want: target{"BusinessName": "Lovelace"}},
		"constant":            {rule: mapping.Rule{Const: "alarm.com", To: "Custom.origin"}, want: target{"origin": "alarm.com"}},
		"constant, changed":   {rule: mapping.Rule{Const: "virginia", To: "State", Transforms: ts(tr("state"))}, want: target{"State": "VA"}},
		"default":             {rule: mapping.Rule{From: from("CompanyName"), To: "BusinessName", Default: "none"}, want: target{"BusinessName": "none"}},
		"default not needed":  {rule: mapping.Rule{From: from("LastName"), To: "BusinessName", Default: "none"}, want: target{"BusinessName": "Lovelace"}},
		"required":            {rule: mapping.Rule{From: from("CompanyName"), To: "BusinessName", Required: true}, fields: []ledger.FieldError{{Field: "BusinessName", Rule: "required"}}},
		"required, default":   {rule: mapping.Rule{From: from("CompanyName"), To: "BusinessName", Required: true, Default: "x"}, want: target{"BusinessName": "x"}},
		"bool word":           {rule: mapping.Rule{From: from("Extra.two_way"), To: "ServiceTwoWayVoice"}, want: target{"ServiceTwoWayVoice": "true"}},
		"bool by default":     {rule: mapping.Rule{From: from("Extra.none"), To: "ServiceTwoWayVoice", Default: "on"}, want: target{"ServiceTwoWayVoice": "true"}},
		"bool without":        {rule: mapping.Rule{From: from("Extra.none"), To: "ServiceTwoWayVoice"}},
		"no bool word":        {rule: mapping.Rule{From: from("Extra.bad"), To: "ServiceTwoWayVoice"}, fields: []ledger.FieldError{{Field: "ServiceTwoWayVoice", Rule: "must be a boolean word"}}},
		"bool as text":        {rule: mapping.Rule{From: from("Commercial"), To: "Custom.c"}, want: target{"c": "true"}},
		"date text":           {rule: mapping.Rule{From: from("Extra.sold"), To: "SaleDate"}, want: target{"SaleDate": "2023-01-31"}},
		"no date":             {rule: mapping.Rule{From: from("Extra.bad"), To: "SaleDate"}, fields: []ledger.FieldError{{Field: "SaleDate", Rule: "must be a date, as in 2024-03-31"}}},
		"date as text":        {rule: mapping.Rule{From: from("JoinDate"), To: "Custom.year", Transforms: ts(tr("truncate", "4"))}, want: target{"year": "2024"}},
		"first date":          {rule: mapping.Rule{From: from("Extra.sold", "JoinDate"), To: "SaleDate", Transforms: ts(tr("first_of"))}, want: target{"SaleDate": "2023-01-31"}},
		"nothing for custom":  {rule: mapping.Rule{From: from("Extra.none"), To: "Custom.none"}},
		"when it has a value": {rule: mapping.Rule{From: from("LastName"), To: "LastName", When: &mapping.Condition{Field: "SubDealerId"}}, want: target{"LastName": "Lovelace"}},
		"when it has none":    {rule: mapping.Rule{From: from("LastName"), To: "LastName", When: &mapping.Condition{Field: "SubDealerID", Not: true}}},
		"when one of":         {rule: mapping.Rule{From: from("LastName"), To: "LastName", When: &mapping.Condition{Field: "SubDealerID", In: []string{"11", "12"}}}, want: target{"LastName": "Lovelace"}},
		"when none of":        {rule: mapping.Rule{From: from("LastName"), To: "LastName", When: &mapping.Condition{Field: "SubDealerID", In: []string{"12"}, Not: true}}},
		"when true":           {rule: mapping.Rule{From: from("LastName"), To: "LastName", When: &mapping.Condition{Field: "Commercial", In: []string{"yes"}}}, want: target{"LastName": "Lovelace"}},
		"when on a date":      {rule: mapping.Rule{From: from("LastName"), To: "LastName", When: &mapping.Condition{Field: "JoinDate", In: []string{"2024-02-29"}}}, want: target{"LastName": "Lovelace"}},
		"not, and required":   {rule: mapping.Rule{From: from("CompanyName"), To: "BusinessName", Required: true, When: &mapping.Condition{Field: "Demo", In: []string{"true"}}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, fields := apply(t, rules(tt.rule), src)
			if tt.want == nil {
				tt.want = target{}
			}
			if diff := cmp.Diff(tt.fields, fields); diff != "" {
				t.Errorf("field errors (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("record (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRun_everyFieldError gathers all errors of a record, in rule order,
// and still fills what can be filled.
func TestRun_everyFieldError(t *testing.T) {
	t.Parallel()
	list := rules(
		mapping.Rule{From: from("PrimaryPhoneNumber"), To: "Phone1", Transforms: ts(tr("phone"))},
		mapping.Rule{From: from("FirstName"), To: "FirstName"},
		mapping.Rule{From: from("InstallAddress.State"), To: "State", Transforms: ts(tr("state"))},
		mapping.Rule{From: from("LastName"), To: "LastName", Required: true},
	)
	dst, got := apply(t, list, source{"FirstName": "Ada", "PrimaryPhoneNumber": "12", "InstallAddress.State": "Jalisco"})
	want := []ledger.FieldError{
		{Field: "Phone1", Rule: "must be a US or Canadian phone number"},
		{Field: "State", Rule: "must be one of the 72 states"},
		{Field: "LastName", Rule: "required"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("field errors (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(target{"FirstName": "Ada"}, dst); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
}

// TestRun_leavesOtherFields shows that rules touch their targets only.
func TestRun_leavesOtherFields(t *testing.T) {
	t.Parallel()
	dst := target{"OfficeID": "7", "LastName": "L"}
	compiled(t, rules(mapping.Rule{From: from("FirstName"), To: "FirstName"}), nil).Begin().Apply(source{"FirstName": "Ada", "LastName": "x"}, &dst)
	if diff := cmp.Diff(target{"OfficeID": "7", "LastName": "L", "FirstName": "Ada"}, dst); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
}

// fault 73: "rule 2 (BusinessName) matched 0 of 3 records" was said in ordinary
// nights. It is said of a rule that was tried on a hundred, and never matched.
func TestFault73_Run_Warnings(t *testing.T) {
	t.Parallel()
	demo := &mapping.Condition{Field: "Demo", In: []string{"true"}}
	r := compiled(t, rules(
		mapping.Rule{From: from("FirstName"), To: "FirstName"},
		mapping.Rule{Const: "x", To: "Custom.const"},
		mapping.Rule{From: from("CompanyName", "Extra.company"), To: "BusinessName", Default: "none"},
		mapping.Rule{From: from("LastName"), To: "LastName", When: demo},
		mapping.Rule{From: from("Commercial"), To: "ServiceTwoWayVoice"},
		mapping.Rule{Const: "x", To: "Custom.never", When: demo},
	), nil).Begin()
	if got := r.Warnings(nil); got != nil {
		t.Errorf("warnings without a record: %v", got)
	}
	apply := func(n int, src source) {
		for range n {
			r.Apply(src, &target{})
		}
	}
	apply(1, source{"FirstName": "Ada", "LastName": "L"})
	apply(98, source{"LastName": "L"})
	if got := r.Warnings(nil); got != nil {
		t.Errorf("warnings after 99 records: %v", got)
	}
	apply(1, source{"LastName": "L"})
	first := "rule 2 (BusinessName) matched 0 of 100 records" // nobody met the condition of rule 3
	if diff := cmp.Diff([]string{first}, r.Warnings(nil)); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	apply(100, source{"Demo": "true"})
	want := []string{"rule 2 (BusinessName) matched 0 of 200 records", "rule 3 (LastName) matched 0 of 100 records"}
	if diff := cmp.Diff(want, r.Warnings(nil)); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	apply(1, source{"Extra.company": "Acme", "Demo": "true", "LastName": "L"})
	if got := r.Warnings(nil); got != nil {
		t.Errorf("warnings after a match: %v", got)
	}
}

// TestProgram_keepsNothingOfTheCallers changes every slice and map of rules,
// schema and transforms after they were compiled.
func TestProgram_keepsNothingOfTheCallers(t *testing.T) {
	t.Parallel()
	list := rules(mapping.Rule{
		From: from("FirstName"), To: "FirstName",
		Transforms: ts(lookup("Ada", "A"), tr("default", "D"), tr("replace", "A", "B"), tr("own")),
		When:       &mapping.Condition{Field: "LastName", In: []string{"L"}},
	})
	s := schema()
	host := mapping.Host{Transforms: map[string]mapping.TransformFunc{"own": func(in string) (string, error) { return in + "!", nil }}}
	p, problems := mapping.Compile(list, s, host)
	if problems != nil {
		t.Fatal(texts(problems))
	}
	r := &list[0]
	r.From[0], r.To, r.When.In[0], r.When.Not = "LastName", "LastName", "M", true
	r.Transforms[0].Table["Ada"] = "Z"
	r.Transforms[2].Args[1] = "Z"
	list[0] = mapping.Rule{}
	clear(s.Sources)
	clear(s.Targets)
	clear(host.Transforms)
	dst := make(target)
	p.Begin().Apply(source{"FirstName": "Ada", "LastName": "L"}, &dst)
	if diff := cmp.Diff(target{"FirstName": "B!"}, dst); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
}

// TestProgram_sharedByRuns uses one program in several goroutines; the race
// detector watches.
func TestProgram_sharedByRuns(t *testing.T) {
	t.Parallel()
	p := compiled(t, rules(
		mapping.Rule{From: from("FirstName", "LastName"), To: "LastName", Transforms: ts(tr("upper"))},
		mapping.Rule{From: from("Extra.list"), To: "Custom.list", Transforms: ts(tr("split", ","), tr("join", "+"))},
	), nil)
	var wg sync.WaitGroup
	for range 4 {
		r := p.Begin()
		wg.Go(func() {
			for range 200 {
				dst := make(target)
				r.Apply(source{"FirstName": "a", "LastName": "b", "Extra.list": "1,2"}, &dst)
				if dst["LastName"] != "A B" || dst["list"] != "1+2" {
					t.Errorf("record %v", dst)
					return
				}
			}
		})
	}
	wg.Wait()
}

// A rule that matched once is no mistake when it matches nothing later, wherever
// in the list it stands by then.
func TestRun_Matched(t *testing.T) {
	t.Parallel()
	first := mapping.Rule{From: from("FirstName"), To: "FirstName"}
	last := mapping.Rule{From: from("LastName"), To: "LastName"}
	r := compiled(t, rules(first, last), nil).Begin()
	r.Apply(source{"FirstName": "Ada"}, &target{})
	before := r.Matched(nil)
	if len(before) != 1 || len(before[0]) > 64 || len(r.Matched(before)) != 0 {
		t.Fatalf("matched %v, and with that %v", before, r.Matched(before))
	}
	later := compiled(t, rules(last, first), nil).Begin()
	for range 120 {
		later.Apply(source{}, &target{})
	}
	if diff := cmp.Diff([]string{"rule 0 (LastName) matched 0 of 120 records"}, later.Warnings(before)); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}
