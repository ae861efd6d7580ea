package conformance

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/securitytrax/adcimport"
)

// marks are values that belong to a person, by the name of their field. None of
// them may come back in an error.
type marks map[string][]string

// shortest is the length from which on a value is told from a word of the message.
const shortest = 5

// add marks a value.
func (m marks) add(field, value string) {
	if len(value) >= shortest {
		m[field] = append(m[field], strings.ToLower(value))
	}
}

// impersonal wants none of the values in an error, nor in what it wraps.
func (m marks) impersonal(t *trial, call string, err error) {
	for _, text := range texts(err) {
		text = strings.ToLower(text)
		for _, field := range slices.Sorted(maps.Keys(m)) {
			if slices.ContainsFunc(m[field], func(value string) bool { return strings.Contains(text, value) }) {
				t.failf("the error of %s quotes the record's %s", call, field)
			}
		}
	}
}

// texts has what an error says, and each that it wraps: a log may print any of them.
func texts(err error) []string {
	if err == nil {
		return nil
	}
	all := []string{err.Error()}
	switch e := err.(type) { //nolint:errorlint // it walks the chain itself
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			all = append(all, texts(inner)...)
		}
	case interface{ Unwrap() error }:
		all = append(all, texts(e.Unwrap())...)
	}
	if e, ok := errors.AsType[*adcimport.RecordError](err); ok {
		for _, f := range e.Fields {
			all = append(all, f.Field, f.Rule)
		}
	}
	return all
}

// impersonal wants an error without anything of the suite's own records.
func (t *trial) impersonal(call string, err error) {
	m := marks{}
	for _, personal := range []string{"Nov\u00e1kov\u00e1", "example.com", "1 Main St", "2 Side St", "Quill"} {
		m.add("values", personal)
	}
	m.impersonal(t, call, err)
}
