package adcimport

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// ExplainOptions say how much an [Explanation] shows.
type ExplainOptions struct {
	// ShowValues shows what is in the record, which is personal data. Otherwise
	// a value is described, as in ‹5 letters›.
	ShowValues bool
}

// Explanation says what a mapping makes of one record and why, rule by rule
// (SPEC B5). It encodes as JSON; String is for a person.
type Explanation struct {
	Kind     Kind            `json:"kind"`
	SourceID string          `json:"source_id"` // Alarm.com's id
	Redacted bool            `json:"redacted"`  // values are described, not shown
	Rules    []ExplainedRule `json:"rules"`
}

// ExplainedRule is what one rule does to the record.
type ExplainedRule struct {
	Rule    int              `json:"rule"` // index in Mapping.Rules
	To      string           `json:"to"`
	Skipped bool             `json:"skipped,omitempty"` // its condition does not hold
	Inputs  []ExplainedInput `json:"inputs,omitempty"`  // none: a constant
	Steps   []ExplainedStep  `json:"steps,omitempty"`
	Output  string           `json:"output"`
	Error   string           `json:"error,omitempty"` // the rule that the value breaks; it makes the record invalid
}

// ExplainedInput is a source field and its value.
type ExplainedInput struct {
	From  string `json:"from"`
	Value string `json:"value"`
}

// ExplainedStep is a transform, or the rule's own join, default or conversion
// to the type of its target, and the values after it.
type ExplainedStep struct {
	Step   string   `json:"step"`
	Values []string `json:"values,omitempty"`
	Error  string   `json:"error,omitempty"`
}

// ExplainCustomer explains what m makes of c; the zero Mapping is
// [DefaultCustomerMapping]. The transforms are those that the host adds. An
// error says that m does not work at all: [*MappingError]s, joined.
func ExplainCustomer(m Mapping, transforms map[string]TransformFunc, c Customer, o ExplainOptions) (Explanation, error) {
	compiled, err := compileCustomers(m, newHostCode(slog.New(slog.DiscardHandler)).transforms(transforms))
	if err != nil {
		return Explanation{}, err
	}
	return Explanation{Kind: KindCustomer, SourceID: c.ID, Redacted: !o.ShowValues, Rules: compiled.explain(&c, o)}, nil
}

// ExplainUser does for a user what [ExplainCustomer] does for a customer.
func ExplainUser(m Mapping, transforms map[string]TransformFunc, u User, o ExplainOptions) (Explanation, error) {
	compiled, err := compileUsers(m, newHostCode(slog.New(slog.DiscardHandler)).transforms(transforms))
	if err != nil {
		return Explanation{}, err
	}
	return Explanation{Kind: KindUser, SourceID: u.ID, Redacted: !o.ShowValues, Rules: compiled.explain(&u, o)}, nil
}

// explain evaluates the rules as a run does, and watches.
func (m *compiledMapping[S, R]) explain(src *S, o ExplainOptions) []ExplainedRule {
	list := make([]ExplainedRule, 0, len(m.rules))
	for i := range m.rules {
		list = append(list, m.rules[i].explain(src, o))
	}
	return list
}

func (r *compiledRule[S, R]) explain(src *S, o ExplainOptions) ExplainedRule {
	e := ExplainedRule{Rule: r.index, To: r.to}
	if r.when != nil && !r.when(src) {
		e.Skipped = true
		return e
	}
	for _, from := range r.from {
		e.Inputs = append(e.Inputs, ExplainedInput{From: from.name, Value: o.show(from.get(src))})
	}
	watch := func(name string, values []string, err error) {
		step := ExplainedStep{Step: name}
		if err != nil {
			step.Error = o.problem(r.fieldError(err), err)
		} else {
			step.Values = slices.Clone(values)
			for i, v := range step.Values {
				step.Values[i] = o.show(v)
			}
		}
		e.Steps = append(e.Steps, step)
	}
	out, _, err := r.evaluate(src, new([]string), watch)
	e.Output = o.show(out)
	if err != nil {
		e.Error = o.problem(r.fieldError(err), err)
	}
	return e
}

// problem is the text of an error; what a host's transform says may hold values.
func (o ExplainOptions) problem(f FieldError, err error) string {
	if _, ok := errors.AsType[*hostTransformError](err); ok && o.ShowValues {
		return f.Rule + ": " + err.Error()
	}
	return f.Rule
}

// show is the value itself or what it is made of.
func (o ExplainOptions) show(v string) string {
	if o.ShowValues || v == "" || v == "true" || v == "false" {
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

// String is several lines for a terminal.
func (e Explanation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", e.Kind, e.SourceID)
	text := strconv.Quote // so that spaces are seen
	if e.Redacted {
		text = func(v string) string { return v }
	}
	for _, r := range e.Rules {
		r.write(&b, func(v string) string {
			if v == "" {
				return "(empty)"
			}
			return text(v)
		})
	}
	return b.String()
}

func (r ExplainedRule) write(b *strings.Builder, text func(string) string) {
	switch {
	case r.Skipped:
		fmt.Fprintf(b, "rule %d: %s: left out, its condition does not hold\n", r.Rule, r.To)
		return
	case r.Error != "":
		fmt.Fprintf(b, "rule %d: %s: error: %s\n", r.Rule, r.To, r.Error)
	default:
		fmt.Fprintf(b, "rule %d: %s = %s\n", r.Rule, r.To, text(r.Output))
	}
	for _, in := range r.Inputs {
		fmt.Fprintf(b, "  from %s: %s\n", in.From, text(in.Value))
	}
	for _, s := range r.Steps {
		if s.Error != "" {
			fmt.Fprintf(b, "  %s: error: %s\n", s.Step, s.Error)
			continue
		}
		shown := make([]string, len(s.Values))
		for i, v := range s.Values {
			shown[i] = text(v)
		}
		fmt.Fprintf(b, "  %s: %s\n", s.Step, strings.Join(shown, " | "))
	}
}
