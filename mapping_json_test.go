package adcimport_test

import (
	"bytes"
	"encoding/json"
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

// TestParseMapping_errors names the rule, the place and what was meant; a mapping
// must fit one kind of record.
func TestParseMapping_errors(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		in   string
		want []string
	}{
		"no JSON": {`{"rules": [}`, []string{`mapping: JSON: line 1, column 12: invalid character '}' looking for beginning of value`}},
		"unknown keys": {
			`{"rule": [], "rules": [{"from": "FirstName", "to": "FirstName", "transform": ["trim"]}]}`,
			[]string{
				`mapping: rule: unknown key "rule": did you mean "rules"?`,
				`mapping: rule 0: rules[0].transform: unknown key "transform": did you mean "transforms"?`,
			},
		},
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
