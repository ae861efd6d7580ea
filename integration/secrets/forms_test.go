package secrets_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
)

// subject is a value with all the forms in which it is printed.
type subject struct {
	name  string // of its type, as in alarmcom.Config
	value any
	forms []any
	// open is a value whose fields the host writes and reads, so that they are no
	// closures. It is printed only where package fmt asks its methods.
	open bool
}

type (
	shown[T any]  struct{ V T }
	hidden[T any] struct{ v T }
	both[T any]   struct {
		hidden[T]

		V []T
	}
)

// built is a value that this library made, or that holds nothing open.
func built[T any](v T) subject {
	s := open(v)
	s.open = false
	var boxed any = v
	s.forms = append(s.forms, hidden[T]{v}, &hidden[T]{v}, hidden[*T]{&v}, hidden[any]{boxed}, hidden[[]T]{[]T{v}},
		hidden[map[string]T]{map[string]T{"k": v}}, shown[*shown[T]]{&shown[T]{v}}, shown[*hidden[T]]{&hidden[T]{v}},
		hidden[*hidden[T]]{&hidden[T]{v}}, hidden[shown[*T]]{shown[*T]{&v}}, both[T]{hidden[T]{v}, []T{v}})
	return s
}

// open is a value with fields of the host.
func open[T any](v T) subject {
	var boxed any = v
	s := subject{name: nameOf(reflect.TypeOf(v)), value: v, open: true, forms: []any{
		v, &v,
		shown[T]{v},
		&shown[T]{v},
		shown[*T]{&v},
		shown[any]{boxed},
		shown[[]*T]{[]*T{&v}},
		shown[shown[T]]{shown[T]{v}},
		[]T{v},
		[]*T{&v},
		[1]T{v},
		[]any{boxed},
		map[string]T{"k": v},
		map[string]*T{"k": &v},
		map[string]any{"k": boxed},
		map[string][]T{"k": {v}},
	}}
	if reflect.ValueOf(&v).Elem().Comparable() {
		s.forms = append(s.forms, map[any]int{boxed: 1})
	}
	if err, ok := boxed.(error); ok {
		s.forms = append(s.forms, fmt.Errorf("wrapped: %w", err), errors.Join(err, err))
	}
	return s
}

// nameOf is package and name of a type, without pointers and type arguments.
func nameOf(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name, _, _ := strings.Cut(t.String(), "[")
	return name
}

var verbs = []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "% x", "%#x", "%o", "%b", "%t", "%e", "%c", "%U", "%40v", "%!", "%z"}

// unfit are formats that fit no struct: package fmt asks no method then.
var unfit = []string{"%p %p\n", "%w\n", "%w %w\n", "%[5]d\n", "%*d\n", "%.*s\n", "too many values\n"}

// printed is a form under every verb, in slog, and in what encodes.
func (s subject) printed(form any) string {
	var out strings.Builder
	for _, verb := range verbs {
		fmt.Fprintf(&out, verb+"\n", form)
	}
	if !s.open {
		for _, mistake := range unfit {
			fmt.Fprintf(&out, mistake, form, form)
		}
	}
	fmt.Fprintln(&out, form, fmt.Sprint(form))
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		log := slog.New(h)
		log.Info("x", "v", form, slog.Group("g", "v", form)) //nolint:sloglint // as a host may
		log.With("with", form).Info("x")                     //nolint:sloglint // as above
	}
	text, err := json.Marshal(form)
	fmt.Fprintf(&out, "%s %v\n", text, err)
	text, err = xml.Marshal(form)
	fmt.Fprintf(&out, "%s %v\n", text, err)
	return out.String()
}
