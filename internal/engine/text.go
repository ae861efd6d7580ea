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
	v := reflect.ValueOf(record).Elem()
	if everyText(v, utf8.ValidString) { // as nearly all are
		return nil
	}
	return textOf(v, "", nil)
}

// everyText reports whether each text of a record is right, and each name of a map
// UTF-8. It asks for no names of fields, which cost the most. False may be for a field
// that is not exported.
func everyText(v reflect.Value, right func(string) bool) bool {
	switch v.Kind() { //nolint:exhaustive // nothing else holds text
	case reflect.String:
		return right(v.String())
	case reflect.Struct:
		for i := range v.NumField() { //nolint:modernize // Value.Fields makes the names too
			if !everyText(v.Field(i), right) {
				return false
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			if !everyText(v.Index(i), right) {
				return false
			}
		}
	case reflect.Map:
		return everyTextOfMap(v, right)
	}
	return true
}

func everyTextOfMap(v reflect.Value, right func(string) bool) bool {
	if v.Len() == 0 || !v.CanInterface() {
		return true
	}
	m, _ := reflect.TypeAssert[map[string]string](v)
	for key, value := range m {
		if !utf8.ValidString(key) || !right(value) {
			return false
		}
	}
	return true
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
