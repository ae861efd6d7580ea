package mapping_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/internal/mapping"
)

// TestEncode writes what Decode has read.
func TestEncode(t *testing.T) {
	t.Parallel()
	stored, err := os.ReadFile("../../testdata/mapping/everything.json")
	if err != nil {
		t.Fatal(err)
	}
	data, problems := mapping.Encode(everyRule(t))
	if problems != nil {
		t.Fatal(texts(problems))
	}
	var want, got bytes.Buffer
	if err := errors.Join(json.Compact(&want, stored), json.Compact(&got, data)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), got.String()); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
}

func TestEncode_refuses(t *testing.T) {
	t.Parallel()
	both := mapping.Transform{Name: "lookup", Args: []string{"x"}, Table: map[string]string{"a": "b"}}
	data, problems := mapping.Encode(rules(
		mapping.Rule{From: from("FirstName"), To: "FirstName"},
		mapping.Rule{From: from("FirstName"), To: "City", Transforms: ts(both)},
	))
	want := []string{"rule 1: City: rules[1]: transform lookup: has both a table and arguments"}
	if diff := cmp.Diff(want, texts(problems)); diff != "" || data != nil {
		t.Errorf("problems with %s (-want +got):\n%s", data, diff)
	}
}

// TestDecode_refuses names the rule, the place and what was meant.
func TestDecode_refuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		in   string
		want []string
	}{
		"no JSON":     {`{"rules": [}`, []string{`JSON: line 1, column 12: invalid character '}' looking for beginning of value`}},
		"empty":       {``, []string{`JSON: line 1, column 1: there is nothing: unexpected end of JSON input`}},
		"comma":       {`{"rules": [{"from": "FirstName", }]}`, []string{`JSON: line 1, column 34: the comma before it is one too many: invalid character '}' looking for beginning of object key string`}},
		"comment":     {"{\n // mine\n}", []string{`JSON: line 2, column 2: JSON has no comments: invalid character '/' looking for beginning of object key string`}},
		"no rules":    {`{}`, []string{`JSON: needs rules: leave the mapping out for the default one`}},
		"null":        {`null`, []string{`JSON: must be an object, not null`}},
		"empty rules": {`{"rules": []}`, []string{`JSON: needs rules: leave the mapping out for the default one`}},
		"a list":      {`[{"from": "FirstName", "to": "FirstName"}]`, []string{`JSON: must be an object, not a list`}},
		"unknown key": {
			`{"rule": [], "rules": [{"from": "FirstName", "to": "FirstName", "transform": ["trim"], "when": {"fields": "Demo"}}]}`,
			[]string{
				`rule: unknown key "rule": did you mean "rules"?`,
				`rule 0: rules[0].transform: unknown key "transform": did you mean "transforms"?`,
				`rule 0: rules[0].when.fields: unknown key "fields": did you mean "field"?`,
			},
		},
		"repeated key": {`{"rules": [{"to": "FirstName", "to": "LastName"}]}`, []string{`JSON: rules[0].to: line 1, column 35: is there twice`}},
		"wrong types": {
			`{"rules": [{"from": 1, "const": true, "to": ["FirstName"], "join": null, "transforms": "trim", "default": 7, "required": "yes", "when": "Demo"}, 5]}`,
			[]string{
				`rule 0: rules[0].from: must be text, not a number`,
				`rule 0: rules[0].const: must be text, not true or false`,
				`rule 0: rules[0].to: must be text, not a list`,
				`rule 0: rules[0].join: must be text, not null`,
				`rule 0: rules[0].transforms: must be a list, not text`,
				`rule 0: rules[0].default: must be text, not a number`,
				`rule 0: rules[0].required: must be true or false, not text`,
				`rule 0: rules[0].when: must be an object, not text`,
				`rule 1: rules[1]: must be an object, not a number`,
			},
		},
		"transform forms": {
			`{"rules": [{"from": "FirstName", "to": "FirstName", "transforms": [1, {}, {"trim": [], "lower": []}, {"truncate": 1.5}, {"lookup": {"a": 1}}, {"join": [[","]]}]}]}`,
			[]string{
				`rule 0: rules[0].transforms[0]: must be the name of a transform, or an object of one name and its arguments`,
				`rule 0: rules[0].transforms[1]: must be the name of a transform, or an object of one name and its arguments`,
				`rule 0: rules[0].transforms[2]: must be the name of a transform, or an object of one name and its arguments`,
				`rule 0: rules[0].transforms[3].truncate: must be text or a whole number`,
				`rule 0: rules[0].transforms[4].lookup.a: must be text, not a number`,
				`rule 0: rules[0].transforms[5].join[0]: must be text, not a list`,
			},
		},
		"empty in": {`{"rules": [{"from": "FirstName", "to": "FirstName", "when": {"field": "Demo", "in": []}}]}`, []string{`rule 0: rules[0].when.in: must not be empty`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list, problems := mapping.Decode([]byte(tt.in))
			if diff := cmp.Diff(tt.want, texts(problems)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if list != nil {
				t.Errorf("rules with a problem: %v", list)
			}
		})
	}
}
