package mapping

import (
	"fmt"
	"slices"

	"github.com/securitytrax/adcimport/ledger"
)

// Run applies a program to the records of one run and counts which rules found
// anything. One goroutine at a time may use it.
type Run[S, R any] struct {
	program *Program[S, R]
	tried   []int // by rule: records for which it was evaluated
	matched []int // by rule: of these, those whose sources were not all empty
	scratch []string
}

// Begin returns a Run that has counted nothing yet.
func (p *Program[S, R]) Begin() *Run[S, R] {
	return &Run[S, R]{program: p, tried: make([]int, len(p.rules)), matched: make([]int, len(p.rules))}
}

// Apart returns a Run of the same rules that counts for itself.
func (r *Run[S, R]) Apart() *Run[S, R] { return r.program.Begin() }

// Apply sets the target fields of dst from src and returns every field error,
// with names and rules, never values. The fields that no rule targets stay.
func (r *Run[S, R]) Apply(src S, dst R) []ledger.FieldError {
	var fields []ledger.FieldError
	for i := range r.program.rules {
		rule := &r.program.rules[i]
		if rule.when != nil && !rule.when(src) {
			continue
		}
		r.tried[i]++
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

// Matched returns the keys of the rules that found something, but for those of
// which it is known already.
func (r *Run[S, R]) Matched(before []string) []string {
	var keys []string
	for i, rule := range r.program.rules {
		if len(rule.from) > 0 && r.matched[i] > 0 && !slices.Contains(before, rule.key) && !slices.Contains(keys, rule.key) {
			keys = append(keys, rule.key)
		}
	}
	return keys
}

// minTried is after how many records it means something that a rule found nothing:
// of a few, as an ordinary night brings, none may have the field.
const minTried = 100

// Warnings returns a text for each rule that was tried on many records and whose
// sources were empty in all of them, also in those of the runs before: before has
// the keys of rules that ever matched.
func (r *Run[S, R]) Warnings(before []string) []string {
	var list []string
	for i, rule := range r.program.rules {
		if len(rule.from) > 0 && r.tried[i] >= minTried && r.matched[i] == 0 && !slices.Contains(before, rule.key) {
			list = append(list, fmt.Sprintf("rule %d (%s) matched 0 of %d records", rule.index, rule.to, r.tried[i]))
		}
	}
	return list
}
