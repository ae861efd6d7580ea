package adcimport_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
)

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

// TestCheck_joinsErrors has an error of the mapping as a whole, and two of rules.
func TestCheck_joinsErrors(t *testing.T) {
	t.Parallel()
	m := adcimport.Mapping{Rules: []adcimport.Rule{
		{From: []string{"FirstName"}, To: "City", Transforms: ts(tr("own"))},
		{From: []string{"FristName"}, To: "Phone"},
	}}
	want := []string{
		"mapping: own: transform is nil",
		`mapping: rule 1: Phone: rules[1].to: unknown target field: did you mean "Phone1"?`,
		`mapping: rule 1: FristName: rules[1].from[0]: unknown source field: did you mean "FirstName"?`,
	}
	err := m.CheckCustomers(map[string]adcimport.TransformFunc{"own": nil})
	if diff := cmp.Diff(want, mappingErrors(t, err)); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

// TestMapping_fingerprint keeps runs comparable across versions.
func TestMapping_fingerprint(t *testing.T) {
	t.Parallel()
	printOf := func(m adcimport.Mapping) string {
		_, p, err := adcimport.BeginCustomers(m, explainFuncs())
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	golden(t, "mapping/fingerprint.txt", printOf(adcimport.Mapping{})+"\n"+printOf(everyMapping())+"\n")
	if got := printOf(adcimport.DefaultCustomerMapping()); got != printOf(adcimport.Mapping{}) {
		t.Errorf("the zero mapping is another than the default: %s", got)
	}
}

func TestMapping_With(t *testing.T) {
	t.Parallel()
	first := adcimport.Rule{From: []string{"FirstName"}, To: "FirstName"}
	last := adcimport.Rule{From: []string{"LastName"}, To: "LastName"}
	loud := adcimport.Rule{From: []string{"FirstName"}, To: "FirstName", Transforms: ts(tr("upper"))}
	fixed := adcimport.Rule{Const: "x", To: "FirstName"}
	custom := adcimport.Rule{Const: "alarm.com", To: "Custom.origin"}
	broken := adcimport.Rule{From: []string{"Nothing"}, To: "LastName"}
	list := func(l ...adcimport.Rule) []adcimport.Rule { return l }
	for name, tt := range map[string]struct {
		m, with, want []adcimport.Rule
		errors        []string
	}{
		"nothing":              {m: list(first, last), want: list(first, last)},
		"replaced in place":    {m: list(first, last), with: list(loud), want: list(loud, last)},
		"added at the end":     {m: list(first), with: list(custom, last), want: list(first, custom, last)},
		"both":                 {m: list(first, last), with: list(custom, loud), want: list(loud, last, custom)},
		"the later one":        {m: list(first), with: list(loud, fixed, custom, custom), want: list(fixed, custom)},
		"zero mapping":         {with: list(last), want: list(last)},
		"invalid rule":         {m: list(first, last), with: list(broken), want: list(first, broken), errors: []string{"mapping: rule 1: Nothing: rules[1].from[0]: unknown source field"}},
		"was invalid, repeats": {m: list(first, first), with: list(loud), want: list(loud, first), errors: []string{"mapping: rule 1: FirstName: rules[1].to: is the target of rule 0 already"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := adcimport.Mapping{Rules: tt.m}.With(tt.with...)
			if diff := cmp.Diff(tt.want, got.Rules); diff != "" {
				t.Errorf("rules (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.errors, mappingErrors(t, got.CheckCustomers(nil))); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMapping_With_copies changes all that the result holds, which neither the
// receiver nor the rules given see, and the other way around.
func TestMapping_With_copies(t *testing.T) {
	t.Parallel()
	m, want := everyMapping(), everyMapping()
	added := adcimport.Rule{From: []string{"LastName"}, To: "Custom.x", Transforms: ts(lookup("a", "b")), When: &adcimport.Condition{Field: "Demo", In: []string{"true"}}}
	got := m.With(added)
	scramble := func(rules []adcimport.Rule) {
		for i := range rules {
			r := &rules[i]
			for j := range r.From {
				r.From[j] = "?"
			}
			for j := range r.Transforms {
				x := &r.Transforms[j]
				x.Name = "?"
				for k := range x.Args {
					x.Args[k] = "?"
				}
				clear(x.Table)
			}
			if r.When != nil {
				r.When.Field = "?"
				clear(r.When.In)
			}
			r.To = "?"
		}
	}
	scramble(got.Rules)
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("the receiver changed (-want +got):\n%s", diff)
	}
	if added.From[0] != "LastName" || added.Transforms[0].Table["a"] != "b" || added.When.In[0] != "true" {
		t.Errorf("the rule given changed: %v", added)
	}
	got = m.With(added)
	scramble(m.Rules)
	scramble([]adcimport.Rule{added})
	if diff := cmp.Diff(want.Rules, got.Rules[:len(want.Rules)]); diff != "" {
		t.Errorf("the result changed (-want +got):\n%s", diff)
	}
	if x := got.Rules[len(want.Rules)]; x.From[0] != "LastName" || x.Transforms[0].Table["a"] != "b" || x.When.In[0] != "true" {
		t.Errorf("the added rule changed: %v", x)
	}
}
