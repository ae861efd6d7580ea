package mapping

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/securitytrax/adcimport/internal/textform"
)

// Program is a set of checked rules as functions. It does not change and is safe
// for concurrent use; a run's statistics are in a [Run].
type Program[S, R any] struct {
	rules []rule[S, R]
	print string
}

// rule fills one target.
type rule[S, R any] struct {
	index    int    // in the list of rules
	key      string // stands for what it does, wherever it is in the list
	to       string
	from     []Source[S]
	constant string
	when     func(S) bool // nil: always
	whenName string
	steps    []step
	simple   bool // one value all the way
	join     string
	fallback string
	required bool
	owned    string // Always, IfEmpty or Never
	kind     Kind
	convert  bool // the value may be of another kind than the target
	set      func(R, string)
}

// Compile checks rules and compiles them. It keeps nothing of the rules, the
// schema's slices or the host's map. The program is nil when there are problems.
func Compile[S, R any](rules []Rule, schema Schema[S, R], host Host) (*Program[S, R], []Problem) {
	problems := host.check()
	c := &Program[S, R]{}
	seen := make(map[string]int)
	var prints []string
	for i, r := range rules {
		b := ruleBuilder[S, R]{schema: schema, host: host, index: i, rule: r}
		if first, ok := seen[r.To]; ok && r.To != "" {
			b.fail("to", r.To, fmt.Errorf("is the target of rule %d already", first))
		} else {
			seen[r.To] = i
		}
		compiled := b.build()
		problems = append(problems, b.problems...)
		prints = append(prints, b.print())
		sum := sha256.Sum256([]byte(prints[i]))
		compiled.key = hex.EncodeToString(sum[:8])
		c.rules = append(c.rules, compiled)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	sum := sha256.Sum256([]byte(strings.Join(slices.Sorted(slices.Values(prints)), "\n")))
	c.print = "m1-" + hex.EncodeToString(sum[:16])
	return c, nil
}

// Fingerprint returns a stable hash of the rules: it changes with what they do,
// not with their order or with the choice between a field's two names. What the
// host's own transforms do is not part of it.
func (p *Program[S, R]) Fingerprint() string { return p.print }

func (h Host) check() []Problem {
	var list []Problem
	add := func(field string, err ruleError) {
		list = append(list, Problem{Rule: -1, Field: field, Err: err})
	}
	specs := transformSpecs()
	for name, f := range h.Transforms {
		_, builtIn := specs[name]
		switch {
		case name == "":
			add("Transforms", "a transform needs a name")
		case builtIn:
			add(name, "is a built-in transform and cannot be replaced")
		case f == nil:
			add(name, "transform is nil")
		}
	}
	slices.SortFunc(list, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.Field, b.Field), strings.Compare(a.Err.Error(), b.Err.Error()))
	})
	return list
}

// ruleBuilder compiles one rule and gathers all that is wrong with it.
type ruleBuilder[S, R any] struct {
	schema   Schema[S, R]
	host     Host
	index    int
	rule     Rule
	out      rule[S, R]
	problems []Problem
	pure     bool // no transform of the host's
}

func (b *ruleBuilder[S, R]) fail(path, field string, err error) {
	at := fmt.Sprintf("rules[%d]", b.index)
	if path != "" {
		at += "." + path
	}
	b.problems = append(b.problems, Problem{Rule: b.index, Field: field, Path: at, Err: err})
}

func (b *ruleBuilder[S, R]) build() rule[S, R] {
	b.pure = true
	b.out = rule[S, R]{
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
		kind = Text
	}
	if ok {
		b.matchKinds(kind)
	}
	b.overwrite()
	if len(b.problems) == 0 {
		b.checkFixed()
	}
	return b.out
}

func (b *ruleBuilder[S, R]) target() {
	to := b.rule.To
	if name, ok := strings.CutPrefix(to, "Custom."); ok {
		if rule := customNameRule(name); rule != "" {
			b.fail("to", to, rule)
		}
		b.out.set = customSetter(b.schema.Custom, name)
		return
	}
	var known []string
	for _, t := range b.schema.Targets {
		if t.Name == to {
			b.out.kind, b.out.set = t.Kind, t.Set
			return
		}
		known = append(known, t.Name)
	}
	switch {
	case to == "":
		b.fail("to", "", ruleError("needs a target field"))
	case slices.Contains(b.schema.Filled, to):
		b.fail("to", to, ruleError("is filled by the importer and its options, not by the mapping"))
	default:
		b.fail("to", to, fmt.Errorf("unknown target field%s", didYouMean(to, append(known, "Custom."))))
	}
}

// customNameRule is the rule that the name of a custom attribute breaks; empty: none.
// It becomes a name in JSON, and a person reads it in errors.
func customNameRule(name string) ruleError {
	switch {
	case name == "":
		return "needs a name after Custom."
	case !utf8.ValidString(name), strings.ContainsFunc(name, func(r rune) bool { return r != ' ' && !unicode.IsPrint(r) }):
		return "needs a name after Custom. that is printable text"
	case strings.TrimSpace(name) != name:
		return "needs a name after Custom. without spaces around it"
	case utf8.RuneCountInString(name) > maxCustomName:
		return "needs a name after Custom. of at most 100 characters"
	}
	return ""
}

const maxCustomName = 100

func customSetter[R any](custom func(R) *map[string]string, name string) func(R, string) {
	return func(r R, v string) {
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

// sources binds the rule's sources and returns what they hold together.
func (b *ruleBuilder[S, R]) sources() (kind Kind, many bool) {
	switch {
	case len(b.rule.From) > 0 && b.rule.Const != "":
		b.fail("const", b.rule.To, ruleError("a rule has sources or a constant, not both"))
	case len(b.rule.From) == 0 && b.rule.Const == "":
		b.fail("", b.rule.To, ruleError("needs a source or a constant"))
	}
	for i, name := range b.rule.From {
		src := b.source(fmt.Sprintf("from[%d]", i), name)
		if i > 0 && src.Kind != kind {
			src.Kind = Text
		}
		kind = src.Kind
		b.out.from = append(b.out.from, src)
	}
	return kind, len(b.rule.From) > 1
}

func (b *ruleBuilder[S, R]) source(path, name string) Source[S] {
	if key, ok := strings.CutPrefix(name, "Extra."); ok && key != "" {
		extra := b.schema.Extra
		return From(name, "", Text, func(s S) string { return extra(s)[key] })
	}
	known := []string{"Extra."}
	for _, f := range b.schema.Sources {
		if name != "" && (f.Name == name || f.Alias == name) {
			return f
		}
		known = append(known, f.Name)
		if f.Alias != "" {
			known = append(known, f.Alias)
		}
	}
	b.fail(path, name, fmt.Errorf("unknown source field%s", didYouMean(name, known)))
	return Source[S]{Name: name}
}

func (b *ruleBuilder[S, R]) condition() {
	w := b.rule.When
	if w == nil {
		return
	}
	src := b.source("when.field", w.Field)
	if src.Get == nil {
		return
	}
	in := slices.Clone(w.In)
	for i, v := range in {
		var err error
		if in[i], err = normalize(src.Kind, v); err != nil || in[i] == "" {
			b.fail(fmt.Sprintf("when.in[%d]", i), w.Field, fmt.Errorf("%q can never be the value of %s", v, src.Kind))
		}
	}
	not, get := w.Not, src.Get
	b.out.whenName = src.Name
	b.out.when = func(s S) bool {
		v := strings.TrimSpace(get(s))
		if len(in) == 0 {
			return (v != "") != not
		}
		return slices.Contains(in, v) != not
	}
}

// matchKinds refuses a value that can never fit the target.
func (b *ruleBuilder[S, R]) matchKinds(kind Kind) {
	want := b.out.kind
	b.out.convert = want != Text && kind != want
	if want == Text || kind == Text || kind == want {
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
	var none S // a constant reads no record
	if _, _, err := b.out.evaluate(none, new([]string), nil); err != nil {
		b.fail("const", b.rule.To, err)
	}
}

// normalize brings text into the form of a target's kind; empty text stays.
func normalize(kind Kind, v string) (string, error) {
	if v == "" {
		return "", nil
	}
	switch kind {
	case Bool:
		if v == "true" || v == "false" {
			return v, nil
		}
		value, ok := textform.Bool(v)
		if !ok {
			return "", errBool
		}
		return strconv.FormatBool(value), nil
	case Date:
		if !textform.IsDate(v) {
			return "", errISODate
		}
		return v, nil
	case Text, Code:
	}
	return v, nil
}

const errISODate ruleError = "must be a date, as in 2024-03-31"

// print is the rule with its names resolved, for the fingerprint.
func (b *ruleBuilder[S, R]) print() string {
	var p fingerprinter
	p.texts("to", b.rule.To)
	for _, s := range b.out.from {
		p.texts("from", s.Name)
	}
	p.texts("const", b.rule.Const, "join", b.out.join, "default", b.out.fallback, strconv.FormatBool(b.rule.Required))
	for _, t := range b.rule.Transforms {
		p.texts("transform", t.Name)
		p.texts(t.Args...)
		for _, k := range slices.Sorted(maps.Keys(t.Table)) {
			p.texts("entry", k, t.Table[k])
		}
	}
	if b.out.owned == IfEmpty || b.out.owned == Never {
		p.texts("overwrite", b.out.owned)
	}
	if w := b.rule.When; w != nil {
		p.texts("when", b.out.whenName, strconv.FormatBool(w.Not))
		p.texts(w.In...)
	}
	return string(p)
}
