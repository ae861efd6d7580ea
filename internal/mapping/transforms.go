package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/securitytrax/adcimport/internal/states"
	"github.com/securitytrax/adcimport/internal/textform"
)

// ruleError is a broken rule in words that hold no value of the record.
type ruleError string

func (e ruleError) Error() string { return string(e) }

// step is a compiled transform. One of its functions is set.
type step struct {
	name   string
	each   func(string) (string, error) // on every value that is not empty
	empty  func() string                // on an empty value only
	fold   func([]string) string        // several values to one
	expand func(string) []string        // one value to several
}

// transformSpec is a built-in transform: what it takes, what it makes, how its
// arguments are read.
type transformSpec struct {
	takes []Kind
	makes Kind
	keeps bool // the kind of the value stays what it is
	min   int  // arguments
	max   int
	table bool  // takes a table in place of arguments
	ints  []int // which arguments are whole numbers
	build func(t Transform) (step, error)
}

// BuiltIn returns the names of the built-in transforms, sorted.
func BuiltIn() []string { return slices.Sorted(maps.Keys(transformSpecs())) }

// transformSpecs are the built-in transforms by name. docs/mapping.md lists
// them for people.
func transformSpecs() map[string]transformSpec {
	anything := []Kind{Text, Code, Date, Bool}
	texts := []Kind{Text, Code}
	dates := []Kind{Text, Date}
	bools := []Kind{Text, Bool}
	written := []Kind{Text, Code, Date}
	return map[string]transformSpec{
		"trim":     {takes: anything, keeps: true, build: plain(strings.TrimSpace)},
		"collapse": {takes: anything, keeps: true, build: plain(textform.Collapse)},
		"upper":    {takes: texts, keeps: true, build: plain(strings.ToUpper)},
		"lower":    {takes: texts, keeps: true, build: plain(strings.ToLower)},
		"title":    {takes: texts, makes: Text, build: plain(textform.Title)},
		"digits":   {takes: written, makes: Text, build: plain(textform.Digits)},
		"phone":    {takes: texts, makes: Code, max: 2, build: buildPhone},
		"state":    {takes: texts, makes: Code, max: 1, build: buildState},
		"zip":      {takes: texts, makes: Code, max: 1, build: buildZip},
		"date":     {takes: dates, makes: Date, max: 20, build: buildDate},
		"bool":     {takes: bools, makes: Bool, build: buildBool},
		"truncate": {takes: written, makes: Text, min: 1, max: 1, ints: []int{0}, build: buildTruncate},
		"replace":  {takes: written, makes: Text, min: 2, max: 2, build: buildReplace},
		"split":    {takes: written, makes: Text, min: 1, max: 2, ints: []int{1}, build: buildSplit},
		"join":     {takes: anything, makes: Text, min: 1, max: 1, build: buildJoin},
		"first_of": {takes: anything, keeps: true, build: buildFirstOf},
		"lookup":   {takes: anything, makes: Text, table: true, build: buildLookup},
		"default":  {takes: anything, keeps: true, min: 1, max: 1, build: buildDefault},
	}
}

// checkShape refuses arguments that the transform cannot take.
func (spec transformSpec) checkShape(t Transform) error {
	switch {
	case spec.table && (len(t.Table) == 0 || len(t.Args) > 0):
		return ruleError("needs a table and nothing else")
	case !spec.table && t.Table != nil:
		return ruleError("takes no table")
	case !spec.table && (len(t.Args) < spec.min || len(t.Args) > spec.max):
		return ruleError("takes " + argCount(spec.min, spec.max) + ", not " + strconv.Itoa(len(t.Args)))
	}
	for _, i := range spec.ints {
		if i >= len(t.Args) {
			break
		}
		if _, err := strconv.Atoi(t.Args[i]); err != nil {
			return fmt.Errorf("argument %d, %q, must be a whole number", i+1, t.Args[i])
		}
	}
	return nil
}

func argCount(low, high int) string {
	switch {
	case high == 0:
		return "no argument"
	case high == 1 && low == 1:
		return "1 argument"
	case low == high:
		return strconv.Itoa(low) + " arguments"
	}
	return fmt.Sprintf("%d to %d arguments", low, high)
}

func plain(f func(string) string) func(Transform) (step, error) {
	return func(Transform) (step, error) {
		return step{each: func(s string) (string, error) { return f(s), nil }}, nil
	}
}

const (
	errPhone ruleError = "must be a US or Canadian phone number"
	errState ruleError = "must be one of the 72 states"
	errZip   ruleError = "must be a US ZIP or a Canadian postal code"
	errDate  ruleError = "must be a date"
	errBool  ruleError = "must be a boolean word"
	errTable ruleError = "must be in the lookup table"
)

func buildPhone(t Transform) (step, error) {
	form, extension := "digits", true
	for i, a := range t.Args {
		_, isForm := textform.Phone{Number: "2002000000"}.Format(a)
		switch {
		case i == 0 && isForm:
			form = a
		case i == len(t.Args)-1 && a == "noext":
			extension = false
		default:
			return step{}, badArg(a, "digits", "dashes", "national", "e164", "noext")
		}
	}
	return step{each: func(s string) (string, error) {
		p, ok := textform.ParsePhone(s)
		if !ok {
			return "", errPhone
		}
		out, _ := p.Format(form)
		if extension && p.Extension != "" {
			out += " x" + p.Extension
		}
		return out, nil
	}}, nil
}

func buildState(t Transform) (step, error) { return buildOrKeep(t, states.Code, errState) }

func buildZip(t Transform) (step, error) { return buildOrKeep(t, textform.Postal, errZip) }

// buildOrKeep makes a step whose argument "keep" leaves alone what f does not
// know.
func buildOrKeep(t Transform, f func(string) (string, bool), failure ruleError) (step, error) {
	keep := len(t.Args) == 1
	if keep && t.Args[0] != "keep" {
		return step{}, badArg(t.Args[0], "keep")
	}
	return step{each: func(s string) (string, error) {
		switch out, ok := f(s); {
		case ok:
			return out, nil
		case keep:
			return s, nil
		}
		return "", failure
	}}, nil
}

func buildDate(t Transform) (step, error) {
	layouts := slices.Clone(t.Args)
	for _, l := range layouts {
		if !textform.IsLayout(l) {
			return step{}, fmt.Errorf("argument %q must be a layout with day, month and year such as 02.01.2006", l)
		}
	}
	return step{each: func(s string) (string, error) {
		if out, ok := textform.Date(s, layouts...); ok {
			return out, nil
		}
		return "", errDate
	}}, nil
}

func buildBool(Transform) (step, error) {
	return step{each: func(s string) (string, error) {
		if v, ok := textform.Bool(s); ok {
			return strconv.FormatBool(v), nil
		}
		return "", errBool
	}}, nil
}

func buildTruncate(t Transform) (step, error) {
	n, err := strconv.Atoi(t.Args[0])
	if err != nil || n < 1 {
		return step{}, fmt.Errorf("argument %q must be a positive whole number", t.Args[0])
	}
	return step{each: func(s string) (string, error) { return textform.Truncate(s, n), nil }}, nil
}

func buildReplace(t Transform) (step, error) {
	from, to := t.Args[0], t.Args[1]
	if from == "" {
		return step{}, ruleError("what to replace must not be empty")
	}
	return step{each: func(s string) (string, error) { return strings.ReplaceAll(s, from, to), nil }}, nil
}

// buildSplit makes several values of one, or with an index, that part alone;
// negative indexes count from the end.
func buildSplit(t Transform) (step, error) {
	sep := t.Args[0]
	if sep == "" {
		return step{}, ruleError("the separator must not be empty")
	}
	if len(t.Args) == 1 {
		return step{expand: func(s string) []string { return strings.Split(s, sep) }}, nil
	}
	index, err := strconv.Atoi(t.Args[1])
	if err != nil {
		return step{}, fmt.Errorf("argument %q must be a whole number", t.Args[1])
	}
	return step{each: func(s string) (string, error) {
		parts := strings.Split(s, sep)
		i := index
		if i < 0 {
			i += len(parts)
		}
		if i < 0 || i >= len(parts) {
			return "", nil
		}
		return parts[i], nil
	}}, nil
}

func buildJoin(t Transform) (step, error) {
	sep := t.Args[0]
	return step{fold: func(values []string) string { return joinGiven(values, sep) }}, nil
}

func buildFirstOf(Transform) (step, error) {
	return step{fold: func(values []string) string {
		for _, v := range values {
			if v != "" {
				return v
			}
		}
		return ""
	}}, nil
}

// buildLookup replaces values by a table; its entry "*" is for all others,
// without which they are errors.
func buildLookup(t Transform) (step, error) {
	if _, ok := t.Table[""]; ok {
		return step{}, ruleError("the table cannot have an entry for empty values: use default")
	}
	table := maps.Clone(t.Table)
	others, catchAll := table["*"]
	return step{each: func(s string) (string, error) {
		if out, ok := table[s]; ok {
			return out, nil
		}
		if catchAll {
			return others, nil
		}
		return "", errTable
	}}, nil
}

func buildDefault(t Transform) (step, error) {
	value := t.Args[0]
	if value == "" {
		return step{}, ruleError("the value must not be empty")
	}
	return step{empty: func() string { return value }}, nil
}

// joinGiven joins the values that are not empty.
func joinGiven(values []string, sep string) string {
	var b strings.Builder
	for _, v := range values {
		if v == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(sep)
		}
		b.WriteString(v)
	}
	return b.String()
}

func badArg(got string, known ...string) error {
	return fmt.Errorf("does not know the argument %q%s", got, didYouMean(got, known))
}
