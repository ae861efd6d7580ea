package mapping_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/internal/mapping"
)

// TestProgram_Explain has a rule for each thing that can happen, with and
// without values.
func TestProgram_Explain(t *testing.T) {
	t.Parallel()
	p := compiled(t, rules(
		mapping.Rule{From: from("FirstName", "Extra.middle"), To: "FirstName", Transforms: ts(tr("trim")), Required: true},
		mapping.Rule{From: from("CompanyName"), To: "BusinessName", When: &mapping.Condition{Field: "Commercial", In: []string{"yes"}}},
		mapping.Rule{From: from("LastName"), To: "LastName", Transforms: ts(tr("own"))},
		mapping.Rule{From: from("Extra.two_way"), To: "ServiceTwoWayVoice"},
		mapping.Rule{From: from("Extra.none"), To: "City", Default: "Provo"},
		mapping.Rule{Const: "x", To: "Custom.origin"},
	), map[string]mapping.TransformFunc{
		"own": func(in string) (string, error) { return "", errors.New("cannot take " + in) },
	})
	src := source{"FirstName": " Ada", "LastName": "L7", "CompanyName": "Acme", "Extra.two_way": "Yes", "Extra.middle": "M."}
	if diff := cmp.Diff(explainedValues(), p.Explain(src, true)); diff != "" {
		t.Errorf("with values (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(explainedForms(), p.Explain(src, false)); diff != "" {
		t.Errorf("without values (-want +got):\n%s", diff)
	}
}

type (
	explained = mapping.Explained
	input     = mapping.ExplainedInput
	step      = mapping.ExplainedStep
)

func explainedValues() []explained {
	return []explained{
		{
			Rule: 0, To: "FirstName",
			Inputs: []input{{From: "FirstName", Value: " Ada"}, {From: "Extra.middle", Value: "M."}},
			Steps:  []step{{Step: "trim", Values: []string{"Ada", "M."}}, {Step: "join", Values: []string{"Ada M."}}},
			Output: "Ada M.",
		},
		{Rule: 1, To: "BusinessName", Skipped: true},
		{
			Rule: 2, To: "LastName", Inputs: []input{{From: "LastName", Value: "L7"}},
			Steps: []step{{Step: "own", Error: "transform own failed: cannot take L7"}},
			Error: "transform own failed: cannot take L7",
		},
		{
			Rule: 3, To: "ServiceTwoWayVoice", Inputs: []input{{From: "Extra.two_way", Value: "Yes"}},
			Steps: []step{{Step: "bool", Values: []string{"true"}}}, Output: "true",
		},
		{
			Rule: 4, To: "City", Inputs: []input{{From: "Extra.none"}},
			Steps: []step{{Step: "default", Values: []string{"Provo"}}}, Output: "Provo",
		},
		{Rule: 5, To: "Custom.origin", Output: "x"},
	}
}

func explainedForms() []explained {
	return []explained{
		{
			Rule: 0, To: "FirstName",
			Inputs: []input{{From: "FirstName", Value: "‹3 letters, 1 space›"}, {From: "Extra.middle", Value: "‹1 letter, 1 other›"}},
			Steps: []step{
				{Step: "trim", Values: []string{"‹3 letters›", "‹1 letter, 1 other›"}},
				{Step: "join", Values: []string{"‹4 letters, 1 space, 1 other›"}},
			},
			Output: "‹4 letters, 1 space, 1 other›",
		},
		{Rule: 1, To: "BusinessName", Skipped: true},
		{
			Rule: 2, To: "LastName", Inputs: []input{{From: "LastName", Value: "‹1 letter, 1 digit›"}},
			Steps: []step{{Step: "own", Error: "transform own failed"}}, Error: "transform own failed",
		},
		{
			Rule: 3, To: "ServiceTwoWayVoice", Inputs: []input{{From: "Extra.two_way", Value: "‹3 letters›"}},
			Steps: []step{{Step: "bool", Values: []string{"true"}}}, Output: "true",
		},
		{
			Rule: 4, To: "City", Inputs: []input{{From: "Extra.none"}},
			Steps: []step{{Step: "default", Values: []string{"‹5 letters›"}}}, Output: "‹5 letters›",
		},
		{Rule: 5, To: "Custom.origin", Output: "‹1 letter›"},
	}
}
