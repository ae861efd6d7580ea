package matching_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/internal/matching"
	"github.com/securitytrax/adcimport/match"
)

// apart returns bob's record with everything of another customer but for some
// evidence. What is not equal is not there, so that it is no veto.
func apart(keep ...match.Evidence) match.Customer {
	c := match.Customer{FirstName: "Zelda", LastName: "Tamford"}
	b := bob()
	for _, e := range keep {
		switch e {
		case match.EvidenceAccount:
			c.AccountNumber, c.ReceiverNumber = b.AccountNumber, b.ReceiverNumber
		case match.EvidencePhone:
			c.Phones = b.Phones
		case match.EvidenceEmail:
			c.Emails = b.Emails
		case match.EvidenceAddress:
			c.Address = b.Address
		case match.EvidenceName:
			c.FirstName, c.LastName = b.FirstName, b.LastName
		case match.EvidenceSurname:
			c.LastName = b.LastName
		case match.EvidenceUsername:
		}
	}
	return c
}

// Every combination of evidence, and what follows.
func TestRules_everyCombination(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	others := []match.Evidence{match.EvidenceAccount, match.EvidencePhone, match.EvidenceEmail, match.EvidenceAddress}
	names := []match.Evidence{"", match.EvidenceName, match.EvidenceSurname}
	for bits := range 1 << len(others) {
		for _, name := range names {
			var set []match.Evidence
			for i, e := range others {
				if bits&(1<<i) != 0 {
					set = append(set, e)
				}
			}
			n, has := len(set), func(e match.Evidence) bool { return slices.Contains(set, e) }
			if name != "" {
				set = append(set, name)
			}
			want := match.Different
			contacts := 0
			for _, e := range others[1:] {
				if has(e) {
					contacts++
				}
			}
			switch {
			case name == match.EvidenceName && n >= 2:
				want = match.Link
			case name == match.EvidenceName && n >= 1, has(match.EvidenceAccount), contacts >= 2,
				name == match.EvidenceSurname && has(match.EvidenceAddress):
				want = match.Propose
			}
			r := j.Customer(bob(), []match.CustomerCandidate{typed("c", apart(set...))}, nil)
			if r.Verdict != want {
				t.Errorf("%v: %q, want %q", set, r.Verdict, want)
			}
			if want != match.Different {
				if diff := cmp.Diff(set, r.Candidates[0].Evidence); diff != "" {
					t.Errorf("%v: evidence (-want +got):\n%s", set, diff)
				}
			}
		}
	}
}

// Each veto turns a link into a proposal, alone.
func TestRules_everyVeto(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	plain := func(change func(*match.CustomerCandidate)) match.CustomerCandidate {
		c := typed("c", with(bob(), func(*match.Customer) {}))
		change(&c)
		return c
	}
	for name, tt := range map[string]struct {
		candidate match.CustomerCandidate
		want      match.Verdict
		vetoes    []match.Veto
	}{
		"none": {plain(func(*match.CustomerCandidate) {}), match.Link, nil},
		"other address": {plain(func(c *match.CustomerCandidate) {
			c.Customer.Address.Street1 = "99 Elm St"
		}), match.Propose, []match.Veto{match.VetoAddress}},
		"unit on one side": {plain(func(c *match.CustomerCandidate) {
			c.Customer.Address.Street2 = "Apt 4"
		}), match.Propose, []match.Veto{match.VetoAddress}},
		"no address": {plain(func(c *match.CustomerCandidate) {
			c.Customer.Address = match.Address{}
		}), match.Link, nil},
		"another Alarm.com id": {plain(func(c *match.CustomerCandidate) {
			c.AlarmComIDs = []string{"77"}
		}), match.Propose, []match.Veto{match.VetoAlarmComID}},
		"its own Alarm.com id": {plain(func(c *match.CustomerCandidate) {
			c.AlarmComIDs = []string{"77", "1"}
		}), match.Link, nil},
		"an empty Alarm.com id": {plain(func(c *match.CustomerCandidate) {
			c.AlarmComIDs = []string{""}
		}), match.Link, nil},
		"other account": {plain(func(c *match.CustomerCandidate) {
			c.Customer.AccountNumber = "B9999"
		}), match.Propose, []match.Veto{match.VetoAccount}},
		"lead":     {plain(func(c *match.CustomerCandidate) { c.Lead = true }), match.Propose, []match.Veto{match.VetoLead}},
		"inactive": {plain(func(c *match.CustomerCandidate) { c.Inactive = true }), match.Propose, []match.Veto{match.VetoInactive}},
		"deleted":  {plain(func(c *match.CustomerCandidate) { c.Deleted = true }), match.Propose, []match.Veto{match.VetoDeleted}},
	} {
		r := j.Customer(bob(), []match.CustomerCandidate{tt.candidate}, nil)
		if r.Verdict != tt.want {
			t.Errorf("%s: %q, want %q", name, r.Verdict, tt.want)
		}
		if tt.want == match.Different {
			continue
		}
		if diff := cmp.Diff(tt.vetoes, r.Candidates[0].Vetoes, empty); diff != "" {
			t.Errorf("%s: vetoes (-want +got):\n%s", name, diff)
		}
	}
}

// A host that demands more for a link gets proposals in place of links.
func TestRules_ofAHost(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{LinkCustomers: []match.Demand{
		{All: []match.Evidence{match.EvidenceName, match.EvidenceAddress, match.EvidencePhone}},
	}})
	for _, tt := range []struct {
		keep []match.Evidence
		want match.Verdict
	}{
		{same(match.EvidenceName, match.EvidenceAddress, match.EvidencePhone), match.Link},
		{same(match.EvidenceName, match.EvidenceAddress, match.EvidenceEmail, match.EvidenceAccount), match.Propose},
	} {
		r := j.Customer(bob(), []match.CustomerCandidate{typed("c", apart(tt.keep...))}, nil)
		if r.Verdict != tt.want {
			t.Errorf("%v: %q, want %q", tt.keep, r.Verdict, tt.want)
		}
	}
	if _, err := matching.NewJudge(match.Rules{LinkCustomers: []match.Demand{{All: []match.Evidence{match.EvidenceName}}}}); err == nil {
		t.Error("a judge by rules that are not enough")
	}
}

// The likeliest comes first, and there is room for few.
func TestRules_order(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	var list []match.CustomerCandidate
	add := func(id string, c match.Customer) { list = append(list, typed(id, c)) }
	add("6", apart(match.EvidenceAccount))
	add("5", apart(match.EvidenceName, match.EvidencePhone))
	add("4", apart(match.EvidenceName, match.EvidenceEmail))
	add("3", apart(match.EvidenceName, match.EvidencePhone, match.EvidenceEmail))
	add("2", apart(match.EvidenceName, match.EvidenceAddress))
	add("1", apart(match.EvidenceName, match.EvidenceAddress, match.EvidenceAccount))
	add("0", apart(match.EvidenceName))
	r := j.Customer(bob(), list, nil)
	var got []string
	for _, w := range r.Candidates {
		got = append(got, w.ID)
		if !slices.Contains(w.Vetoes, match.VetoSeveral) || w.Verdict != match.Propose {
			t.Errorf("one of several: %+v", w)
		}
	}
	if diff := cmp.Diff([]string{"1", "2", "3", "4", "5"}, got); diff != "" || r.Left != 1 || r.Verdict != match.Propose {
		t.Errorf("order (-want +got):\n%s\n%+v", diff, r)
	}
}
