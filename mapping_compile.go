package adcimport

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/securitytrax/adcimport/internal/textform"
)

// compiledMapping is a checked mapping as functions. It does not change and is
// safe for concurrent use; a run's statistics are in a mappingRun.
type compiledMapping[S, R any] struct {
	rules []compiledRule[S, R]
	print string
}

// compiledRule fills one target.
type compiledRule[S, R any] struct {
	index    int // in Mapping.Rules
	to       string
	from     []boundSource[S]
	constant string
	when     func(*S) bool // nil: always
	whenName string
	steps    []step
	simple   bool // one value all the way
	join     string
	fallback string
	required bool
	kind     valueKind
	convert  bool // the value is not of the target's kind for sure
	set      func(*R, string)
}

// boundSource is a source path with its accessor.
type boundSource[S any] struct {
	name string
	kind valueKind
	get  func(*S) string
}

// compileCustomers checks and compiles a customer mapping; the zero Mapping is
// [DefaultCustomerMapping]. Errors are [*MappingError]s, joined.
func compileCustomers(m Mapping, funcs map[string]TransformFunc) (*compiledMapping[Customer, CustomerRecord], error) {
	if len(m.Rules) == 0 {
		m = DefaultCustomerMapping()
	}
	return compileMapping(m, customerSchema(), hostFuncs(funcs))
}

// compileUsers does for users what compileCustomers does for customers.
func compileUsers(m Mapping, funcs map[string]TransformFunc) (*compiledMapping[User, UserRecord], error) {
	if len(m.Rules) == 0 {
		m = DefaultUserMapping()
	}
	return compileMapping(m, userSchema(), hostFuncs(funcs))
}

// hostTransforms finds transforms that are not built in.
type hostTransforms struct {
	funcs   map[string]TransformFunc
	unknown bool // the host's are not known yet: any name may be one
}

func hostFuncs(funcs map[string]TransformFunc) hostTransforms { return hostTransforms{funcs: funcs} }

func compileMapping[S, R any](m Mapping, schema mappingSchema[S, R], host hostTransforms) (*compiledMapping[S, R], error) {
	errs := host.check()
	c := &compiledMapping[S, R]{}
	seen := make(map[string]int)
	var prints []string
	for i, r := range m.Rules {
		b := ruleBuilder[S, R]{schema: schema, host: host, index: i, rule: r}
		if first, ok := seen[r.To]; ok && r.To != "" {
			b.fail("to", r.To, fmt.Errorf("is the target of rule %d already", first))
		} else {
			seen[r.To] = i
		}
		c.rules = append(c.rules, b.build())
		errs = append(errs, b.errs...)
		prints = append(prints, b.print())
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(strings.Join(slices.Sorted(slices.Values(prints)), "\n")))
	c.print = "m1-" + hex.EncodeToString(sum[:16])
	return c, nil
}

// fingerprint is a stable hash of the rules: it changes with what the mapping
// does, not with the order of its rules or with the choice between a field's
// two names. What the host's own transforms do is not part of it.
func (m *compiledMapping[S, R]) fingerprint() string { return m.print }

func (h hostTransforms) check() []error {
	var errs []error
	specs := transformSpecs()
	for name, f := range h.funcs {
		_, builtIn := specs[name]
		switch {
		case name == "":
			errs = append(errs, &MappingError{Rule: -1, Field: "Transforms", Err: ruleError("a transform needs a name")})
		case builtIn:
			errs = append(errs, &MappingError{Rule: -1, Field: name, Err: ruleError("is a built-in transform and cannot be replaced")})
		case f == nil:
			errs = append(errs, &MappingError{Rule: -1, Field: name, Err: ruleError("transform is nil")})
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errs
}

// ruleBuilder compiles one rule and gathers all that is wrong with it.
type ruleBuilder[S, R any] struct {
	schema mappingSchema[S, R]
	host   hostTransforms
	index  int
	rule   Rule
	out    compiledRule[S, R]
	errs   []error
	pure   bool // no transform of the host's
}

func (b *ruleBuilder[S, R]) fail(path, field string, err error) {
	at := fmt.Sprintf("rules[%d]", b.index)
	if path != "" {
		at += "." + path
	}
	b.errs = append(b.errs, &MappingError{Rule: b.index, Field: field, Path: at, Err: err})
}

func (b *ruleBuilder[S, R]) build() compiledRule[S, R] {
	b.pure = true
	b.out = compiledRule[S, R]{
		index: b.index, to: b.rule.To, constant: b.rule.Const,
		fallback: b.rule.Default, required: b.rule.Required, join: b.rule.Join,
	}
	b.target()
	kind, many := b.sources()
	b.condition()
	kind, many, ok := b.transforms(kind, many)
	if b.rule.Join != "" && !many {
		b.fail("join", b.rule.To, ruleError("there is one value only, nothing to join"))
	}
	if many && b.out.join == "" {
		b.out.join = " "
	}
	if many {
		kind = kindText
	}
	if ok {
		b.matchKinds(kind)
	}
	if len(b.errs) == 0 {
		b.checkFixed()
	}
	return b.out
}

func (b *ruleBuilder[S, R]) target() {
	to := b.rule.To
	if name, ok := strings.CutPrefix(to, "Custom."); ok {
		if name == "" {
			b.fail("to", to, ruleError("needs a name after Custom."))
		}
		b.out.set = customSetter(b.schema.custom, name)
		return
	}
	var known []string
	for _, t := range b.schema.targets {
		if t.name == to {
			b.out.kind, b.out.set = t.kind, t.set
			return
		}
		known = append(known, t.name)
	}
	switch {
	case to == "":
		b.fail("to", "", ruleError("needs a target field"))
	case slices.Contains(b.schema.options, to):
		b.fail("to", to, ruleError("is filled by the importer and its options, not by the mapping"))
	default:
		b.fail("to", to, fmt.Errorf("unknown target field%s", didYouMean(to, append(known, "Custom."))))
	}
}

func customSetter[R any](custom func(*R) *map[string]string, name string) func(*R, string) {
	return func(r *R, v string) {
		m := custom(r)
		if v == "" {
			return
		}
		if *m == nil {
			*m = make(map[string]string)
		}
		(*m)[name] = v
	}
}

// sources binds the rule's sources; the answer is what they hold together.
func (b *ruleBuilder[S, R]) sources() (kind valueKind, many bool) {
	switch {
	case len(b.rule.From) > 0 && b.rule.Const != "":
		b.fail("const", b.rule.To, ruleError("a rule has sources or a constant, not both"))
	case len(b.rule.From) == 0 && b.rule.Const == "":
		b.fail("", b.rule.To, ruleError("needs a source or a constant"))
	}
	for i, name := range b.rule.From {
		src := b.source(fmt.Sprintf("from[%d]", i), name)
		if i > 0 && src.kind != kind {
			src.kind = kindText
		}
		kind = src.kind
		b.out.from = append(b.out.from, src)
	}
	return kind, len(b.rule.From) > 1
}

func (b *ruleBuilder[S, R]) source(path, name string) boundSource[S] {
	if key, ok := strings.CutPrefix(name, "Extra."); ok && key != "" {
		extra := b.schema.extra
		return boundSource[S]{name, kindText, func(s *S) string { return extra(s)[key] }}
	}
	known := []string{"Extra."}
	for _, f := range b.schema.sources {
		if name != "" && (f.name == name || f.soap == name) {
			return boundSource[S]{f.name, f.kind, f.get}
		}
		known = append(known, f.name)
		if f.soap != "" {
			known = append(known, f.soap)
		}
	}
	b.fail(path, name, fmt.Errorf("unknown source field%s", didYouMean(name, known)))
	return boundSource[S]{name: name}
}

func (b *ruleBuilder[S, R]) condition() {
	w := b.rule.When
	if w == nil {
		return
	}
	src := b.source("when.field", w.Field)
	if src.get == nil {
		return
	}
	in := slices.Clone(w.In)
	for i, v := range in {
		var err error
		if in[i], err = normalize(src.kind, v); err != nil || in[i] == "" {
			b.fail(fmt.Sprintf("when.in[%d]", i), w.Field, fmt.Errorf("%q can never be the value of %s", v, src.kind))
		}
	}
	not, get := w.Not, src.get
	b.out.whenName = src.name
	b.out.when = func(s *S) bool {
		v := strings.TrimSpace(get(s))
		if len(in) == 0 {
			return (v != "") != not
		}
		return slices.Contains(in, v) != not
	}
}

// matchKinds refuses a value that can never fit the target.
func (b *ruleBuilder[S, R]) matchKinds(kind valueKind) {
	want := b.out.kind
	b.out.convert = want != kindText && kind != want
	if want == kindText || kind == kindText || kind == want {
		return
	}
	b.fail("to", b.rule.To, fmt.Errorf("takes %s, and the rule makes %s", want, kind))
}

// checkFixed runs what is known before any record: the default, and a constant
// through its transforms.
func (b *ruleBuilder[S, R]) checkFixed() {
	fixed, err := normalize(b.out.kind, b.rule.Default)
	if err != nil {
		b.fail("default", b.rule.To, err)
	}
	b.out.fallback = fixed
	if b.rule.Const == "" || !b.pure {
		return
	}
	var zero S
	if _, _, err := b.out.evaluate(&zero, new([]string), nil); err != nil {
		b.fail("const", b.rule.To, err)
	}
}

// normalize brings text into the form of a target's kind; empty text stays.
func normalize(kind valueKind, v string) (string, error) {
	if v == "" {
		return "", nil
	}
	switch kind {
	case kindBool:
		if v == "true" || v == "false" {
			return v, nil
		}
		value, ok := textform.Bool(v)
		if !ok {
			return "", errBool
		}
		return strconv.FormatBool(value), nil
	case kindDate:
		if !textform.IsDate(v) {
			return "", errISODate
		}
		return v, nil
	case kindText, kindCode:
	}
	return v, nil
}

const errISODate ruleError = "must be a date of the form 2006-01-02"

// print is the rule with its names resolved, for the fingerprint.
func (b *ruleBuilder[S, R]) print() string {
	var p fingerprinter
	p.texts("to", b.rule.To)
	for _, s := range b.out.from {
		p.texts("from", s.name)
	}
	p.texts("const", b.rule.Const, "join", b.out.join, "default", b.out.fallback, strconv.FormatBool(b.rule.Required))
	for _, t := range b.rule.Transforms {
		p.texts("transform", t.Name)
		p.texts(t.Args...)
		for _, k := range slices.Sorted(maps.Keys(t.Table)) {
			p.texts("entry", k, t.Table[k])
		}
	}
	if w := b.rule.When; w != nil {
		p.texts("when", b.out.whenName, strconv.FormatBool(w.Not))
		p.texts(w.In...)
	}
	return string(p)
}
