package adcimport

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/securitytrax/adcimport/internal/strictjson"
)

// ParseMapping reads the JSON form of a mapping (docs/mapping.md). It refuses
// what it does not know: unknown and repeated keys, wrong types, two rules for
// one target, fields that neither customers nor users have, transforms that
// cannot work. A transform of another name than the built-in ones is taken for
// the host's; [Mapping.CheckCustomers] and [Mapping.CheckUsers] check these too.
// Errors are [*MappingError]s, joined by [errors.Join].
func ParseMapping(data []byte) (Mapping, error) {
	root, err := strictjson.Parse(data)
	if err != nil {
		return Mapping{}, &MappingError{Rule: -1, Field: "JSON", Path: jsonPath(err), Err: err}
	}
	d := mappingDecoder{rule: -1}
	m := d.mapping(root)
	if err := errors.Join(d.errs...); err != nil {
		return Mapping{}, err
	}
	if err := checkEitherKind(m); err != nil {
		return Mapping{}, err
	}
	return m, nil
}

func jsonPath(err error) string {
	if e, ok := errors.AsType[*strictjson.Error](err); ok {
		return e.Path
	}
	return ""
}

// checkEitherKind checks a mapping whose kind of record is not known: it must
// fit one of the two.
func checkEitherKind(m Mapping) error {
	host := hostTransforms{unknown: true}
	_, customers := compileMapping(m, customerSchema(), host)
	_, users := compileMapping(m, userSchema(), host)
	if customers == nil || users == nil {
		return nil
	}
	if countErrors(users) < countErrors(customers) {
		return users
	}
	return customers
}

func countErrors(err error) int {
	if joined, ok := errors.AsType[interface {
		error
		Unwrap() []error
	}](err); ok {
		return len(joined.Unwrap())
	}
	return 1
}

// UnmarshalJSON is [ParseMapping]; null leaves m alone.
func (m *Mapping) UnmarshalJSON(data []byte) error {
	if bytes.Equal(bytes.TrimSpace(data), []byte("null")) {
		return nil
	}
	parsed, err := ParseMapping(data)
	if err == nil {
		*m = parsed
	}
	return err
}

// MarshalJSON writes the JSON form, which [ParseMapping] reads back. The zero
// Mapping, which stands for a default, is null.
func (m Mapping) MarshalJSON() ([]byte, error) {
	if len(m.Rules) == 0 {
		return []byte("null"), nil
	}
	form := struct {
		Rules []ruleForm `json:"rules"`
	}{}
	for i, r := range m.Rules {
		f, err := r.form()
		if err != nil {
			return nil, &MappingError{Rule: i, Field: r.To, Path: fmt.Sprintf("rules[%d]", i), Err: err}
		}
		form.Rules = append(form.Rules, f)
	}
	return json.Marshal(form)
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
}

type conditionForm struct {
	Field string `json:"field"`
	In    any    `json:"in,omitempty"`
	Not   bool   `json:"not,omitempty"`
}

func (r Rule) form() (ruleForm, error) {
	f := ruleForm{
		From: oneOrList(r.From), Const: r.Const, To: r.To, Join: r.Join,
		Default: r.Default, Required: r.Required,
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
