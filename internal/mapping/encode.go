package mapping

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// Encode writes the JSON form of rules, which [Decode] reads back.
func Encode(rules []Rule) ([]byte, []Problem) {
	form := struct {
		Rules []ruleForm `json:"rules"`
	}{}
	var problems []Problem
	for i, r := range rules {
		f, err := r.form()
		if err != nil {
			problems = append(problems, Problem{Rule: i, Field: r.To, Path: fmt.Sprintf("rules[%d]", i), Err: err})
		}
		form.Rules = append(form.Rules, f)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	data, err := json.Marshal(form)
	if err != nil {
		return nil, []Problem{{Rule: -1, Field: "JSON", Err: err}}
	}
	return data, nil
}

// ruleForm is the JSON form of a rule in the order of its keys.
type ruleForm struct {
	From       any            `json:"from,omitempty"`
	Const      string         `json:"const,omitempty"`
	To         string         `json:"to"`
	Join       string         `json:"join,omitempty"`
	Transforms []any          `json:"transforms,omitempty"`
	Default    string         `json:"default,omitempty"`
	Required   bool           `json:"required,omitempty"`
	When       *conditionForm `json:"when,omitempty"`
	Overwrite  string         `json:"overwrite,omitempty"`
}

type conditionForm struct {
	Field string `json:"field"`
	In    any    `json:"in,omitempty"`
	Not   bool   `json:"not,omitempty"`
}

func (r Rule) form() (ruleForm, error) {
	f := ruleForm{
		From: oneOrList(r.From), Const: r.Const, To: r.To, Join: r.Join,
		Default: r.Default, Required: r.Required, Overwrite: r.Overwrite,
	}
	for _, t := range r.Transforms {
		tf, err := t.form()
		if err != nil {
			return f, err
		}
		f.Transforms = append(f.Transforms, tf)
	}
	if w := r.When; w != nil {
		f.When = &conditionForm{Field: w.Field, In: oneOrList(w.In), Not: w.Not}
	}
	return f, nil
}

func oneOrList(list []string) any {
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	return list
}

// form is the compact form: a name, or an object of a name and its arguments.
func (t Transform) form() (any, error) {
	switch {
	case t.Table != nil && len(t.Args) > 0:
		return nil, fmt.Errorf("transform %s: has both a table and arguments", t.Name)
	case t.Table != nil:
		return map[string]any{t.Name: t.Table}, nil
	case len(t.Args) == 0:
		return t.Name, nil
	}
	ints := transformSpecs()[t.Name].ints
	args := make([]any, len(t.Args))
	for i, a := range t.Args {
		args[i] = a
		if n, err := strconv.Atoi(a); err == nil && slices.Contains(ints, i) && strconv.Itoa(n) == a {
			args[i] = n
		}
	}
	if len(args) == 1 {
		return map[string]any{t.Name: args[0]}, nil
	}
	return map[string]any{t.Name: args}, nil
}
