package secrets_test

import (
	"fmt"
	"reflect"
)

// reach looks for secrets in all that can be reached from a value without
// calling a function, fields that are not exported included: what no printer
// whatever can print, nor a debugger's dump.
type reach struct {
	marks *marks
	seen  map[visit]bool
	found []string
	note  func(text string) // what is told of each text; nil: it is searched
}

type visit struct {
	at  uintptr
	typ reflect.Type
}

func (r *reach) walk(path string, v reflect.Value) {
	switch v.Kind() { //nolint:exhaustive // nothing hides in the others
	case reflect.String:
		r.text(path, v.String())
	case reflect.Interface:
		r.walk(path, v.Elem())
	case reflect.Pointer:
		r.pointer(path, v)
	case reflect.Struct:
		for i := range v.NumField() {
			r.walk(path+"."+v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		r.list(path, v)
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			r.walk(path+"[key]", it.Key())
			r.walk(path+"[]", it.Value())
		}
	default: // numbers, functions, channels
	}
}

func (r *reach) pointer(path string, v reflect.Value) {
	at := visit{v.Pointer(), v.Type()}
	if !v.IsNil() && !r.seen[at] {
		r.seen[at] = true
		r.walk(path, v.Elem())
	}
}

func (r *reach) list(path string, v reflect.Value) {
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
		r.text(path, string(v.Bytes()))
		return
	}
	for i := range v.Len() {
		r.walk(fmt.Sprintf("%s[%d]", path, i), v.Index(i))
	}
}

func (r *reach) text(path, text string) {
	if r.note != nil {
		r.note(text)
		return
	}
	if found := r.marks.in(text); len(found) > 0 {
		r.found = append(r.found, fmt.Sprintf("%s: %q", path, found))
	}
}
