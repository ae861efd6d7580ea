package ability_test

import (
	"fmt"
	"testing"

	"github.com/securitytrax/adcimport/adcimporttest/internal/ability"
)

type named string

func (n named) String() string { return string(n) }

type wrapper struct{ inner any }

func (w wrapper) Unwrap() any { return w.inner }

type namedWrapper struct {
	named
	wrapper
}

func TestFind(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		v    any
		want string
	}{
		"nothing":                 {nil, ""},
		"itself":                  {named("a"), "a"},
		"wrapped":                 {wrapper{named("a")}, "a"},
		"wrapped twice":           {wrapper{wrapper{named("a")}}, "a"},
		"the outer one":           {namedWrapper{"a", wrapper{named("b")}}, "a"},
		"a wrapper of nothing":    {wrapper{nil}, ""},
		"a chain without it":      {wrapper{wrapper{1}}, ""},
		"what cannot be compared": {wrapper{[]int{1}}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, ok := ability.Find[fmt.Stringer](tt.v)
			if ok != (tt.want != "") || ok && found.String() != tt.want {
				t.Errorf("%v, %t, want %q", found, ok, tt.want)
			}
		})
	}
}
