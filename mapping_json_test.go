package adcimport_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
)

// TestMappingJSON_golden writes mappings, compares with the stored text and
// reads it back.
func TestMappingJSON_golden(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]adcimport.Mapping{
		"default_customers": adcimport.DefaultCustomerMapping(),
		"default_users":     adcimport.DefaultUserMapping(),
		"everything":        everyMapping(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := json.MarshalIndent(m, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "mapping/"+name+".json", string(data)+"\n")
			got, err := adcimport.ParseMapping(data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(m, got); diff != "" {
				t.Errorf("read back (-want +got):\n%s", diff)
			}
		})
	}
}

// everyMapping uses all that the JSON form has.
func everyMapping() adcimport.Mapping {
	return adcimport.Mapping{Rules: []adcimport.Rule{
		{From: []string{"FirstName"}, To: "FirstName", Transforms: ts(tr("collapse"), tr("title")), Required: true},
		{From: []string{"CompanyName", "LastName"}, To: "BusinessName", Transforms: ts(tr("first_of"), tr("truncate", "40")), When: &adcimport.Condition{Field: "Commercial", In: []string{"true"}}},
		{From: []string{"InstallAddress.Street1", "InstallAddress.Street2"}, To: "Address1", Join: ", "},
		{From: []string{"PrimaryPhoneNumber"}, To: "Phone1", Transforms: ts(tr("phone", "dashes", "noext"))},
		{From: []string{"Extra.sold"}, To: "SaleDate", Transforms: ts(tr("date", "02.01.2006")), Default: "2020-01-01"},
		{From: []string{"Extra.path"}, To: "Custom.leaf", Transforms: ts(tr("replace", `\`, "/"), tr("split", "/", "-1"))},
		{From: []string{"SubDealerID"}, To: "Custom.branch", Transforms: ts(lookup("12", "North", "*", "Main")), When: &adcimport.Condition{Field: "SubDealerID", In: []string{"7", "8"}, Not: true}},
		{From: []string{"Extra.note"}, To: "Custom.note", Transforms: ts(tr("own_transform")), When: &adcimport.Condition{Field: "Extra.note"}},
		{Const: "alarm.com <import>", To: "Custom.origin"},
	}}
}

// TestParseMapping_errors names the rule, the place and what was meant.
func TestParseMapping_errors(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		in   string
		want []string
	}{
		"no JSON":     {`{"rules": [}`, []string{`mapping: JSON: line 1, column 12: invalid character '}' looking for beginning of value`}},
		"empty":       {``, []string{`mapping: JSON: line 1, column 1: unexpected end of JSON input`}},
		"no rules":    {`{}`, []string{`mapping: JSON: needs rules: leave the mapping out for the default one`}},
		"null":        {`null`, []string{`mapping: JSON: must be an object, not null`}},
		"empty rules": {`{"rules": []}`, []string{`mapping: JSON: needs rules: leave the mapping out for the default one`}},
		"a list":      {`[{"from": "FirstName", "to": "FirstName"}]`, []string{`mapping: JSON: must be an object, not a list`}},
		"unknown key": {
			`{"rule": [], "rules": [{"from": "FirstName", "to": "FirstName", "transform": ["trim"], "when": {"fields": "Demo"}}]}`,
			[]string{
				`mapping: rule: unknown key "rule": did you mean "rules"?`,
				`mapping: rule 0: rules[0].transform: unknown key "transform": did you mean "transforms"?`,
				`mapping: rule 0: rules[0].when.fields: unknown key "fields": did you mean "field"?`,
			},
		},
		"repeated key": {`{"rules": [{"to": "FirstName", "to": "LastName"}]}`, []string{`mapping: JSON: rules[0].to: line 1, column 35: is there twice`}},
		"wrong types": {
			`{"rules": [{"from": 1, "const": true, "to": ["FirstName"], "join": null, "transforms": "trim", "default": 7, "required": "yes", "when": "Demo"}, 5]}`,
			[]string{
				`mapping: rule 0: rules[0].from: must be text, not a number`,
				`mapping: rule 0: rules[0].const: must be text, not true or false`,
				`mapping: rule 0: rules[0].to: must be text, not a list`,
				`mapping: rule 0: rules[0].join: must be text, not null`,
				`mapping: rule 0: rules[0].transforms: must be a list, not text`,
				`mapping: rule 0: rules[0].default: must be text, not a number`,
				`mapping: rule 0: rules[0].required: must be true or false, not text`,
				`mapping: rule 0: rules[0].when: must be an object, not text`,
				`mapping: rule 1: rules[1]: must be an object, not a number`,
			},
		},
		"transform forms": {
			`{"rules": [{"from": "FirstName", "to": "FirstName", "transforms": [1, {}, {"trim": [], "lower": []}, {"truncate": 1.5}, {"lookup": {"a": 1}}, {"join": [[","]]}]}]}`,
			[]string{
				`mapping: rule 0: rules[0].transforms[0]: must be the name of a transform, or an object of one name and its arguments`,
				`mapping: rule 0: rules[0].transforms[1]: must be the name of a transform, or an object of one name and its arguments`,
				`mapping: rule 0: rules[0].transforms[2]: must be the name of a transform, or an object of one name and its arguments`,
				`mapping: rule 0: rules[0].transforms[3].truncate: must be text or a whole number`,
				`mapping: rule 0: rules[0].transforms[4].lookup.a: must be text, not a number`,
				`mapping: rule 0: rules[0].transforms[5].join[0]: must be text, not a list`,
			},
		},
		"empty in":         {`{"rules": [{"from": "FirstName", "to": "FirstName", "when": {"field": "Demo", "in": []}}]}`, []string{`mapping: rule 0: rules[0].when.in: must not be empty`}},
		"duplicate target": {`{"rules": [{"from": "FirstName", "to": "FirstName"}, {"from": "LastName", "to": "FirstName"}]}`, []string{`mapping: rule 1: FirstName: rules[1].to: is the target of rule 0 already`}},
		"customer and user": {
			`{"rules": [{"from": "CompanyName", "to": "BusinessName"}, {"from": "RepLoginName", "to": "LastName"}]}`,
			[]string{`mapping: rule 1: RepLoginName: rules[1].from[0]: unknown source field`},
		},
		"the user's errors": {
			`{"rules": [{"from": "RepLoginName", "to": "Username"}, {"from": "RepEmial", "to": "Email"}]}`,
			[]string{`mapping: rule 1: RepEmial: rules[1].from[0]: unknown source field: did you mean "RepEmail"?`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := adcimport.ParseMapping([]byte(tt.in))
			if diff := cmp.Diff(tt.want, mappingErrors(t, err)); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
			if m.Rules != nil {
				t.Errorf("mapping with an error: %v", m)
			}
		})
	}
}

// mappingErrors takes joined errors apart; each must be a *MappingError.
func mappingErrors(t *testing.T, err error) []string {
	t.Helper()
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	var texts []string
	for _, e := range list {
		if e == nil {
			continue
		}
		if _, ok := errors.AsType[*adcimport.MappingError](e); !ok {
			t.Errorf("%v is no *MappingError", e)
		}
		texts = append(texts, e.Error())
	}
	return texts
}

// TestMappingJSON_inAnotherValue reads and writes a mapping as a part of a
// host's configuration.
func TestMappingJSON_inAnotherValue(t *testing.T) {
	t.Parallel()
	type config struct{ Customers, Users adcimport.Mapping }
	in := `{"Customers":{"rules":[{"from":"FirstName","to":"FirstName"}]},"Users":null}`
	var c config
	if err := json.Unmarshal([]byte(in), &c); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in, string(out)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	if err := json.Unmarshal([]byte(`{"Users":{"rules":[{"from":"FirstName","too":"x"}]}}`), &c); err == nil {
		t.Error("an unknown key is taken")
	}
}

func TestMappingJSON_cannotWrite(t *testing.T) {
	t.Parallel()
	m := adcimport.Mapping{Rules: []adcimport.Rule{{From: []string{"FirstName"}, To: "FirstName", Transforms: []adcimport.Transform{
		{Name: "lookup", Args: []string{"x"}, Table: map[string]string{"a": "b"}},
	}}}}
	if _, err := json.Marshal(m); err == nil {
		t.Error("a transform with arguments and a table has no JSON form and yet is written")
	}
}

// FuzzParseMapping never panics, and what it takes survives a round trip.
func FuzzParseMapping(f *testing.F) {
	for _, m := range []adcimport.Mapping{adcimport.DefaultCustomerMapping(), adcimport.DefaultUserMapping(), everyMapping()} {
		data, err := json.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, small := range []string{
		`{"rules":[{"from":"FirstName","to":"City"}]}`,
		`{"rules":[{"from":["ID","Demo"],"to":"Custom.x","transforms":["first_of"]}]}`,
		`{"rules":[{"const":"a","to":"City","transforms":[{"lookup":{"a":"b"}}]}]}`,
		`{"rules":[{"from":"RepEmail","to":"Email","transforms":[{"split":["@",0]}],"when":{"field":"Phone","in":["1"],"not":true}}]}`,
	} {
		f.Add([]byte(small))
	}
	f.Add([]byte(`{"rules":[{"const":"","to":"Custom.","transforms":[{"lookup":{}},{"split":[",",-0]}],"when":{"field":"Extra."}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := adcimport.ParseMapping(data)
		if err != nil {
			if len(mappingErrors(t, err)) == 0 {
				t.Fatal("error without a text")
			}
			return
		}
		written, err := json.Marshal(m)
		if err != nil {
			t.Fatalf("%q is taken and cannot be written: %v", data, err)
		}
		again, err := adcimport.ParseMapping(written)
		if err != nil {
			t.Fatalf("%s cannot be read back: %v", written, err)
		}
		if diff := cmp.Diff(m, again); diff != "" {
			t.Fatalf("read back (-want +got):\n%s", diff)
		}
		rewritten, err := json.Marshal(again)
		if err != nil || !bytes.Equal(written, rewritten) {
			t.Fatalf("%s, written again %s, %v", written, rewritten, err)
		}
	})
}
