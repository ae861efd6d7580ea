package adcimport_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
)

// explainMapping has every kind of step and three rules that break.
func explainMapping() adcimport.Mapping {
	m := everyMapping()
	m.Rules = append(
		m.Rules,
		adcimport.Rule{From: []string{"InstallAddress.State"}, To: "State", Transforms: ts(tr("state"))},
		adcimport.Rule{From: []string{"Extra.none"}, To: "City", Required: true},
		adcimport.Rule{From: []string{"Extra.two_way"}, To: "ServiceTwoWayVoice"},
		adcimport.Rule{From: []string{"Extra.list"}, To: "Custom.list", Join: "+", Transforms: ts(tr("split", ","), tr("trim"))},
		adcimport.Rule{From: []string{"Extra.failing"}, To: "Custom.failing", Transforms: ts(tr("trim"), tr("own_failing"))},
	)
	return m
}

func explainFuncs() map[string]adcimport.TransformFunc {
	return map[string]adcimport.TransformFunc{
		"own_transform": func(in string) (string, error) { return in + in, nil },
		"own_failing":   func(in string) (string, error) { return "", errors.New("cannot take " + in) },
	}
}

func explainCustomer() adcimport.Customer {
	c := fullCustomer()
	c.FirstName, c.InstallAddress.State, c.SubDealerID = " ADA  MARY ", "Jalisco", "12"
	c.Extra = map[string]string{
		"path": `a\b\c`, "note": "Note 1!", "two_way": "Yes", "list": "a, ,b", "failing": " Zanzibar ",
	}
	return c
}

func TestExplainCustomer_golden(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]adcimport.ExplainOptions{"redacted": {}, "shown": {ShowValues: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := adcimport.ExplainCustomer(explainMapping(), explainFuncs(), explainCustomer(), o)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "mapping/explain_"+name+".txt", e.String())
			data, err := json.MarshalIndent(e, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "mapping/explain_"+name+".json", string(data)+"\n")
		})
	}
}

// TestExplain_redacts explains records whose every field holds a word of its
// own, and finds none of the words.
func TestExplain_redacts(t *testing.T) {
	t.Parallel()
	c := adcimport.Customer{
		ID: "4711", FirstName: "Aardvark", LastName: "Bumblebee", CompanyName: "Caterpillar", PrimaryPhoneNumber: "2025550143",
		PrimaryEmail: "dromedary@example.com", SalesRepLogin: "elephant",
		InstallAddress: adcimport.Address{Street1: "1 Flamingo St", Street2: "Gazelle", City: "Hedgehog", State: "Iguana", Zip: "23220"},
		CentralStation: adcimport.CentralStation{AccountNumber: "Jaguar", ReceiverPhoneNumber: "2025550144"},
		Extra:          map[string]string{"note": "kangaroo", "path": "lemur/marmot", "list": "narwhal", "failing": "octopus", "sold": "panther"},
	}
	u := adcimport.User{ID: "9", FirstName: "Aardvark", LastName: "Bumblebee", LoginName: "elephant", Email: "dromedary@example.com", Phone: "2025550143", Address: c.InstallAddress}
	var texts []string
	collect := func(e adcimport.Explanation, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, e.String(), string(data))
	}
	collect(adcimport.ExplainCustomer(adcimport.Mapping{}, nil, c, adcimport.ExplainOptions{}))
	collect(adcimport.ExplainCustomer(explainMapping(), explainFuncs(), c, adcimport.ExplainOptions{}))
	collect(adcimport.ExplainUser(adcimport.Mapping{}, nil, u, adcimport.ExplainOptions{}))
	for _, word := range []string{
		"aardvark", "bumblebee", "caterpillar", "2025550143", "202", "dromedary", "elephant", "flamingo", "gazelle", "hedgehog",
		"iguana", "23220", "jaguar", "0144", "kangaroo", "lemur", "marmot", "narwhal", "octopus", "panther",
	} {
		for _, text := range texts {
			if strings.Contains(strings.ToLower(text), word) {
				t.Errorf("the explanation shows %q:\n%s", word, text)
			}
		}
	}
	shown, err := adcimport.ExplainUser(adcimport.Mapping{}, nil, u, adcimport.ExplainOptions{ShowValues: true})
	if err != nil || !strings.Contains(shown.String(), "Aardvark") {
		t.Errorf("values are to be shown: %v\n%s", err, shown)
	}
}

// TestExplain_agreesWithTheRun compares outputs and errors with those of a run.
func TestExplain_agreesWithTheRun(t *testing.T) {
	t.Parallel()
	c := explainCustomer()
	e, err := adcimport.ExplainCustomer(explainMapping(), explainFuncs(), c, adcimport.ExplainOptions{ShowValues: true})
	if err != nil {
		t.Fatal(err)
	}
	run, _, err := adcimport.BeginCustomers(explainMapping(), explainFuncs())
	if err != nil {
		t.Fatal(err)
	}
	var rec adcimport.CustomerRecord
	want := run.Apply(&c, &rec)
	var got []adcimport.FieldError
	out := make(map[string]string)
	for _, r := range e.Rules {
		if r.Error != "" {
			rule, _, _ := strings.Cut(r.Error, ": cannot take")
			got = append(got, adcimport.FieldError{Field: r.To, Rule: rule})
		}
		out[r.To] = r.Output
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("errors (-run +explanation):\n%s", diff)
	}
	for field, v := range map[string]string{
		"FirstName": rec.FirstName, "BusinessName": rec.BusinessName, "Address1": rec.Address1, "Phone1": rec.Phone1,
		"SaleDate": rec.SaleDate, "Custom.leaf": rec.Custom["leaf"], "Custom.list": rec.Custom["list"], "Custom.note": rec.Custom["note"],
	} {
		if out[field] != v {
			t.Errorf("%s: explained as %q, run makes %q", field, out[field], v)
		}
	}
}

func TestExplain_refusesAMapping(t *testing.T) {
	t.Parallel()
	m := adcimport.Mapping{Rules: []adcimport.Rule{{To: "City"}}}
	if _, err := adcimport.ExplainCustomer(m, nil, adcimport.Customer{}, adcimport.ExplainOptions{}); len(mappingErrors(t, err)) != 1 {
		t.Errorf("customer: %v", err)
	}
	if _, err := adcimport.ExplainUser(m, nil, adcimport.User{}, adcimport.ExplainOptions{}); len(mappingErrors(t, err)) == 0 {
		t.Errorf("user: %v", err)
	}
}
