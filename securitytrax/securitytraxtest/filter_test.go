package securitytraxtest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

func TestFilter_grammar(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`record_type = 'lead'`:                  `record_type = 'lead'`,
		`a='1'`:                                 `a = '1'`,
		`a = 1 OR b != 'x y' AND c >= 2`:        `(a = '1' OR (b != 'x y' AND c >= '2'))`,
		`(a = 1 or b = 2) and c !~ 'z'`:         `((a = '1' OR b = '2') AND c !~ 'z')`,
		`a ~ 'x' AND b % 'y%' AND c <= 3`:       `((a ~ 'x' AND b % 'y%') AND c <= '3')`,
		`((a = true))`:                          `a = 'true'`,
		`a = '(x OR y)'`:                        `a = '(x OR y)'`,
		`a < 5 AND (b > 6 OR (c = '' AND d=e))`: `(a < '5' AND (b > '6' OR (c = '' AND d = 'e')))`,
	} {
		got, err := securitytraxtest.ParseFilter(text)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: error %v (-want +got):\n%s", text, err, diff)
		}
	}
	for _, text := range []string{
		"", "a", "a =", "= 'x'", "a = 'x", "a = 'x' b = 'y'", "a = 'x' AND", "(a = 'x'", "a = 'x')", "()", "a == 'x'",
		"a = 'O'Neill'", "'a' = 'x'", "a ! 'x'", "a = \"x\"", "a = 'x' & b = 'y'", strings.Repeat("(", 60) + "a = 1" + strings.Repeat(")", 60),
	} {
		if got, err := securitytraxtest.ParseFilter(text); err == nil {
			t.Errorf("%s is taken as %s", text, got)
		}
	}
}

// FuzzFilter shows that no expression panics, and that one which is understood
// says the same when it is written again.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{`a = 'x' AND (b != 2 OR c ~ 'y')`, `a%'%'`, `((`, `a!='`, `or or or`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		once, err := securitytraxtest.ParseFilter(text)
		if err != nil {
			return
		}
		// deep expressions write more parentheses than may be read
		if twice, err := securitytraxtest.ParseFilter(once); err == nil && twice != once || err != nil && strings.Count(once, "(") <= 50 {
			t.Errorf("%q is %q, then %q (%v)", text, once, twice, err)
		}
	})
}
