package matching_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/internal/matching"
	"github.com/securitytrax/adcimport/match"
)

func TestClaims(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	link := func(id string) match.Result {
		return match.Result{Verdict: match.Link, Candidates: []match.Weighed{{
			ID: id, Verdict: match.Link, Evidence: same(match.EvidenceAccount, match.EvidencePhone, match.EvidenceName),
		}}}
	}
	propose := match.Result{Verdict: match.Propose, Candidates: []match.Weighed{
		{ID: "b", Verdict: match.Propose, Evidence: same(match.EvidencePhone, match.EvidenceName), Vetoes: []match.Veto{match.VetoAddress}},
	}}
	elsewhere := match.Result{Verdict: match.Elsewhere, Candidates: []match.Weighed{{ID: "c", Verdict: match.Elsewhere}}}
	results := map[string]match.Result{"1": link("a"), "2": link("b"), "3": propose, "4": link("c"), "5": elsewhere, "6": {}}
	claims := j.NewCustomerClaims()
	for range 2 { // also of a run that was resumed
		for record, r := range results {
			claims.Add(record, r)
		}
	}
	claimedLink := link("b").Proposed()
	claimedLink.Candidates[0].Vetoes = []match.Veto{match.VetoClaimed}
	claimedProposal := propose.Proposed()
	claimedProposal.Candidates[0].Vetoes = []match.Veto{match.VetoAddress, match.VetoClaimed}
	want := map[string]match.Result{
		"1": link("a"), "2": claimedLink, "3": claimedProposal, "4": link("c"), "5": elsewhere, "6": {Verdict: match.Different},
	}
	got := make(map[string]match.Result)
	for record, r := range results {
		got[record] = claims.Settle(record, r, nil)
	}
	if diff := cmp.Diff(want, got, empty); diff != "" {
		t.Errorf("settled (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(link("b"), results["2"]); diff != "" {
		t.Errorf("Settle changed what it was given (-want +got):\n%s", diff)
	}
}

// What became shared after a record was weighed does not link it.
func TestClaims_sharedLater(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	shared, claims := matching.NewShared(), j.NewCustomerClaims()
	record := with(bob(), func(c *match.Customer) { c.Address, c.Emails = match.Address{}, nil })
	found := []match.CustomerCandidate{typed("c", record)}
	record.Phones = append(record.Phones, "3925550300") // of the record alone
	first := j.Customers([]match.Customer{record}, found, shared)[0]
	claims.Add("1", first)
	if got := claims.Settle("1", first, shared); got.Verdict != match.Link {
		t.Fatalf("settled %+v", got)
	}
	for _, id := range []string{"2", "3"} {
		other := match.Customer{ID: id, LastName: "Tamford", Phones: record.Phones[:1]}
		r := j.Customers([]match.Customer{other}, found, shared)[0]
		claims.Add(id, r)
	}
	want := match.Result{Verdict: match.Propose, Candidates: []match.Weighed{{
		ID: "c", Verdict: match.Propose, Evidence: same(match.EvidenceAccount, match.EvidenceName),
	}}}
	if diff := cmp.Diff(want, claims.Settle("1", first, shared)); diff != "" {
		t.Errorf("settled (-want +got):\n%s", diff)
	}
	if got := claims.Settle("1", first, nil); got.Verdict != match.Link {
		t.Errorf("settled without knowing: %+v", got)
	}
}
