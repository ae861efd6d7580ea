package mapping

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/securitytrax/adcimport/ledger"
)

// What one rule does to a record. The types have no names of their own, so that
// a public type can have these very fields.
type (
	// Explained is a rule.
	Explained = struct {
		Rule    int              `json:"rule"`
		To      string           `json:"to"`
		Skipped bool             `json:"skipped,omitempty"` // its condition does not hold
		Inputs  []ExplainedInput `json:"inputs,omitempty"`  // none: a constant
		Steps   []ExplainedStep  `json:"steps,omitempty"`
		Output  string           `json:"output"`
		Error   string           `json:"error,omitempty"` // the rule that the value breaks
	}
	// ExplainedInput is a source field and its value.
	ExplainedInput = struct {
		From  string `json:"from"`
		Value string `json:"value"`
	}
	// ExplainedStep is a transform, or the rule's own join, default or conversion,
	// and the values after it.
	ExplainedStep = struct {
		Step   string   `json:"step"`
		Values []string `json:"values,omitempty"`
		Error  string   `json:"error,omitempty"`
	}
)

// Explain evaluates the rules as a run does, and shows every step. Values are
// shown only where showValues says so; otherwise they are described.
func (p *Program[S, R]) Explain(src S, showValues bool) []Explained {
	list := make([]Explained, 0, len(p.rules))
	for i := range p.rules {
		list = append(list, p.rules[i].explain(src, display(showValues)))
	}
	return list
}

// display says whether values are shown or described.
type display bool

func (r *rule[S, R]) explain(src S, o display) Explained {
	e := Explained{Rule: r.index, To: r.to}
	if r.when != nil && !r.when(src) {
		e.Skipped = true
		return e
	}
	for _, from := range r.from {
		e.Inputs = append(e.Inputs, ExplainedInput{From: from.Name, Value: o.value(from.Get(src))})
	}
	watch := func(name string, values []string, err error) {
		step := ExplainedStep{Step: name}
		if err != nil {
			step.Error = o.problem(r.fieldError(err), err)
		} else {
			step.Values = slices.Clone(values)
			for i, v := range step.Values {
				step.Values[i] = o.value(v)
			}
		}
		e.Steps = append(e.Steps, step)
	}
	out, _, err := r.evaluate(src, new([]string), watch)
	e.Output = o.value(out)
	if err != nil {
		e.Error = o.problem(r.fieldError(err), err)
	}
	return e
}

// problem is the text of an error; what a host's transform says may hold values.
func (o display) problem(f ledger.FieldError, err error) string {
	if _, ok := errors.AsType[*hostTransformError](err); ok && bool(o) {
		return f.Rule + ": " + err.Error()
	}
	return f.Rule
}

// value returns the value itself or what it is made of.
func (o display) value(v string) string {
	if bool(o) || v == "" || v == "true" || v == "false" {
		return v
	}
	var letters, digits, spaces, others int
	for _, r := range v {
		switch {
		case unicode.IsLetter(r):
			letters++
		case unicode.IsDigit(r):
			digits++
		case unicode.IsSpace(r):
			spaces++
		default:
			others++
		}
	}
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{letters, "letter"}, {digits, "digit"}, {spaces, "space"}, {others, "other"}} {
		switch {
		case p.n == 1 || p.n > 1 && p.what == "other":
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		case p.n > 1:
			parts = append(parts, fmt.Sprintf("%d %ss", p.n, p.what))
		}
	}
	return "‹" + strings.Join(parts, ", ") + "›"
}
