package mapping_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/internal/mapping"
)

// TestCompile_refuses has one mistake a case.
func TestCompile_refuses(t *testing.T) {
	t.Parallel()
	first := from("FirstName")
	for name, tt := range map[string]struct {
		rule mapping.Rule
		want string // empty: nothing
	}{
		"no target":             {mapping.Rule{From: first}, "rules[0].to: needs a target field"},
		"no source":             {mapping.Rule{To: "City"}, "City: rules[0]: needs a source or a constant"},
		"both":                  {mapping.Rule{From: first, Const: "x", To: "City"}, "City: rules[0].const: a rule has sources or a constant, not both"},
		"case of the source":    {mapping.Rule{From: []string{"firstname"}, To: "City"}, `firstname: rules[0].from[0]: unknown source field: did you mean "FirstName"?`},
		"swapped letters":       {mapping.Rule{From: []string{"JionDate"}, To: "SaleDate"}, `JionDate: rules[0].from[0]: unknown source field: did you mean "JoinDate"?`},
		"part of a path":        {mapping.Rule{From: []string{"Street1"}, To: "City"}, `Street1: rules[0].from[0]: unknown source field: did you mean "InstallAddress.Street1"?`},
		"second source":         {mapping.Rule{From: []string{"City", "FirstName"}, To: "City"}, `City: rules[0].from[0]: unknown source field: did you mean "InstallAddress.City"?`},
		"nothing like it":       {mapping.Rule{From: []string{"Zodiac sign"}, To: "City"}, "Zodiac sign: rules[0].from[0]: unknown source field"},
		"Extra without a name":  {mapping.Rule{From: []string{"Extra."}, To: "City"}, `Extra.: rules[0].from[0]: unknown source field: did you mean "Extra."?`},
		"unknown target":        {mapping.Rule{From: first, To: "Phone"}, `Phone: rules[0].to: unknown target field: did you mean "Phone1"?`},
		"custom without a name": {mapping.Rule{From: first, To: "Custom."}, "Custom.: rules[0].to: needs a name after Custom."},
		"join of one":           {mapping.Rule{From: first, To: "City", Join: "-"}, "City: rules[0].join: there is one value only, nothing to join"},
		"join after first_of":   {mapping.Rule{From: []string{"FirstName", "LastName"}, To: "City", Join: "-", Transforms: ts(tr("first_of"))}, "City: rules[0].join: there is one value only, nothing to join"},
		"bool into a date":      {mapping.Rule{From: []string{"Commercial"}, To: "SaleDate"}, "SaleDate: rules[0].to: takes a date, and the rule makes a boolean"},
		"date into a bool":      {mapping.Rule{From: []string{"JoinDate"}, To: "ServiceTwoWayVoice"}, "ServiceTwoWayVoice: rules[0].to: takes a boolean, and the rule makes a date"},
		"phone into a date":     {mapping.Rule{From: first, To: "SaleDate", Transforms: ts(tr("phone"))}, "SaleDate: rules[0].to: takes a date, and the rule makes a phone number or code"},
		"phone of a date":       {mapping.Rule{From: []string{"JoinDate"}, To: "Phone1", Transforms: ts(tr("phone"))}, "Phone1: rules[0].transforms[0]: transform phone: cannot work on a date"},
		"state of a bool":       {mapping.Rule{From: []string{"Demo"}, To: "State", Transforms: ts(tr("trim"), tr("state"))}, "State: rules[0].transforms[1]: transform state: cannot work on a boolean"},
		"bool of a phone":       {mapping.Rule{From: first, To: "City", Transforms: ts(tr("phone"), tr("bool"))}, "City: rules[0].transforms[1]: transform bool: cannot work on a phone number or code"},
		"unknown transform":     {mapping.Rule{From: first, To: "City", Transforms: ts(tr("tirm"))}, `City: rules[0].transforms[0]: unknown transform "tirm": did you mean "trim"?`},
		"first_of one":          {mapping.Rule{From: first, To: "City", Transforms: ts(tr("first_of"))}, "City: rules[0].transforms[0]: transform first_of: needs several values"},
		"split of several":      {mapping.Rule{From: []string{"FirstName", "LastName"}, To: "City", Transforms: ts(tr("split", ","))}, "City: rules[0].transforms[0]: transform split: cannot work on several values"},
		"missing argument":      {mapping.Rule{From: first, To: "City", Transforms: ts(tr("truncate"))}, "City: rules[0].transforms[0]: transform truncate: takes 1 argument, not 0"},
		"too many arguments":    {mapping.Rule{From: first, To: "City", Transforms: ts(tr("trim", "x"))}, "City: rules[0].transforms[0]: transform trim: takes no argument, not 1"},
		"one argument of two":   {mapping.Rule{From: first, To: "City", Transforms: ts(tr("replace", "x"))}, "City: rules[0].transforms[0]: transform replace: takes 2 arguments, not 1"},
		"no number":             {mapping.Rule{From: first, To: "City", Transforms: ts(tr("truncate", "x"))}, `City: rules[0].transforms[0]: transform truncate: argument 1, "x", must be a whole number`},
		"no positive number":    {mapping.Rule{From: first, To: "City", Transforms: ts(tr("truncate", "0"))}, `City: rules[0].transforms[0]: transform truncate: argument "0" must be a positive whole number`},
		"split index":           {mapping.Rule{From: first, To: "City", Transforms: ts(tr("split", ",", "last"))}, `City: rules[0].transforms[0]: transform split: argument 2, "last", must be a whole number`},
		"split by nothing":      {mapping.Rule{From: first, To: "City", Transforms: ts(tr("split", ""))}, "City: rules[0].transforms[0]: transform split: the separator must not be empty"},
		"replace nothing":       {mapping.Rule{From: first, To: "City", Transforms: ts(tr("replace", "", "x"))}, "City: rules[0].transforms[0]: transform replace: what to replace must not be empty"},
		"default nothing":       {mapping.Rule{From: first, To: "City", Transforms: ts(tr("default", ""))}, "City: rules[0].transforms[0]: transform default: the value must not be empty"},
		"phone form":            {mapping.Rule{From: first, To: "City", Transforms: ts(tr("phone", "E164"))}, `City: rules[0].transforms[0]: transform phone: does not know the argument "E164": did you mean "e164"?`},
		"state argument":        {mapping.Rule{From: first, To: "City", Transforms: ts(tr("state", "strict"))}, `City: rules[0].transforms[0]: transform state: does not know the argument "strict"`},
		"date layout":           {mapping.Rule{From: first, To: "SaleDate", Transforms: ts(tr("date", "MM/DD/YYYY"))}, `SaleDate: rules[0].transforms[0]: transform date: argument "MM/DD/YYYY" must be a layout with day, month and year such as 02.01.2006`},
		"lookup without table":  {mapping.Rule{From: first, To: "City", Transforms: ts(tr("lookup"))}, "City: rules[0].transforms[0]: transform lookup: needs a table and nothing else"},
		"lookup of nothing":     {mapping.Rule{From: first, To: "City", Transforms: ts(lookup("", "x"))}, "City: rules[0].transforms[0]: transform lookup: the table cannot have an entry for empty values: use default"},
		"table for trim":        {mapping.Rule{From: first, To: "City", Transforms: []mapping.Transform{{Name: "trim", Table: map[string]string{"a": "b"}}}}, "City: rules[0].transforms[0]: transform trim: takes no table"},
		"default no date":       {mapping.Rule{From: []string{"JoinDate"}, To: "SaleDate", Default: "today"}, "SaleDate: rules[0].default: must be a date, as in 2024-03-31"},
		"default no bool":       {mapping.Rule{From: []string{"Demo"}, To: "ServiceTwoWayVoice", Default: "maybe"}, "ServiceTwoWayVoice: rules[0].default: must be a boolean word"},
		"constant no bool":      {mapping.Rule{Const: "maybe", To: "ServiceTwoWayVoice"}, "ServiceTwoWayVoice: rules[0].const: must be a boolean word"},
		"constant no state":     {mapping.Rule{Const: "Jalisco", To: "State", Transforms: ts(tr("state"))}, "State: rules[0].const: must be one of the 72 states"},
		"unknown in when":       {mapping.Rule{From: first, To: "City", When: &mapping.Condition{Field: "IsDeno"}}, `IsDeno: rules[0].when.field: unknown source field: did you mean "IsDemo"?`},
		"bool in when":          {mapping.Rule{From: first, To: "City", When: &mapping.Condition{Field: "Demo", In: []string{"yes", "2"}}}, `Demo: rules[0].when.in[1]: "2" can never be the value of a boolean`},
		"empty in when":         {mapping.Rule{From: first, To: "City", When: &mapping.Condition{Field: "LastName", In: []string{""}}}, `LastName: rules[0].when.in[0]: "" can never be the value of text`},
		"several dates joined":  {mapping.Rule{From: []string{"JoinDate", "Extra.x"}, To: "SaleDate", Transforms: ts(tr("first_of"))}, ""},
		"SOAP names":            {mapping.Rule{From: []string{"CentralStationInfo.AccountNumber", "salesRepLogin", "CustomerId"}, To: "City"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var want []string
			if tt.want != "" {
				want = []string{"rule 0: " + tt.want}
			}
			p, problems := mapping.Compile(rules(tt.rule), schema(), mapping.Host{})
			if diff := cmp.Diff(want, texts(problems)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if (p == nil) != (want != nil) {
				t.Errorf("program %v", p)
			}
		})
	}
}

func TestCompile_hostTransforms(t *testing.T) {
	t.Parallel()
	same := func(in string) (string, error) { return in, nil }
	check := func(list []mapping.Rule, transforms map[string]mapping.TransformFunc, want ...string) {
		t.Helper()
		_, problems := mapping.Compile(list, schema(), mapping.Host{Transforms: transforms})
		if diff := cmp.Diff(want, texts(problems)); diff != "" {
			t.Errorf("problems (-want +got):\n%s", diff)
		}
	}
	fine := rules(mapping.Rule{From: from("FirstName"), To: "City", Transforms: ts(tr("own"))})
	wrong := rules(mapping.Rule{From: from("FirstName"), To: "City", Transforms: ts(tr("onw"), tr("own", "x"))})
	own := map[string]mapping.TransformFunc{"own": same}
	check(fine, own)
	check(
		fine, map[string]mapping.TransformFunc{"own": same, "trim": same, "nil": nil, "": same},
		"Transforms: a transform needs a name",
		"nil: transform is nil",
		"trim: is a built-in transform and cannot be replaced",
	)
	check(
		wrong, own,
		`rule 0: City: rules[0].transforms[0]: unknown transform "onw": did you mean "own"?`,
		`rule 0: City: rules[0].transforms[1]: transform own: a transform of the host's takes no arguments`,
	)
	if _, problems := mapping.Compile(fine, schema(), mapping.Host{Unknown: true}); problems != nil {
		t.Errorf("of a host that is not known yet: %v", texts(problems))
	}
}

// TestProgram_Fingerprint changes with the meaning of the rules and with nothing
// else. The stored one keeps runs comparable across versions.
func TestProgram_Fingerprint(t *testing.T) {
	t.Parallel()
	printOf := func(list []mapping.Rule) string {
		return compiled(t, list, map[string]mapping.TransformFunc{
			"own_transform": func(in string) (string, error) { return in, nil },
		}).Fingerprint()
	}
	const base = "m1-8ac9448a5a54c8f6202bfe0e28c36930"
	if got := printOf(everyRule(t)); got != base {
		t.Fatalf("the fingerprint changed between versions: %s", got)
	}
	for name, change := range map[string]func(r []mapping.Rule){
		"order of rules": func(r []mapping.Rule) { r[0], r[3] = r[3], r[0] },
		"SOAP name":      func(r []mapping.Rule) { r[6].From = []string{"SubDealerId"} },
		"implied join":   func(r []mapping.Rule) { r[0].Join = "" },
	} {
		list := everyRule(t)
		change(list)
		if printOf(list) != base {
			t.Errorf("%s changes the fingerprint", name)
		}
	}
	seen := map[string]string{base: "nothing"}
	for name, change := range map[string]func(r []mapping.Rule){
		"from":     func(r []mapping.Rule) { r[0].From = []string{"LastName"} },
		"sources":  func(r []mapping.Rule) { r[2].From[0], r[2].From[1] = r[2].From[1], r[2].From[0] },
		"to":       func(r []mapping.Rule) { r[0].To = "LastName" },
		"const":    func(r []mapping.Rule) { r[8].Const = "x" },
		"join":     func(r []mapping.Rule) { r[2].Join = "-" },
		"order":    func(r []mapping.Rule) { t := r[0].Transforms; t[0], t[1] = t[1], t[0] },
		"argument": func(r []mapping.Rule) { r[1].Transforms[1].Args[0] = "41" },
		"table":    func(r []mapping.Rule) { r[6].Transforms[0].Table["12"] = "South" },
		"default":  func(r []mapping.Rule) { r[4].Default = "2021-01-01" },
		"required": func(r []mapping.Rule) { r[0].Required = false },
		"no when":  func(r []mapping.Rule) { r[7].When = nil },
		"when":     func(r []mapping.Rule) { r[7].When.Field = "FirstName" },
		"not":      func(r []mapping.Rule) { r[6].When.Not = false },
		"in":       func(r []mapping.Rule) { r[6].When.In = []string{"7"} },
	} {
		list := everyRule(t)
		change(list)
		p := printOf(list)
		if other, ok := seen[p]; ok {
			t.Errorf("%s and %s have the same fingerprint", name, other)
		}
		seen[p] = name
	}
}
