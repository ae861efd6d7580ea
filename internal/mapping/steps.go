package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// transforms compiles the rule's transforms and follows what the value is on
// its way, so that steps which could never work are refused. ok is false when
// the kind at the end is not known, because a transform is wrong.
func (b *ruleBuilder[S, R]) transforms(kind Kind, many bool) (_ Kind, _, ok bool) {
	specs := transformSpecs()
	ok = true
	b.out.simple = !many
	for i, t := range b.rule.Transforms {
		path := fmt.Sprintf("transforms[%d]", i)
		spec, builtIn := specs[t.Name]
		if !builtIn {
			ok = b.hostTransform(path, t, slices.Collect(maps.Keys(specs))) && ok
			kind = Text
			continue
		}
		st, err := spec.compile(t, kind, many)
		if err != nil {
			b.fail(path, b.rule.To, fmt.Errorf("transform %s: %w", t.Name, err))
			ok = false
			continue
		}
		switch {
		case st.fold != nil:
			many = false
		case st.expand != nil:
			many, b.out.simple = true, false
		}
		if !spec.keeps {
			kind = spec.makes
		}
		b.out.steps = append(b.out.steps, st)
	}
	return kind, many, ok
}

func (spec transformSpec) compile(t Transform, kind Kind, many bool) (step, error) {
	if !slices.Contains(spec.takes, kind) {
		return step{}, fmt.Errorf("cannot work on %s", kind)
	}
	if err := spec.checkShape(t); err != nil {
		return step{}, err
	}
	st, err := spec.build(t)
	st.name = t.Name
	switch {
	case err != nil:
		return step{}, err
	case st.fold != nil && !many:
		return step{}, ruleError("needs several values")
	case st.expand != nil && many:
		return step{}, ruleError("cannot work on several values")
	}
	return st, nil
}

// hostTransform binds a transform of the host's.
func (b *ruleBuilder[S, R]) hostTransform(path string, t Transform, builtIn []string) bool {
	b.pure = false
	f, ok := b.host.Transforms[t.Name]
	switch {
	case !ok && (!b.host.Unknown || t.Name == ""):
		known := slices.AppendSeq(builtIn, maps.Keys(b.host.Transforms))
		slices.Sort(known)
		b.fail(path, b.rule.To, fmt.Errorf("unknown transform %q%s", t.Name, didYouMean(t.Name, known)))
		return false
	case len(t.Args) > 0 || len(t.Table) > 0:
		b.fail(path, b.rule.To, fmt.Errorf("transform %s: a transform of the host's takes no arguments", t.Name))
		return false
	}
	b.out.steps = append(b.out.steps, step{name: t.Name, each: func(s string) (string, error) {
		out, err := f(s)
		if err != nil {
			return "", &hostTransformError{t.Name, err}
		}
		return out, nil
	}})
	return true
}

// hostTransformError keeps apart the text of a host's error, which may hold a
// value of the record.
type hostTransformError struct {
	name string
	err  error
}

func (e *hostTransformError) Error() string { return e.err.Error() }
func (e *hostTransformError) Unwrap() error { return e.err }

// fingerprinter writes texts so that no two lists of them look the same.
type fingerprinter []byte

func (p *fingerprinter) texts(list ...string) {
	for _, s := range list {
		*p = append(strconv.AppendQuote(*p, s), ' ')
	}
}
