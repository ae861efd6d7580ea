// Package optional says which optional interfaces an end of the importer has, and
// which ones a wrapper hides. It looks at types, and calls nothing but Unwrap.
package optional

import (
	"reflect"
	"slices"
)

// Of are the names of those interfaces that v or what it unwraps to has.
func Of(v any, interfaces []reflect.Type) (names []string) {
	has := make(map[reflect.Type]bool)
	for ; v != nil; v = unwrapped(v) {
		for _, t := range interfaces {
			has[t] = has[t] || reflect.TypeOf(v).Implements(t)
		}
	}
	for _, t := range interfaces {
		if has[t] {
			names = append(names, t.Name())
		}
	}
	return names
}

// Hidden are the names of those interfaces that v has not, though an end in one of its
// fields has: v wraps that one, and has no method Unwrap() any. An end has one of the
// interfaces in ends.
func Hidden(v any, ends, interfaces []reflect.Type) []string {
	last := v
	for next := v; next != nil; next = unwrapped(next) {
		last = next
	}
	if last == nil {
		return nil
	}
	shown := Of(v, interfaces)
	var hidden []string
	for _, wrapped := range endsIn(reflect.ValueOf(last), ends, depth) {
		for _, t := range interfaces {
			if wrapped.Implements(t) && !slices.Contains(shown, t.Name()) && !slices.Contains(hidden, t.Name()) {
				hidden = append(hidden, t.Name())
			}
		}
	}
	slices.Sort(hidden)
	return hidden
}

// depth is how far the fields of fields are looked at: wrappers of wrappers.
const depth = 4

// endsIn are the types of the ends that v has in its fields.
func endsIn(v reflect.Value, ends []reflect.Type, depth int) (found []reflect.Type) {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct || depth == 0 {
		return nil
	}
	for _, field := range v.Fields() {
		if field.Kind() == reflect.Interface {
			field = field.Elem()
		}
		if !field.IsValid() || field.Kind() == reflect.Pointer && field.IsNil() {
			continue
		}
		if slices.ContainsFunc(ends, field.Type().Implements) {
			found = append(found, field.Type())
			found = append(found, endsIn(field, ends, depth-1)...)
		}
	}
	return found
}

func unwrapped(v any) any {
	if u, ok := v.(interface{ Unwrap() any }); ok {
		return u.Unwrap()
	}
	return nil
}
