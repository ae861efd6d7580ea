package matching_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/securitytrax/adcimport/internal/matching"
	"github.com/securitytrax/adcimport/match"
)

func newJudge(tb testing.TB, rules match.Rules) *matching.Judge {
	tb.Helper()
	j, err := matching.NewJudge(rules)
	if err != nil {
		tb.Fatal(err)
	}
	return j
}

// bob is a record with every sort of evidence; what tests change, they change in a
// copy.
func bob() match.Customer {
	return match.Customer{
		ID: "1", FirstName: "Robert", LastName: "Lee", Phones: []string{"2915550200"}, Emails: []string{"bob@mail.example.com"},
		Address:       match.Address{Street1: "12 Oak Street", City: "Elmville", State: "VA", Zip: "23220"},
		AccountNumber: "A1234", ReceiverNumber: "1",
	}
}

// with returns a copy of c that was changed.
func with(c match.Customer, change func(*match.Customer)) match.Customer {
	c.Phones, c.Emails = slices.Clone(c.Phones), slices.Clone(c.Emails)
	change(&c)
	return c
}

// typed is a candidate with the facts of c.
func typed(id string, c match.Customer) match.CustomerCandidate {
	c.ID = ""
	return match.CustomerCandidate{ID: id, Customer: c}
}

// same are the names of evidence, sorted as they are listed.
func same(e ...match.Evidence) []match.Evidence { return e }

// equalEvidence is what a judge finds equal in two customers. Both get an account
// number, so that they are at least proposed; it is left out.
func equalEvidence(tb testing.TB, j *matching.Judge, a, b match.Customer) []match.Evidence {
	tb.Helper()
	a.AccountNumber, b.AccountNumber, a.ReceiverNumber, b.ReceiverNumber = "ACCT", "ACCT", "", ""
	r := j.Customer(a, []match.CustomerCandidate{typed("c", b)}, nil)
	if len(r.Candidates) != 1 {
		tb.Fatalf("not proposed by its account: %+v", r)
	}
	return slices.DeleteFunc(r.Candidates[0].Evidence, func(e match.Evidence) bool { return e == match.EvidenceAccount })
}

// empty compares empty slices as equal to nil.
var empty = cmpopts.EquateEmpty()
