package adcimport_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
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
			e, err := explainMapping().ExplainCustomer(explainFuncs(), explainCustomer(), o)
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
	collect(adcimport.Mapping{}.ExplainCustomer(nil, c, adcimport.ExplainOptions{}))
	collect(explainMapping().ExplainCustomer(explainFuncs(), c, adcimport.ExplainOptions{}))
	collect(adcimport.Mapping{}.ExplainUser(nil, u, adcimport.ExplainOptions{}))
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
	shown, err := adcimport.Mapping{}.ExplainUser(nil, u, adcimport.ExplainOptions{ShowValues: true})
	if err != nil || !strings.Contains(shown.String(), "Aardvark") {
		t.Errorf("values are to be shown: %v\n%s", err, shown)
	}
}

// TestExplain_agreesWithTheRun compares outputs and errors with those of a run.
func TestExplain_agreesWithTheRun(t *testing.T) {
	t.Parallel()
	c := explainCustomer()
	e, err := explainMapping().ExplainCustomer(explainFuncs(), c, adcimport.ExplainOptions{ShowValues: true})
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
	if _, err := m.ExplainCustomer(nil, adcimport.Customer{}, adcimport.ExplainOptions{}); len(mappingErrors(t, err)) != 1 {
		t.Errorf("customer: %v", err)
	}
	if _, err := m.ExplainUser(nil, adcimport.User{}, adcimport.ExplainOptions{}); len(mappingErrors(t, err)) == 0 {
		t.Errorf("user: %v", err)
	}
}

// TestImporter_Explain explains records of an account, by the importer's own
// mapping and transforms.
func TestImporter_Explain(t *testing.T) {
	t.Parallel()
	source := &adcimporttest.Source{PageSize: 2, Dealer: &adcimporttest.Dealer{
		Customers: []adcimport.Customer{plainCustomer("1"), plainCustomer("2"), plainCustomer("3"), plainCustomer("4")},
		Users:     []adcimport.User{{ID: "1", LoginName: "one"}, {ID: "3", LoginName: "three"}},
	}}
	source.Dealer.Customers[3].Terminated = true
	listed := func(partial bool, ids ...string) adcimport.CustomerSource {
		var s listedCustomers
		for _, id := range ids {
			s.pages = append(s.pages, adcimport.Page[adcimport.Customer]{Items: []adcimport.Customer{plainCustomer(id)}, Partial: partial})
		}
		return s
	}
	for name, tt := range map[string]struct {
		source adcimport.Source
		kind   adcimport.Kind
		id     string
		want   string // output of the first rule
		err    error
	}{
		"details of an id":     {source: source, id: "3", want: "F3F3"},
		"wrapped source":       {source: adcimport.CustomersOnly(source), id: "2", want: "F2F2"},
		"whole customers":      {source: adcimport.CustomersOnly(listed(false, "1", "2", "3")), id: "3", want: "F3F3"},
		"ids without details":  {source: adcimport.CustomersOnly(listed(true, "1", "2")), id: "2", err: errors.ErrUnsupported},
		"no such id":           {source: source, id: "33", err: adcimport.ErrNotFound},
		"not in the listing":   {source: adcimport.CustomersOnly(listed(false, "1", "33")), id: "3", err: adcimport.ErrNotFound},
		"empty listing":        {source: adcimport.CustomersOnly(listed(false)), id: "3", err: adcimport.ErrNotFound},
		"terminated, fault 84": {source: source, id: "4", want: "F4F4"},
		"failing listing":      {source: adcimport.CustomersOnly(listedCustomers{err: errBoom}), id: "1", err: errBoom},
		"user":                 {source: source, kind: adcimport.KindUser, id: "3", want: "threethree"},
		"no such user":         {source: source, kind: adcimport.KindUser, id: "2", err: adcimport.ErrNotFound},
		"source without users": {source: adcimport.CustomersOnly(source), kind: adcimport.KindUser, id: "3", err: errors.ErrUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink, store := &adcimporttest.Sink{}, new(adcimport.MemoryStore)
			imp, err := adcimport.New(adcimport.Config{
				Link: "isp-1", Source: tt.source, Sink: sink, Store: store, Transforms: explainFuncs(),
				CustomerMapping: adcimport.Mapping{Rules: []adcimport.Rule{{From: []string{"FirstName"}, To: "FirstName", Transforms: ts(tr("own_transform"))}}},
				UserMapping:     adcimport.Mapping{Rules: []adcimport.Rule{{From: []string{"LoginName"}, To: "Username", Transforms: ts(tr("own_transform"))}}},
			})
			if err != nil {
				t.Fatal(err)
			}
			explain, kind := imp.ExplainCustomer, adcimport.KindCustomer
			if tt.kind == adcimport.KindUser {
				explain, kind = imp.ExplainUser, adcimport.KindUser
			}
			e, err := explain(t.Context(), tt.id, adcimport.ExplainOptions{ShowValues: true})
			if tt.err != nil {
				if !errors.Is(err, tt.err) || !strings.Contains(err.Error(), tt.id) && !errors.Is(err, errors.ErrUnsupported) {
					t.Errorf("error %v, want %v with the id", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if e.Kind != kind || e.SourceID != tt.id || e.Rules[0].Output != tt.want {
				t.Errorf("explanation %s", e)
			}
			if e, err = explain(t.Context(), tt.id, adcimport.ExplainOptions{}); err != nil || !e.Redacted || strings.Contains(e.String(), tt.want) {
				t.Errorf("explanation without values: %v, %s", err, e)
			}
			if calls := sink.Calls(); len(calls) > 0 {
				t.Errorf("calls of the sink %v", calls)
			}
		})
	}
}

// TestImporter_Explain_refusesIDs asks the source nothing about what is no id.
func TestImporter_Explain_refusesIDs(t *testing.T) {
	t.Parallel()
	source := &adcimporttest.Source{Dealer: &adcimporttest.Dealer{Customers: plainCustomers(1)}}
	r := newRig(1)
	r.cfg.Source = source
	imp := r.importer(t)
	for _, id := range []string{"", " 1", "1\n"} {
		_, err := imp.ExplainCustomer(t.Context(), id, adcimport.ExplainOptions{})
		if _, ok := errors.AsType[*adcimport.InvalidFilterError](err); !ok {
			t.Errorf("customer %q: %v", id, err)
		}
		_, err = imp.ExplainUser(t.Context(), id, adcimport.ExplainOptions{})
		if _, ok := errors.AsType[*adcimport.InvalidFilterError](err); !ok {
			t.Errorf("user %q: %v", id, err)
		}
	}
	if diff := cmp.Diff(adcimporttest.SourceCalls{}, source.Calls()); diff != "" {
		t.Errorf("calls of the source (-want +got):\n%s", diff)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errBoom)
	if _, err := imp.ExplainCustomer(ctx, "1", adcimport.ExplainOptions{}); !errors.Is(err, errBoom) {
		t.Errorf("canceled: %v", err)
	}
}

// listedCustomers lists pages, whatever the filter.
type listedCustomers struct {
	pages []adcimport.Page[adcimport.Customer]
	err   error // in the end
}

func (s listedCustomers) Customers(context.Context, adcimport.CustomerFilter, adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return func(yield func(adcimport.Page[adcimport.Customer], error) bool) {
		for _, p := range s.pages {
			if !yield(p, nil) {
				return
			}
		}
		if s.err != nil {
			yield(adcimport.Page[adcimport.Customer]{}, s.err)
		}
	}
}
