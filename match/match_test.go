package match_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/match"
)

// A result is stored: its form is part of the contract.
func TestResult_json(t *testing.T) {
	t.Parallel()
	r := match.Result{Verdict: match.Propose, Candidates: []match.Weighed{{
		ID: "4711", Verdict: match.Propose, Evidence: []match.Evidence{phone, name}, Vetoes: []match.Veto{match.VetoAddress},
	}}, Left: 2}
	const want = `{"verdict":"propose","candidates":[{"id":"4711","verdict":"propose",` +
		`"evidence":["phone","name"],"vetoes":["other_address"]}],"left":2}`
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	var back match.Result
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, back); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	if data, err := json.Marshal(match.Result{}); err != nil || string(data) != "{}" {
		t.Errorf("the zero Result is %s, %v", data, err)
	}
}

func TestResult_verdicts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		verdict          match.Verdict
		create, proposed bool
		linked           string
	}{
		{"", true, false, ""},
		{match.Different, true, false, ""},
		{match.Elsewhere, true, false, ""},
		{match.Taken, false, false, ""},
		{match.Propose, false, true, ""},
		{match.Link, false, true, "1"},
	} {
		r := match.Result{Verdict: tt.verdict}
		if tt.verdict != "" {
			r.Candidates = []match.Weighed{{ID: "1", Verdict: tt.verdict}}
		}
		if r.ToCreate() != tt.create || r.Linked() != tt.linked {
			t.Errorf("%q: to create %t, linked %q", tt.verdict, r.ToCreate(), r.Linked())
		}
		p := r.Proposed()
		if (p.Verdict == match.Propose) != tt.proposed || p.Linked() != "" {
			t.Errorf("%q: proposed %+v", tt.verdict, p)
		}
	}
}

func TestResult_Proposed_sharesNothing(t *testing.T) {
	t.Parallel()
	r := match.Result{Verdict: match.Link, Candidates: []match.Weighed{{ID: "1", Verdict: match.Link, Evidence: []match.Evidence{name}}}}
	p := r.Proposed()
	p.Candidates[0].Evidence[0] = phone
	if r.Verdict != match.Link || r.Candidates[0].Verdict != match.Link || r.Candidates[0].Evidence[0] != name {
		t.Errorf("changed: %+v", r)
	}
}
