package panics_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport/adcimporttest/internal/panics"
)

// nobody is no error, as of a look-up that found none.
func nobody() error { return nil }

func TestGuard(t *testing.T) {
	t.Parallel()
	errOwn := errors.New("an error")
	tests := map[string]struct {
		do   func() error
		want []string // in the text; nil: no error
	}{
		"nothing":         {func() error { return nil }, nil},
		"an error":        {func() error { return errOwn }, []string{"an error"}},
		"a panic":         {func() error { panic("oh") }, []string{"panic: oh", "panics_test.go:"}},
		"an error thrown": {func() error { panic(errOwn) }, []string{"panic: an error", "panics_test.go:"}},
		"nil pointer":     {func() error { return errors.New(nobody().Error()) }, []string{"nil pointer", "panics_test.go:"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := fmt.Sprint(panics.Guard(tt.do))
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not in\n%s", want, text)
				}
			}
			if tt.want == nil && text != "<nil>" || strings.Contains(text, "debug.Stack") || strings.Count(text, "\n") > 12 {
				t.Errorf("error\n%s", text)
			}
		})
	}
}
