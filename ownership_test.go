package adcimport_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// ownCustomer is a customer with a value in each field that the tests look at.
func ownCustomer(id string) adcimport.Customer {
	c := plainCustomer(id)
	c.CompanyName, c.PrimaryEmail, c.PrimaryPhoneNumber, c.SalesRepLogin = "Acme "+id, id+"@example.com", "555-010"+id, "jo"
	c.CentralStation = adcimport.CentralStation{AccountNumber: "A" + id, TwoWayVoiceEnabled: true}
	c.Extra = map[string]string{"colour": "red"}
	return c
}

// ownRig has one such customer, and the rep of it.
func ownRig() *rig {
	r := newRig(0)
	r.src.Dealer.Customers = []adcimport.Customer{ownCustomer("1")}
	r.sink.RepIDs = map[string]string{"jo": "71", "kim": "72"}
	r.sink.Choices = adcimporttest.SinkChoices{
		Offices: []adcimport.Choice{{ID: "1"}}, Reps: []adcimport.Choice{{ID: "99"}}, CustomerTags: []adcimport.Choice{{ID: "5"}},
	}
	r.cfg.CustomerMapping = adcimport.DefaultCustomerMapping().With(adcimport.Rule{From: []string{"Extra.colour"}, To: "Custom.colour"})
	return r
}

// nights imports, lets people and the dealer do what they do, and imports again.
func (r *rig) nights(
	t *testing.T, o adcimport.CustomerOptions, people func(*adcimport.CustomerRecord), dealer func(*adcimport.Customer),
) (*adcimport.Summary, adcimport.CustomerRecord) {
	t.Helper()
	o.Mode = adcimport.Upsert
	if s, err := r.importer(t).ImportCustomers(t.Context(), adcimport.CustomerFilter{}, o); err != nil || s.Counts.Created != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	r.sink.EditCustomer(r.sink.Customers()[0].ID, people)
	r.src.Update(func(d *adcimporttest.Dealer) { dealer(&d.Customers[0]) })
	plan, err := r.importer(t).PlanCustomers(adcimport.CustomerFilter{}, o)
	if err != nil {
		t.Fatal(err)
	}
	var foretold []string
	for out, err := range plan.Outcomes(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		foretold = append(foretold, string(out.Action))
	}
	s, err := r.importer(t).ImportCustomers(t.Context(), adcimport.CustomerFilter{}, o)
	if err != nil {
		t.Fatal(err)
	}
	r.agrees(t, s)
	if !r.sink.KeepsValues { // that is not known before
		want := map[string]int{"updated": s.Counts.Updated, "unchanged": s.Counts.Unchanged, "failed": s.Counts.Failed}
		if len(foretold) != 1 || want[foretold[0]] != 1 {
			t.Errorf("the preview said %v, and the run did %+v", foretold, s.Counts)
		}
	}
	again, err := r.importer(t).ImportCustomers(t.Context(), adcimport.CustomerFilter{}, o)
	if err != nil || again.Counts.Unchanged != 1 {
		t.Errorf("the night after: %+v, %v", again.Counts, err)
	}
	return s, r.sink.Customers()[0].Record
}

// fault 36: people's choices were overwritten: the rep by the default one, two-way
// voice by what Alarm.com says, and what was typed in where Alarm.com has nothing.
func TestFault36_peoplesChoicesStay(t *testing.T) {
	t.Parallel()
	withDefault := adcimport.CustomerOptions{DefaultRepID: "99"}
	for name, tt := range map[string]struct {
		begin  func(*adcimport.Customer)
		opts   adcimport.CustomerOptions
		people func(*adcimport.CustomerRecord)
	}{
		"another rep in place of the default one": {
			func(c *adcimport.Customer) { c.SalesRepLogin = "" }, withDefault, func(r *adcimport.CustomerRecord) { r.RepID = "55" },
		},
		"another rep where the login is unknown": {
			func(c *adcimport.Customer) { c.SalesRepLogin = "nobody" }, withDefault, func(r *adcimport.CustomerRecord) { r.RepID = "55" },
		},
		"no rep in place of the default one": {
			func(c *adcimport.Customer) { c.SalesRepLogin = "" }, withDefault, func(r *adcimport.CustomerRecord) { r.RepID = "" },
		},
		"two-way voice switched off": {
			func(*adcimport.Customer) {}, withDefault, func(r *adcimport.CustomerRecord) { r.ServiceTwoWayVoice = false },
		},
		"two-way voice switched on": {
			func(c *adcimport.Customer) { c.CentralStation.TwoWayVoiceEnabled = false }, withDefault,
			func(r *adcimport.CustomerRecord) { r.ServiceTwoWayVoice = true },
		},
		"a company that Alarm.com lacks": {
			func(c *adcimport.Customer) { c.CompanyName = "" }, withDefault, func(r *adcimport.CustomerRecord) { r.BusinessName = "Typed In" },
		},
		"an e-mail, an account and a colour that Alarm.com lacks": {
			func(c *adcimport.Customer) { c.PrimaryEmail, c.CentralStation.AccountNumber, c.Extra = "", "", nil },
			adcimport.CustomerOptions{},
			func(r *adcimport.CustomerRecord) {
				r.Email, r.AccountNumber, r.Custom = "typed@example.com", "7", map[string]string{"colour": "blue", "other": "x"}
			},
		},
		"office and tags": {
			func(*adcimport.Customer) {},
			adcimport.CustomerOptions{OfficeID: "1", TagIDs: []string{"5"}},
			func(r *adcimport.CustomerRecord) { r.OfficeID, r.TagIDs = "2", []string{"6"} },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := ownRig()
			tt.begin(&r.src.Dealer.Customers[0])
			var want adcimport.CustomerRecord
			people := func(rec *adcimport.CustomerRecord) { tt.people(rec); want = *rec }
			s, got := r.nights(t, tt.opts, people, func(c *adcimport.Customer) { c.LastName = "Changed" })
			if s.Counts.Updated != 1 {
				t.Errorf("%+v", s.Counts)
			}
			want.LastName = "Changed"
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// fault 43: what was emptied at Alarm.com was counted as updated, and kept its value.
// It is cleared, or named.
func TestFault43_emptiedFields(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		empty  func(*adcimport.Customer)
		fields []string
	}{
		"e-mail":   {func(c *adcimport.Customer) { c.PrimaryEmail = "" }, []string{"Email"}},
		"company":  {func(c *adcimport.Customer) { c.CompanyName = "" }, []string{"BusinessName"}},
		"rep":      {func(c *adcimport.Customer) { c.SalesRepLogin = "" }, []string{"RepID"}},
		"a custom": {func(c *adcimport.Customer) { c.Extra = nil }, []string{"Custom.colour"}},
		"three": {func(c *adcimport.Customer) {
			c.CompanyName, c.PrimaryEmail, c.CentralStation.AccountNumber = "", " ", ""
		}, []string{"AccountNumber", "BusinessName", "Email"}},
		"with others": {func(c *adcimport.Customer) { c.PrimaryEmail, c.LastName = "", "Changed" }, []string{"Email"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, keeps := range []bool{false, true} {
				r := ownRig()
				r.sink.KeepsValues = keeps
				s, got := r.nights(t, adcimport.CustomerOptions{}, func(*adcimport.CustomerRecord) {}, tt.empty)
				left := filled(&got)
				for _, f := range tt.fields {
					if slices.Contains(left, f) != keeps {
						t.Errorf("keeps %t: %s is there: %t", keeps, f, !keeps)
					}
					if warned := strings.Contains(strings.Join(s.Warnings, "\n"), f+" was emptied"); warned != keeps {
						t.Errorf("keeps %t: %s in the warnings: %t: %q", keeps, f, warned, s.Warnings)
					}
				}
				if updated := s.Counts.Updated == 1; updated == keeps || s.ByReason[adcimport.ReasonNotCleared] != s.Counts.Unchanged {
					t.Errorf("keeps %t: %+v %v", keeps, s.Counts, s.ByReason)
				}
				if len(left) != len(filled(fullRecord()))-len(tt.fields) && !keeps {
					t.Errorf("left are %v", left)
				}
			}
		})
	}
}

// fullRecord is the record of ownCustomer.
func fullRecord() *adcimport.CustomerRecord {
	return &adcimport.CustomerRecord{
		FirstName: "x", LastName: "x", BusinessName: "x", Phone1: "x", Email: "x", AccountNumber: "x", RepID: "x",
		Custom: map[string]string{"colour": "x"},
	}
}

// filled are the fields of a record that have a value.
func filled(r *adcimport.CustomerRecord) []string {
	var names []string
	for name, value := range map[string]string{
		"FirstName": r.FirstName, "LastName": r.LastName, "BusinessName": r.BusinessName, "Phone1": r.Phone1, "Email": r.Email,
		"AccountNumber": r.AccountNumber, "RepID": r.RepID, "Custom.colour": r.Custom["colour"],
	} {
		if value != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// L8: whose a field is, rule by rule.
func TestSpec_L8_overwrite(t *testing.T) {
	t.Parallel()
	rule := func(o adcimport.Overwrite) adcimport.Rule {
		return adcimport.Rule{From: []string{"PrimaryEmail"}, To: "Email", Overwrite: o}
	}
	for name, tt := range map[string]struct {
		overwrite    adcimport.Overwrite
		alarm, typed string // what is at Alarm.com afterwards, and at the sink before that
		want         string
	}{
		"always":                  {"", "new@example.com", "typed@example.com", "new@example.com"},
		"always, said":            {adcimport.OverwriteAlways, "new@example.com", "typed@example.com", "new@example.com"},
		"always, emptied":         {"", "", "typed@example.com", ""},
		"if empty":                {adcimport.OverwriteIfEmpty, "new@example.com", "typed@example.com", "typed@example.com"},
		"if empty, and it is":     {adcimport.OverwriteIfEmpty, "new@example.com", "", "new@example.com"},
		"if empty, emptied":       {adcimport.OverwriteIfEmpty, "", "typed@example.com", "typed@example.com"},
		"if empty, emptied twice": {adcimport.OverwriteIfEmpty, "", "", ""},
		"never":                   {adcimport.OverwriteNever, "new@example.com", "typed@example.com", "typed@example.com"},
		"never, and it is empty":  {adcimport.OverwriteNever, "new@example.com", "", ""},
		"never, emptied":          {adcimport.OverwriteNever, "", "typed@example.com", "typed@example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, other := range []bool{false, true} { // something else changes, too
				r := ownRig()
				r.cfg.CustomerMapping = r.cfg.CustomerMapping.With(rule(tt.overwrite))
				s, got := r.nights(t, adcimport.CustomerOptions{}, func(r *adcimport.CustomerRecord) { r.Email = tt.typed },
					func(c *adcimport.Customer) {
						if c.PrimaryEmail = tt.alarm; other {
							c.LastName = "Changed"
						}
					})
				if got.Email != tt.want {
					t.Errorf("e-mail %q, want %q", got.Email, tt.want)
				}
				if updated := s.Counts.Updated == 1; updated != (other || tt.want != tt.typed) {
					t.Errorf("%+v", s.Counts)
				}
			}
		})
	}
}

// if_empty needs a sink that can be read: New says so, by field and rule.
func TestNew_L8_ifEmptyNeedsAReader(t *testing.T) {
	t.Parallel()
	r := newRig(0)
	r.cfg.CustomerMapping = adcimport.DefaultCustomerMapping().With(
		adcimport.Rule{From: []string{"PrimaryEmail"}, To: "Email", Overwrite: adcimport.OverwriteIfEmpty},
		adcimport.Rule{Const: "x", To: "Custom.lead", Overwrite: adcimport.OverwriteIfEmpty})
	r.cfg.UserMapping = adcimport.DefaultUserMapping().With(
		adcimport.Rule{From: []string{"Phone"}, To: "CellPhone", Overwrite: adcimport.OverwriteIfEmpty})
	if _, err := adcimport.New(r.cfg); err != nil {
		t.Errorf("a sink that can be read is refused: %v", err)
	}
	r.cfg.Sink = struct{ adcimport.Sink }{r.sink}
	_, err := adcimport.New(r.cfg)
	wrong, ok := errors.AsType[*adcimport.MappingError](err)
	if !ok || wrong.Field != "Email" || wrong.Path != "rules[10].overwrite" {
		t.Errorf("%+v", wrong)
	}
	for _, want := range []string{"Email", "CustomerReader", "Custom.lead", "CellPhone", "UserReader"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}

// fault 30: customers that were imported before their reps were never linked to them.
func TestFault30_lateReps(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		defaultRep string
		people     string // the rep that people chose meanwhile; empty: what the import left
		want       string
	}{
		"no rep":                            {"", "", "71"},
		"the default one":                   {"99", "", "71"},
		"another one that people chose":     {"", "55", "55"},
		"another one than the default":      {"99", "55", "55"},
		"the same one that people chose":    {"99", "71", "71"},
		"the default one that people chose": {"99", "99", "71"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := ownRig()
			r.sink.RepIDs = nil
			var want adcimport.CustomerRecord
			s, got := r.nights(t, adcimport.CustomerOptions{DefaultRepID: tt.defaultRep}, func(rec *adcimport.CustomerRecord) {
				if tt.people != "" {
					rec.RepID = tt.people
				}
				rec.Phone1, rec.ServiceTwoWayVoice = "typed", false // nothing but the rep is written
				want = *rec
				r.sink.RepIDs = map[string]string{"jo": "71"} // users are imported now
			}, func(*adcimport.Customer) {})
			want.RepID = tt.want
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if (s.Counts.Updated == 1) != (tt.people == "" || tt.people == tt.defaultRep) {
				t.Errorf("%+v", s.Counts)
			}
		})
	}
}
