package engine

import (
	"maps"
	"reflect"
	"slices"
	"unicode/utf8"

	"github.com/securitytrax/adcimport/ledger"
)

const ruleText = "must be UTF-8 text"

// brokenText names the fields of a record, a source's or a sink's, that hold no
// UTF-8: JSON would put U+FFFD for what is none, and the record would be created
// with it. The values are not shown.
func brokenText(record any) []ledger.FieldError {
	return textOf(reflect.ValueOf(record).Elem(), "", nil)
}

func textOf(v reflect.Value, name string, broken []ledger.FieldError) []ledger.FieldError {
	switch v.Kind() { //nolint:exhaustive // nothing else holds text
	case reflect.String:
		if !utf8.ValidString(v.String()) {
			broken = append(broken, ledger.FieldError{Field: name, Rule: ruleText})
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				broken = textOf(v.Field(i), joinName(name, f.Name), broken)
			}
		}
	case reflect.Slice:
		for i, before := 0, len(broken); i < v.Len() && len(broken) == before; i++ {
			broken = textOf(v.Index(i), name, broken)
		}
	case reflect.Map:
		broken = textOfMap(v, name, broken)
	}
	return broken
}

// textOfMap names a value by its key, and a key that is no text not at all.
func textOfMap(v reflect.Value, name string, broken []ledger.FieldError) []ledger.FieldError {
	m, ok := reflect.TypeAssert[map[string]string](v)
	if !ok {
		return broken
	}
	badKey := false
	for _, key := range slices.Sorted(maps.Keys(m)) {
		switch value := m[key]; {
		case !utf8.ValidString(key):
			badKey = true
		case !utf8.ValidString(value):
			broken = append(broken, ledger.FieldError{Field: joinName(name, key), Rule: ruleText})
		}
	}
	if badKey {
		broken = append(broken, ledger.FieldError{Field: name, Rule: "must have names of UTF-8 text"})
	}
	return broken
}

func joinName(name, part string) string {
	if name == "" {
		return part
	}
	return name + "." + part
}
