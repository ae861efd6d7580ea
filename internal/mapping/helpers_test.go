package mapping_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport/internal/mapping"
	"github.com/securitytrax/adcimport/ledger"
)

// source and target are the records of these tests: their fields by name.
type (
	source map[string]string
	target map[string]string
)

type (
	program = mapping.Program[source, *target]
)

// schema has the names of a dealer's customers, so that the tests read like
// real rules.
func schema() mapping.Schema[source, *target] {
	s := mapping.Schema[source, *target]{
		Extra: func(src source) map[string]string {
			extra := make(map[string]string)
			for k, v := range src {
				if name, ok := strings.CutPrefix(k, "Extra."); ok {
					extra[name] = v
				}
			}
			return extra
		},
		Custom: func(dst *target) *map[string]string { return (*map[string]string)(dst) },
		Filled: []string{"OfficeID"},
	}
	for _, f := range []struct {
		name, alias string
		kind        mapping.Kind
	}{
		{"CustomerID", "CustomerId", mapping.Text},
		{"SubDealerID", "SubDealerId", mapping.Text},
		{"FirstName", "", mapping.Text},
		{"LastName", "", mapping.Text},
		{"CompanyName", "", mapping.Text},
		{"PrimaryPhoneNumber", "", mapping.Text},
		{"InstallAddress.Street1", "", mapping.Text},
		{"InstallAddress.Street2", "", mapping.Text},
		{"InstallAddress.City", "", mapping.Text},
		{"InstallAddress.State", "", mapping.Text},
		{"JoinDate", "", mapping.Date},
		{"SalesRepLogin", "salesRepLogin", mapping.Text},
		{"CentralStation.AccountNumber", "CentralStationInfo.AccountNumber", mapping.Text},
		{"Commercial", "", mapping.Bool},
		{"Demo", "IsDemo", mapping.Bool},
	} {
		s.Sources = append(s.Sources, mapping.From(f.name, f.alias, f.kind, func(src source) string {
			if v := src[f.name]; v != "" || f.kind != mapping.Bool {
				return v
			}
			return "false"
		}))
	}
	for _, name := range []string{"FirstName", "LastName", "BusinessName", "Phone1", "Address1", "City", "State", "SaleDate", "ServiceTwoWayVoice"} {
		kind := map[string]mapping.Kind{"SaleDate": mapping.Date, "ServiceTwoWayVoice": mapping.Bool}[name]
		s.Targets = append(s.Targets, mapping.To(name, kind, func(dst *target, v string) {
			if v != "" {
				(*dst)[name] = v
			}
		}))
	}
	return s
}

func rules(list ...mapping.Rule) []mapping.Rule { return list }

func from(names ...string) []string { return names }

// tr is a transform in short.
func tr(name string, args ...string) mapping.Transform {
	return mapping.Transform{Name: name, Args: args}
}

func ts(list ...mapping.Transform) []mapping.Transform { return list }

func lookup(pairs ...string) mapping.Transform {
	table := make(map[string]string)
	for i := 0; i < len(pairs); i += 2 {
		table[pairs[i]] = pairs[i+1]
	}
	return mapping.Transform{Name: "lookup", Table: table}
}

func compiled(t *testing.T, list []mapping.Rule, transforms map[string]mapping.TransformFunc) *program {
	t.Helper()
	p, problems := mapping.Compile(list, schema(), mapping.Host{Transforms: transforms})
	if problems != nil {
		t.Fatal(texts(problems))
	}
	return p
}

// apply maps one record in a run of its own.
func apply(t *testing.T, list []mapping.Rule, src source) (target, []ledger.FieldError) {
	t.Helper()
	dst := make(target)
	fields := compiled(t, list, nil).Begin().Apply(src, &dst)
	return dst, fields
}

// texts are problems as a person reads them.
func texts(problems []mapping.Problem) []string {
	var list []string
	for _, p := range problems {
		var parts []string
		if p.Rule >= 0 {
			parts = append(parts, fmt.Sprintf("rule %d", p.Rule))
		}
		for _, s := range []string{p.Field, p.Path} {
			if s != "" {
				parts = append(parts, s)
			}
		}
		list = append(list, strings.Join(append(parts, p.Err.Error()), ": "))
	}
	return list
}

// everyRule reads rules that use all that the JSON form has.
func everyRule(tb testing.TB) []mapping.Rule {
	tb.Helper()
	data, err := os.ReadFile("../../testdata/mapping/everything.json")
	if err != nil {
		tb.Fatal(err)
	}
	list, problems := mapping.Decode(data)
	if problems != nil {
		tb.Fatal(texts(problems))
	}
	return list
}
