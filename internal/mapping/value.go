package mapping

import (
	"errors"

	"github.com/securitytrax/adcimport/internal/guard"
	"github.com/securitytrax/adcimport/ledger"
)

// watcher is told the values after every step, for an explanation; nil in a run.
// The slice is the caller's.
type watcher func(step string, values []string, err error)

// evaluate returns the rule's value for one record. Found reports whether a source
// had a value at all. The error is a ruleError or a hostTransformError.
func (r *rule[S, R]) evaluate(src S, scratch *[]string, watch watcher) (v string, found bool, err error) {
	if r.simple {
		v, found, err = r.single(src, watch)
	} else {
		v, found, err = r.several(src, scratch, watch)
	}
	if err != nil {
		return "", found, err
	}
	v, err = r.finish(v, watch)
	return v, found, err
}

// finish brings a value into the target's form, or the default in its place.
func (r *rule[S, R]) finish(v string, watch watcher) (string, error) {
	if r.convert && v != "" {
		in := v
		var err error
		v, err = normalize(r.kind, in)
		if watch != nil && v != in {
			watch(r.kind.step(), []string{v}, err)
		}
		if err != nil {
			return "", err
		}
	}
	if v == "" && r.fallback != "" {
		v = r.fallback
		if watch != nil {
			watch("default", []string{v}, nil)
		}
	}
	if v == "" && r.required {
		return "", errRequired
	}
	return v, nil
}

const errRequired ruleError = "required"

// single evaluates a rule that has one value all the way.
func (r *rule[S, R]) single(src S, watch watcher) (v string, found bool, err error) {
	v = r.constant
	if len(r.from) > 0 {
		v = r.from[0].Get(src)
	}
	found = v != ""
	for i := range r.steps {
		s := &r.steps[i]
		v, err = s.apply(v)
		if watch != nil {
			watch(s.name, []string{v}, err)
		}
		if err != nil {
			return "", found, err
		}
	}
	return v, found, nil
}

// several evaluates a rule of several values. It reuses scratch.
func (r *rule[S, R]) several(src S, scratch *[]string, watch watcher) (v string, found bool, err error) {
	values := (*scratch)[:0]
	defer func() { *scratch = values }()
	for i := range r.from {
		in := r.from[i].Get(src)
		found = found || in != ""
		values = append(values, in)
	}
	if len(r.from) == 0 {
		values = append(values, r.constant)
	}
	for i := range r.steps {
		s := &r.steps[i]
		values, err = s.applyAll(values)
		if watch != nil {
			watch(s.name, values, err)
		}
		if err != nil {
			return "", found, err
		}
	}
	if len(values) == 1 {
		return values[0], found, nil
	}
	v = joinGiven(values, r.join)
	if watch != nil {
		watch("join", []string{v}, nil)
	}
	return v, found, nil
}

// apply takes one value a step further.
func (s *step) apply(v string) (string, error) {
	switch {
	case v == "" && s.empty != nil:
		return s.empty(), nil
	case v == "" || s.each == nil:
		return v, nil
	}
	return s.each(v)
}

// applyAll takes several values a step further, in place where it can.
func (s *step) applyAll(values []string) ([]string, error) {
	switch {
	case s.fold != nil:
		return append(values[:0], s.fold(values)), nil
	case s.expand != nil && values[0] == "":
		return values, nil
	case s.expand != nil:
		return s.expand(values[0]), nil
	}
	for i, v := range values {
		out, err := s.apply(v)
		if err != nil {
			return values, err
		}
		values[i] = out
	}
	return values, nil
}

// fieldError describes what broke without any value.
func (r *rule[S, R]) fieldError(err error) ledger.FieldError {
	if host := (*hostTransformError)(nil); errors.As(err, &host) {
		rule := "transform " + host.name + " failed"
		if _, panicked := errors.AsType[*guard.Error](host.err); panicked {
			rule = "transform " + host.name + " panicked"
		}
		return ledger.FieldError{Field: r.to, Rule: rule}
	}
	return ledger.FieldError{Field: r.to, Rule: err.Error()}
}
