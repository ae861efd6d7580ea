package adcimport_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
)

// TestCheckCustomers_refuses has one mistake a case.
func TestCheckCustomers_refuses(t *testing.T) {
	t.Parallel()
	first := []string{"FirstName"}
	for name, tt := range map[string]struct {
		rule adcimport.Rule
		want string // empty: nothing
	}{
		"no target":             {adcimport.Rule{From: first}, "rules[0].to: needs a target field"},
		"no source":             {adcimport.Rule{To: "City"}, "City: rules[0]: needs a source or a constant"},
		"both":                  {adcimport.Rule{From: first, Const: "x", To: "City"}, "City: rules[0].const: a rule has sources or a constant, not both"},
		"case of the source":    {adcimport.Rule{From: []string{"firstname"}, To: "City"}, `firstname: rules[0].from[0]: unknown source field: did you mean "FirstName"?`},
		"swapped letters":       {adcimport.Rule{From: []string{"JionDate"}, To: "SaleDate"}, `JionDate: rules[0].from[0]: unknown source field: did you mean "JoinDate"?`},
		"part of a path":        {adcimport.Rule{From: []string{"Street1"}, To: "City"}, `Street1: rules[0].from[0]: unknown source field: did you mean "InstallAddress.Street1"?`},
		"second source":         {adcimport.Rule{From: []string{"City", "FirstName"}, To: "City"}, `City: rules[0].from[0]: unknown source field: did you mean "InstallAddress.City"?`},
		"nothing like it":       {adcimport.Rule{From: []string{"Zodiac sign"}, To: "City"}, "Zodiac sign: rules[0].from[0]: unknown source field"},
		"Extra without a name":  {adcimport.Rule{From: []string{"Extra."}, To: "City"}, `Extra.: rules[0].from[0]: unknown source field: did you mean "Extra."?`},
		"unknown target":        {adcimport.Rule{From: first, To: "Phone"}, `Phone: rules[0].to: unknown target field: did you mean "Phone1"?`},
		"custom without a name": {adcimport.Rule{From: first, To: "Custom."}, "Custom.: rules[0].to: needs a name after Custom."},
		"join of one":           {adcimport.Rule{From: first, To: "City", Join: "-"}, "City: rules[0].join: there is one value only, nothing to join"},
		"join after first_of":   {adcimport.Rule{From: []string{"FirstName", "LastName"}, To: "City", Join: "-", Transforms: ts(tr("first_of"))}, "City: rules[0].join: there is one value only, nothing to join"},
		"bool into a date":      {adcimport.Rule{From: []string{"Commercial"}, To: "SaleDate"}, "SaleDate: rules[0].to: takes a date, and the rule makes a boolean"},
		"date into a bool":      {adcimport.Rule{From: []string{"JoinDate"}, To: "ServiceTwoWayVoice"}, "ServiceTwoWayVoice: rules[0].to: takes a boolean, and the rule makes a date"},
		"phone into a date":     {adcimport.Rule{From: first, To: "SaleDate", Transforms: ts(tr("phone"))}, "SaleDate: rules[0].to: takes a date, and the rule makes a phone number or code"},
		"phone of a date":       {adcimport.Rule{From: []string{"JoinDate"}, To: "Phone1", Transforms: ts(tr("phone"))}, "Phone1: rules[0].transforms[0]: transform phone: cannot work on a date"},
		"state of a bool":       {adcimport.Rule{From: []string{"Demo"}, To: "State", Transforms: ts(tr("trim"), tr("state"))}, "State: rules[0].transforms[1]: transform state: cannot work on a boolean"},
		"bool of a phone":       {adcimport.Rule{From: first, To: "City", Transforms: ts(tr("phone"), tr("bool"))}, "City: rules[0].transforms[1]: transform bool: cannot work on a phone number or code"},
		"unknown transform":     {adcimport.Rule{From: first, To: "City", Transforms: ts(tr("tirm"))}, `City: rules[0].transforms[0]: unknown transform "tirm": did you mean "trim"?`},
		"first_of one":          {adcimport.Rule{From: first, To: "City", Transforms: ts(tr("first_of"))}, "City: rules[0].transforms[0]: transform first_of: needs several values"},
		"split of several":      {adcimport.Rule{From: []string{"FirstName", "LastName"}, To: "City", Transforms: ts(tr("split", ","))}, "City: rules[0].transforms[0]: transform split: cannot work on several values"},
		"missing argument":      {adcimport.Rule{From: first, To: "City", Transforms: ts(tr("truncate"))}, "City: rules[0].transforms[0]: transform truncate: takes 1 argument, not 0"},
		"too many arguments":    {adcimport.Rule{From: first, To: "City", Transforms: ts(tr("trim", "x"))}, "City: rules[0].transforms[0]: transform trim: takes no argument, not 1"},
		"one argument of two":   {adcimport.Rule{From: first, To: "City", Transforms: ts(tr("replace", "x"))}, "City: rules[0].transforms[0]: transform replace: takes 2 arguments, not 1"},
		"no number":             {adcimport.Rule{From: first, To: "City", Transforms: ts(tr("truncate", "x"))}, `City: rules[0].transforms[0]: transform truncate: argument 1, "x", must be a whole number`},
		"no positive number":    {adcimport.Rule{From: first, To: "City", Transforms: ts(tr("truncate", "0"))}, `City: rules[0].transforms[0]: transform truncate: argument "0" must be a positive whole number`},
		"split index":           {adcimport.Rule{From: first, To: "City", Transforms: ts(tr("split", ",", "last"))}, `City: rules[0].transforms[0]: transform split: argument 2, "last", must be a whole number`},
		"split by nothing":      {adcimport.Rule{From: first, To: "City", Transforms: ts(tr("split", ""))}, "City: rules[0].transforms[0]: transform split: the separator must not be empty"},
		"replace nothing":       {adcimport.Rule{From: first, To: "City", Transforms: ts(tr("replace", "", "x"))}, "City: rules[0].transforms[0]: transform replace: what to replace must not be empty"},
		"default nothing":       {adcimport.Rule{From: first, To: "City", Transforms: ts(tr("default", ""))}, "City: rules[0].transforms[0]: transform default: the value must not be empty"},
		"phone form":            {adcimport.Rule{From: first, To: "City", Transforms: ts(tr("phone", "E164"))}, `City: rules[0].transforms[0]: transform phone: does not know the argument "E164": did you mean "e164"?`},
		"state argument":        {adcimport.Rule{From: first, To: "City", Transforms: ts(tr("state", "strict"))}, `City: rules[0].transforms[0]: transform state: does not know the argument "strict"`},
		"date layout":           {adcimport.Rule{From: first, To: "SaleDate", Transforms: ts(tr("date", "MM/DD/YYYY"))}, `SaleDate: rules[0].transforms[0]: transform date: argument "MM/DD/YYYY" must be a layout with day, month and year such as 02.01.2006`},
		"lookup without table":  {adcimport.Rule{From: first, To: "City", Transforms: ts(tr("lookup"))}, "City: rules[0].transforms[0]: transform lookup: needs a table and nothing else"},
		"lookup of nothing":     {adcimport.Rule{From: first, To: "City", Transforms: ts(lookup("", "x"))}, "City: rules[0].transforms[0]: transform lookup: the table cannot have an entry for empty values: use default"},
		"table for trim":        {adcimport.Rule{From: first, To: "City", Transforms: []adcimport.Transform{{Name: "trim", Table: map[string]string{"a": "b"}}}}, "City: rules[0].transforms[0]: transform trim: takes no table"},
		"default no date":       {adcimport.Rule{From: []string{"JoinDate"}, To: "SaleDate", Default: "today"}, "SaleDate: rules[0].default: must be a date of the form 2006-01-02"},
		"default no bool":       {adcimport.Rule{From: []string{"Demo"}, To: "ServiceTwoWayVoice", Default: "maybe"}, "ServiceTwoWayVoice: rules[0].default: must be a boolean word"},
		"constant no bool":      {adcimport.Rule{Const: "maybe", To: "ServiceTwoWayVoice"}, "ServiceTwoWayVoice: rules[0].const: must be a boolean word"},
		"constant no state":     {adcimport.Rule{Const: "Jalisco", To: "State", Transforms: ts(tr("state"))}, "State: rules[0].const: must be one of the 72 states"},
		"unknown in when":       {adcimport.Rule{From: first, To: "City", When: &adcimport.Condition{Field: "IsDeno"}}, `IsDeno: rules[0].when.field: unknown source field: did you mean "IsDemo"?`},
		"bool in when":          {adcimport.Rule{From: first, To: "City", When: &adcimport.Condition{Field: "Demo", In: []string{"yes", "2"}}}, `Demo: rules[0].when.in[1]: "2" can never be the value of a boolean`},
		"empty in when":         {adcimport.Rule{From: first, To: "City", When: &adcimport.Condition{Field: "LastName", In: []string{""}}}, `LastName: rules[0].when.in[0]: "" can never be the value of text`},
		"several dates joined":  {adcimport.Rule{From: []string{"JoinDate", "Extra.x"}, To: "SaleDate", Transforms: ts(tr("first_of"))}, ""},
		"SOAP names":            {adcimport.Rule{From: []string{"CentralStationInfo.AccountNumber", "salesRepLogin", "CustomerId"}, To: "City"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var want []string
			if tt.want != "" {
				want = []string{"mapping: rule 0: " + tt.want}
			}
			err := adcimport.Mapping{Rules: []adcimport.Rule{tt.rule}}.CheckCustomers(nil)
			if diff := cmp.Diff(want, mappingErrors(t, err)); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCheck_notTheMappings refuses the fields that options and engine fill.
func TestCheck_notTheMappings(t *testing.T) {
	t.Parallel()
	const want = "is filled by the importer and its options, not by the mapping"
	check := func(fields []string, check func(adcimport.Mapping) error) {
		for _, field := range fields {
			err := check(adcimport.Mapping{Rules: []adcimport.Rule{{Const: "1", To: field}}})
			if err == nil || !strings.HasSuffix(err.Error(), want) {
				t.Errorf("%s: %v", field, err)
			}
		}
	}
	check([]string{"AlarmComID", "IdempotencyKey", "OfficeID", "TagIDs"}, func(m adcimport.Mapping) error { return m.CheckCustomers(nil) })
	check([]string{"AlarmComID", "IdempotencyKey", "Active", "CanLogin", "PermissionGroupID", "Tags"}, func(m adcimport.Mapping) error { return m.CheckUsers(nil) })
}

// TestCheckUsers_names takes every name that FACTS and WSDL Rep have for what
// the importer reads.
func TestCheckUsers_names(t *testing.T) {
	t.Parallel()
	names := []string{
		"SupportId", "RepId", "RepAddress.FirstName", "RepAddress.LastName", "RepAddress.Street1", "RepAddress.Street2",
		"RepAddress.City", "RepAddress.State", "RepAddress.Zip", "RepLoginName", "RepEmail", "RepPhoneNumber", "RepDealerBranchId",
		"ID", "RepID", "FirstName", "LastName", "LoginName", "Email", "Phone", "SubDealerID", "RoleIDs", "Address.Street1", "Extra.x",
	}
	m := adcimport.Mapping{Rules: []adcimport.Rule{{From: names, To: "Custom.all"}}}
	if err := m.CheckUsers(nil); err != nil {
		t.Error(err)
	}
	if got := len(mappingErrors(t, m.CheckCustomers(nil))); got != 19 {
		t.Errorf("%d of the names are no customer's, want 19", got)
	}
}

func TestCheck_hostTransforms(t *testing.T) {
	t.Parallel()
	same := func(in string) (string, error) { return in, nil }
	funcs := map[string]adcimport.TransformFunc{"own": same, "trim": same, "nil": nil, "": same}
	want := []string{
		"mapping: Transforms: a transform needs a name",
		"mapping: nil: transform is nil",
		"mapping: trim: is a built-in transform and cannot be replaced",
	}
	if diff := cmp.Diff(want, mappingErrors(t, adcimport.Mapping{}.CheckCustomers(funcs))); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
	funcs = map[string]adcimport.TransformFunc{"own": same}
	m := adcimport.Mapping{Rules: []adcimport.Rule{{From: []string{"FirstName"}, To: "City", Transforms: ts(tr("onw"), tr("own", "x"))}}}
	want = []string{
		`mapping: rule 0: City: rules[0].transforms[0]: unknown transform "onw": did you mean "own"?`,
		`mapping: rule 0: City: rules[0].transforms[1]: transform own: a transform of the host's takes no arguments`,
	}
	if diff := cmp.Diff(want, mappingErrors(t, m.CheckCustomers(funcs))); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

// TestMapping_fingerprint changes with the meaning of a mapping and with
// nothing else. The stored one keeps runs comparable across versions.
func TestMapping_fingerprint(t *testing.T) {
	t.Parallel()
	printOf := func(m adcimport.Mapping) string {
		_, p, err := adcimport.BeginCustomers(m, map[string]adcimport.TransformFunc{
			"own_transform": func(in string) (string, error) { return in, nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	base := printOf(everyMapping())
	golden(t, "mapping/fingerprint.txt", printOf(adcimport.Mapping{})+"\n"+base+"\n")
	if got := printOf(adcimport.DefaultCustomerMapping()); got != printOf(adcimport.Mapping{}) {
		t.Errorf("the zero mapping is another than the default: %s", got)
	}
	for name, change := range map[string]func(r []adcimport.Rule){
		"order of rules": func(r []adcimport.Rule) { r[0], r[3] = r[3], r[0] },
		"SOAP name":      func(r []adcimport.Rule) { r[6].From = []string{"SubDealerId"} },
		"implied join":   func(r []adcimport.Rule) { r[0].Join = "" },
	} {
		m := everyMapping()
		change(m.Rules)
		if printOf(m) != base {
			t.Errorf("%s changes the fingerprint", name)
		}
	}
	seen := map[string]string{base: "nothing"}
	for name, change := range map[string]func(r []adcimport.Rule){
		"from":     func(r []adcimport.Rule) { r[0].From = []string{"LastName"} },
		"sources":  func(r []adcimport.Rule) { r[2].From[0], r[2].From[1] = r[2].From[1], r[2].From[0] },
		"to":       func(r []adcimport.Rule) { r[0].To = "LastName" },
		"const":    func(r []adcimport.Rule) { r[8].Const = "x" },
		"join":     func(r []adcimport.Rule) { r[2].Join = "-" },
		"order":    func(r []adcimport.Rule) { t := r[0].Transforms; t[0], t[1] = t[1], t[0] },
		"argument": func(r []adcimport.Rule) { r[1].Transforms[1].Args[0] = "41" },
		"table":    func(r []adcimport.Rule) { r[6].Transforms[0].Table["12"] = "South" },
		"default":  func(r []adcimport.Rule) { r[4].Default = "2021-01-01" },
		"required": func(r []adcimport.Rule) { r[0].Required = false },
		"no when":  func(r []adcimport.Rule) { r[7].When = nil },
		"when":     func(r []adcimport.Rule) { r[7].When.Field = "FirstName" },
		"not":      func(r []adcimport.Rule) { r[6].When.Not = false },
		"in":       func(r []adcimport.Rule) { r[6].When.In = []string{"7"} },
	} {
		m := everyMapping()
		change(m.Rules)
		p := printOf(m)
		if other, ok := seen[p]; ok {
			t.Errorf("%s and %s have the same fingerprint", name, other)
		}
		seen[p] = name
	}
}
