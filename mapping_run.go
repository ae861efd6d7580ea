package adcimport

import "fmt"

// mappingRun applies a compiled mapping to the records of one run and counts
// which rules found anything. One goroutine at a time may use it.
type mappingRun[S, R any] struct {
	mapping *compiledMapping[S, R]
	records int
	matched []int // by rule: records whose sources were not all empty
	scratch []string
}

// begin starts the statistics of a run.
func (m *compiledMapping[S, R]) begin() *mappingRun[S, R] {
	return &mappingRun[S, R]{mapping: m, matched: make([]int, len(m.rules))}
}

// apply sets the target fields of dst from src and returns every field error,
// with names and rules, never values. The fields that no rule targets stay.
func (r *mappingRun[S, R]) apply(src *S, dst *R) []FieldError {
	r.records++
	var fields []FieldError
	for i := range r.mapping.rules {
		rule := &r.mapping.rules[i]
		if rule.when != nil && !rule.when(src) {
			continue
		}
		v, found, err := rule.evaluate(src, &r.scratch, nil)
		if found {
			r.matched[i]++
		}
		if err != nil {
			fields = append(fields, rule.fieldError(err))
			continue
		}
		rule.set(dst, v)
	}
	return fields
}

// warnings name the rules with sources that found nothing in the whole run.
func (r *mappingRun[S, R]) warnings() []string {
	if r.records == 0 {
		return nil
	}
	var list []string
	for i, rule := range r.mapping.rules {
		if len(rule.from) > 0 && r.matched[i] == 0 {
			list = append(list, fmt.Sprintf("rule %d (%s) matched 0 of %d records", rule.index, rule.to, r.records))
		}
	}
	return list
}
