package guard_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport/internal/guard"
)

func TestCall(t *testing.T) {
	t.Parallel()
	const secret = "Sesame"
	for name, tt := range map[string]struct {
		f         func()
		text, typ string
	}{
		"returns":       {func() {}, "", ""},
		"panics":        {func() { panic(secret) }, "panic in it", "string"},
		"runtime error": {func() { _ = secret[len(secret):][0] }, "panic in it", "runtime.boundsError"},
		"error":         {func() { panic(errors.New(secret)) }, "panic in it", "*errors.errorString"},
		"Goexit":        {func() { runtime.Goexit() }, "it ended its goroutine", ""},
		"recovers":      {func() { defer func() { _ = recover() }(); panic(secret) }, "", ""},
		"deep": {func() {
			var f func(int)
			f = func(n int) {
				if n == 0 {
					panic(secret)
				}
				f(n - 1)
			}
			f(10_000)
		}, "panic in it", "string"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := guard.Call("it", tt.f)
			if tt.text == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			e, ok := errors.AsType[*guard.Error](err)
			if !ok || e.Error() != tt.text || e.Type != tt.typ {
				t.Fatalf("%+v", err)
			}
			if all := fmt.Sprintf("%+v", *e); strings.Contains(all, secret) || !strings.Contains(all, "guard_test") {
				t.Error(all)
			}
		})
	}
}
