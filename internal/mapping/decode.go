package mapping

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/securitytrax/adcimport/internal/strictjson"
)

// Decode reads rules from their JSON form, which [Encode] writes. It returns no
// rules when there are problems. It knows neither the fields nor the transforms:
// [Compile] checks these.
func Decode(data []byte) ([]Rule, []Problem) {
	root, err := strictjson.Parse(data)
	if err != nil {
		p := Problem{Rule: -1, Field: "JSON", Err: err}
		if e, ok := errors.AsType[*strictjson.Error](err); ok {
			p.Path = e.Path
		}
		return nil, []Problem{p}
	}
	d := decoder{rule: -1}
	rules := d.rules(root)
	if len(d.problems) > 0 {
		return nil, d.problems
	}
	return rules, nil
}

// decoder makes rules of a JSON tree and gathers all that is wrong.
type decoder struct {
	rule     int // which rule it is at; -1: none
	problems []Problem
}

func (d *decoder) fail(v strictjson.Value, err error) {
	p := Problem{Rule: d.rule, Path: v.Path, Err: err}
	if v.Path == "" {
		p.Field = "JSON"
	}
	d.problems = append(d.problems, p)
}

// is checks the kind of a value.
func (d *decoder) is(v strictjson.Value, kind strictjson.Kind) bool {
	if v.Kind != kind {
		d.fail(v, fmt.Errorf("must be %s, not %s", kind, v.Kind))
	}
	return v.Kind == kind
}

// fields hands the members of an object to what reads them, by name.
func (d *decoder) fields(v strictjson.Value, known []string, read func(name string, v strictjson.Value)) {
	if !d.is(v, strictjson.Object) {
		return
	}
next:
	for _, m := range v.Members {
		for _, k := range known {
			if m.Name == k {
				read(m.Name, m.Value)
				continue next
			}
		}
		d.fail(m.Value, fmt.Errorf("unknown key %q%s", m.Name, didYouMean(m.Name, known)))
	}
}

func (d *decoder) rules(root strictjson.Value) []Rule {
	var list []Rule
	d.fields(root, []string{"rules"}, func(_ string, v strictjson.Value) {
		if !d.is(v, strictjson.Array) {
			return
		}
		for i, item := range v.Items {
			d.rule = i
			list = append(list, d.ruleOf(item))
		}
		d.rule = -1
	})
	if len(list) == 0 && len(d.problems) == 0 {
		d.fail(root, ruleError("needs rules: leave the mapping out for the default one"))
	}
	return list
}

func (d *decoder) ruleOf(v strictjson.Value) Rule {
	var r Rule
	known := []string{"from", "const", "to", "join", "transforms", "default", "required", "when", "overwrite"}
	d.fields(v, known, func(name string, v strictjson.Value) {
		switch name {
		case "from":
			r.From = d.texts(v)
		case "const":
			r.Const = d.text(v)
		case "to":
			r.To = d.text(v)
		case "join":
			r.Join = d.text(v)
		case "transforms":
			r.Transforms = d.transforms(v)
		case "default":
			r.Default = d.text(v)
		case "required":
			r.Required = d.boolean(v)
		case "when":
			r.When = d.condition(v)
		case "overwrite":
			r.Overwrite = d.text(v)
		}
	})
	return r
}

func (d *decoder) condition(v strictjson.Value) *Condition {
	var c Condition
	d.fields(v, []string{"field", "in", "not"}, func(name string, v strictjson.Value) {
		switch name {
		case "field":
			c.Field = d.text(v)
		case "in":
			c.In = d.texts(v)
			if v.Kind == strictjson.Array && len(v.Items) == 0 {
				d.fail(v, ruleError("must not be empty"))
			}
		case "not":
			c.Not = d.boolean(v)
		}
	})
	return &c
}

func (d *decoder) transforms(v strictjson.Value) []Transform {
	if !d.is(v, strictjson.Array) {
		return nil
	}
	var list []Transform
	for _, item := range v.Items {
		list = append(list, d.transform(item))
	}
	return list
}

// transform reads "trim", {"truncate": 40}, {"replace": ["-", ""]} and
// {"lookup": {"A": "B"}}.
func (d *decoder) transform(v strictjson.Value) Transform {
	if v.Kind == strictjson.String {
		return Transform{Name: v.Text}
	}
	if v.Kind != strictjson.Object || len(v.Members) != 1 {
		d.fail(v, ruleError("must be the name of a transform, or an object of one name and its arguments"))
		return Transform{}
	}
	t, arg := Transform{Name: v.Members[0].Name}, v.Members[0].Value
	switch arg.Kind {
	case strictjson.Object:
		t.Table = make(map[string]string, len(arg.Members))
		for _, m := range arg.Members {
			t.Table[m.Name] = d.text(m.Value)
		}
	case strictjson.Array:
		for _, item := range arg.Items {
			t.Args = append(t.Args, d.argument(item))
		}
	case strictjson.String, strictjson.Number, strictjson.Bool, strictjson.Null:
		t.Args = []string{d.argument(arg)}
	}
	return t
}

// argument reads text or a whole number.
func (d *decoder) argument(v strictjson.Value) string {
	if v.Kind != strictjson.Number {
		return d.text(v)
	}
	if _, err := strconv.Atoi(v.Text); err != nil {
		d.fail(v, ruleError("must be text or a whole number"))
	}
	return v.Text
}

func (d *decoder) text(v strictjson.Value) string {
	d.is(v, strictjson.String)
	return v.Text
}

// texts reads one text or a list of them.
func (d *decoder) texts(v strictjson.Value) []string {
	if v.Kind != strictjson.Array {
		return []string{d.text(v)}
	}
	var list []string
	for _, item := range v.Items {
		list = append(list, d.text(item))
	}
	return list
}

func (d *decoder) boolean(v strictjson.Value) bool {
	d.is(v, strictjson.Bool)
	return v.Bool
}
