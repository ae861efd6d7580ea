package match_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/match"
)

const (
	account  = match.EvidenceAccount
	phone    = match.EvidencePhone
	email    = match.EvidenceEmail
	address  = match.EvidenceAddress
	name     = match.EvidenceName
	surname  = match.EvidenceSurname
	username = match.EvidenceUsername
)

func all(e ...match.Evidence) match.Demand { return match.Demand{All: e} }

func TestRules_Check(t *testing.T) {
	t.Parallel()
	std := match.Rules{}.WithDefaults()
	tests := map[string]struct {
		rules match.Rules
		want  []string
	}{
		"zero":        {match.Rules{}, nil},
		"the default": {std, nil},
		"more for a link": {match.Rules{LinkCustomers: []match.Demand{
			all(name, account, address),
			{All: []match.Evidence{name, phone}, Any: []match.Evidence{email, address, account}, Of: 2},
		}, LinkUsers: []match.Demand{all(username, email, name)}}, nil},
		"proposes more": {match.Rules{ProposeCustomers: append(std.ProposeCustomers, all(address), all(surname, phone))}, nil},
		"own words": {match.Rules{
			OwnNames: []string{"Acme Alarms"}, OwnDomains: []string{"acme.example"}, Placeholders: []string{"Vacant"},
		}, nil},
		"less for a link": {
			match.Rules{LinkCustomers: []match.Demand{all(name, account, phone), all(name, account)}},
			[]string{"match: Rules.LinkCustomers[1]: would link by account, name, which is not enough to link"},
		},
		"no name for a link": {
			match.Rules{LinkCustomers: []match.Demand{all(account, phone, email, address)}},
			[]string{"match: Rules.LinkCustomers[0]: would link by account, phone, email, address, which is not enough to link"},
		},
		"a surname for a link": {
			match.Rules{LinkCustomers: []match.Demand{all(surname, phone, address)}},
			[]string{"match: Rules.LinkCustomers[0]: would link by phone, address, surname, which is not enough to link"},
		},
		"less for a link of users": {
			match.Rules{LinkUsers: []match.Demand{all(username)}},
			[]string{"match: Rules.LinkUsers[0]: would link by username, which is not enough to link"},
		},
		"proposes less": {
			match.Rules{ProposeCustomers: std.ProposeCustomers[:3]},
			[]string{"match: Rules.ProposeCustomers: does not propose by address, surname: a record may be there twice then"},
		},
		"proposes fewer users": {
			match.Rules{ProposeUsers: std.ProposeUsers[:1]},
			[]string{"match: Rules.ProposeUsers: does not propose by email: a record may be there twice then"},
		},
		"proposes by a name": {
			match.Rules{ProposeCustomers: append(std.ProposeCustomers, all(surname))},
			[]string{"match: Rules.ProposeCustomers[4]: would propose by the name alone, by which nobody is looked up"},
		},
		"form": {
			match.Rules{
				LinkCustomers: []match.Demand{{}, all("shoe size"), all(name, name), {All: []match.Evidence{name}, Of: 1}},
				LinkUsers: []match.Demand{
					{All: []match.Evidence{username}, Any: []match.Evidence{email}}, {Any: []match.Evidence{email}, Of: 2}, all(phone),
				},
				OwnNames: []string{" "}, OwnDomains: []string{"@acme.example", "acme.example"}, Placeholders: []string{"x", ""},
			},
			[]string{
				"match: Rules.LinkCustomers[0]: demands nothing",
				`match: Rules.LinkCustomers[1]: evidence "shoe size" is none of account, phone, email, address, name, surname`,
				`match: Rules.LinkCustomers[2]: evidence "name" is there twice`,
				"match: Rules.LinkCustomers[3]: Of is 1 and Any is empty",
				"match: Rules.LinkUsers[0]: Of is 0, must be 1 to 1",
				"match: Rules.LinkUsers[1]: Of is 2, must be 1 to 1",
				`match: Rules.LinkUsers[2]: evidence "phone" is none of username, email, name`,
				"match: Rules.OwnNames[0]: is empty",
				"match: Rules.OwnDomains[0]: must be a domain, as in example.com",
				"match: Rules.Placeholders[1]: is empty",
			},
		},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, e := range flat(tt.rules.Check()) {
				if _, ok := errors.AsType[*match.RuleError](e); !ok {
					t.Errorf("%v is no *RuleError", e)
				}
				got = append(got, e.Error())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Check (-want +got):\n%s", diff)
			}
		})
	}
}

// flat returns the errors that were joined, however deep.
func flat(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	switch {
	case err == nil:
		return nil
	case !ok:
		return []error{err}
	}
	var list []error
	for _, e := range joined.Unwrap() {
		list = append(list, flat(e)...)
	}
	return list
}

func TestRules_WithDefaults_sharesNothing(t *testing.T) {
	t.Parallel()
	r := match.Rules{LinkCustomers: []match.Demand{all(name, phone, address)}, OwnNames: []string{"Acme"}}
	got := r.WithDefaults()
	got.LinkCustomers[0].All[0], got.OwnNames[0] = surname, "changed"
	want := match.Rules{LinkCustomers: []match.Demand{all(name, phone, address)}, OwnNames: []string{"Acme"}}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("rules changed (-want +got):\n%s", diff)
	}
}

func TestDemand_MetBy(t *testing.T) {
	t.Parallel()
	d := match.Demand{All: []match.Evidence{surname}, Any: []match.Evidence{phone, email, address}, Of: 2}
	for _, tt := range []struct {
		evidence []match.Evidence
		want     bool
	}{
		{[]match.Evidence{surname, phone, email}, true},
		{[]match.Evidence{name, phone, address, account}, true}, // a name is a surname too
		{[]match.Evidence{surname, phone}, false},
		{[]match.Evidence{phone, email, address}, false},
		{nil, false},
	} {
		if got := d.MetBy(tt.evidence); got != tt.want {
			t.Errorf("MetBy(%v) = %t", tt.evidence, got)
		}
	}
}
