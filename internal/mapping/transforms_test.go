package mapping_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/internal/mapping"
	"github.com/securitytrax/adcimport/ledger"
)

// TestTransforms runs each built-in transform on the way of one value.
func TestTransforms(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in         string
		transforms []mapping.Transform
		want       string // with an exclamation mark: the rule that breaks
	}{
		{" a  b ", ts(tr("trim")), "a  b"},
		{" a  b ", ts(tr("collapse")), "a b"},
		{"aé", ts(tr("upper")), "AÉ"},
		{"AÉ", ts(tr("lower")), "aé"},
		{"MARY O'NEIL", ts(tr("title")), "Mary O'Neil"},
		{"a1-2", ts(tr("digits")), "12"},
		{"(555) 555-0123", ts(tr("phone")), "5555550123"},
		{"(555) 555-0123 x7", ts(tr("phone")), "5555550123 x7"},
		{"(555) 555-0123 x7", ts(tr("phone", "noext")), "5555550123"},
		{"555.555.0123", ts(tr("phone", "national")), "(555) 555-0123"},
		{"555.555.0123 #7", ts(tr("phone", "e164", "noext")), "+15555550123"},
		{"555.555.0123 #7", ts(tr("phone", "dashes")), "555-555-0123 x7"},
		{"5550123", ts(tr("phone")), "!must be a US or Canadian phone number"},
		{"virginia", ts(tr("state")), "VA"},
		{"Jalisco", ts(tr("state")), "!must be one of the 72 states"},
		{"Jalisco", ts(tr("state", "keep")), "Jalisco"},
		{"232201234", ts(tr("zip")), "23220-1234"},
		{"k1a0b1", ts(tr("zip")), "K1A 0B1"},
		{"1234", ts(tr("zip")), "!must be a US ZIP or a Canadian postal code"},
		{"1234", ts(tr("zip", "keep")), "1234"},
		{"2/29/2024", ts(tr("date")), "2024-02-29"},
		{"29.02.2024", ts(tr("date", "02.01.2006", "2006-01-02")), "2024-02-29"},
		{"0001-01-01", ts(tr("date")), ""},
		{"2/30/2024", ts(tr("date")), "!must be a date"},
		{"YES", ts(tr("bool")), "true"},
		{"maybe", ts(tr("bool")), "!must be a boolean word"},
		{"héllo", ts(tr("truncate", "2")), "hé"},
		{"héllo", ts(tr("truncate", "9")), "héllo"},
		{"a-b-c", ts(tr("replace", "-", "")), "abc"},
		{"a, b,c", ts(tr("split", ","), tr("trim"), tr("join", "/")), "a/b/c"},
		{"a,,c", ts(tr("split", ","), tr("join", "")), "ac"},
		{",b,c", ts(tr("split", ","), tr("first_of")), "b"},
		{"a,b", ts(tr("split", ","), tr("upper")), "A B"},
		{"a,b,c", ts(tr("split", ",", "1")), "b"},
		{"a,b,c", ts(tr("split", ",", "-1")), "c"},
		{"a,b,c", ts(tr("split", ",", "3")), ""},
		{"a,b,c", ts(tr("split", ",", "-4")), ""},
		{"1", ts(lookup("1", "one", "2", "two")), "one"},
		{"3", ts(lookup("1", "one", "*", "many")), "many"},
		{"3", ts(lookup("1", "one")), "!must be in the lookup table"},
		{"1", ts(lookup("1", "")), ""},
		{" ", ts(tr("trim"), tr("default", "none")), "none"},
		{"x", ts(tr("default", "none")), "x"},
		{"", ts(tr("default", "a,b"), tr("split", ","), tr("join", "+")), "a+b"},
		{"", ts(tr("phone"), tr("date"), tr("state")), "impossible"},
		{"", ts(tr("phone")), ""},
		{"", ts(tr("split", ","), tr("join", "+")), ""},
		{"", ts(lookup("1", "one")), ""},
	}
	for _, tt := range tests {
		names := make([]string, len(tt.transforms))
		for i, x := range tt.transforms {
			names[i] = x.Name
		}
		t.Run(strings.Join(names, "-")+"/"+tt.in, func(t *testing.T) {
			t.Parallel()
			if got := transformed(t, tt.in, tt.transforms); got != tt.want {
				t.Errorf("%q becomes %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

// transformed is the result, the broken rule after an exclamation mark, or
// "impossible" where the mapping is refused.
func transformed(t *testing.T, in string, transforms []mapping.Transform) string {
	t.Helper()
	list := rules(mapping.Rule{From: from("Extra.in"), To: "Custom.out", Transforms: transforms})
	p, problems := mapping.Compile(list, schema(), mapping.Host{})
	if problems != nil {
		if problems[0].Rule != 0 {
			t.Errorf("problems %v", texts(problems))
		}
		return "impossible"
	}
	dst := make(target)
	if fields := p.Begin().Apply(source{"Extra.in": in}, &dst); fields != nil {
		if fields[0].Field != "Custom.out" || len(dst) > 0 {
			t.Errorf("field errors %v with %v", fields, dst)
		}
		return "!" + fields[0].Rule
	}
	return dst["out"]
}

// TestTransforms_host adds a transform and lets it fail: its text, which may
// name the value, stays out of the field error.
func TestTransforms_host(t *testing.T) {
	t.Parallel()
	funcs := map[string]mapping.TransformFunc{
		"reverse": func(in string) (string, error) {
			if in == "secret" {
				return "", errors.New("cannot reverse " + in)
			}
			var b strings.Builder
			for i := len(in) - 1; i >= 0; i-- {
				b.WriteByte(in[i])
			}
			return b.String(), nil
		},
	}
	r := compiled(t, rules(mapping.Rule{
		From: from("FirstName", "LastName"), To: "Custom.x", Join: "-", Transforms: ts(tr("reverse"), tr("upper")),
	}), funcs).Begin()
	dst := make(target)
	if fields := r.Apply(source{"FirstName": "abc", "LastName": "def"}, &dst); fields != nil || dst["x"] != "CBA-FED" {
		t.Errorf("result %v, %v", dst, fields)
	}
	got := r.Apply(source{"LastName": "secret"}, &dst)
	want := []ledger.FieldError{{Field: "Custom.x", Rule: "transform reverse failed"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("field errors (-want +got):\n%s", diff)
	}
}

// FuzzTransforms gives any value to any pair of transforms: no panic, and no
// value in an error.
func FuzzTransforms(f *testing.F) {
	for i := range uint8(40) {
		f.Add("555-555-0123 x9, Virginia", i, i/3)
	}
	list := []mapping.Transform{
		tr("trim"), tr("collapse"), tr("upper"), tr("lower"), tr("title"), tr("digits"), tr("phone"),
		tr("phone", "national"), tr("state"), tr("state", "keep"), tr("zip"), tr("zip", "keep"), tr("date"), tr("bool"),
		tr("truncate", "3"), tr("replace", "-", "x"), tr("split", ","), tr("split", ",", "-1"), tr("join", "+"),
		tr("first_of"), lookup("a", "b"), lookup("*", "b"), tr("default", "d"),
	}
	rules := map[string]bool{
		"!must be a US or Canadian phone number": true, "!must be one of the 72 states": true,
		"!must be a US ZIP or a Canadian postal code": true, "!must be a date": true,
		"!must be a boolean word": true, "!must be in the lookup table": true,
	}
	f.Fuzz(func(t *testing.T, in string, a, b uint8) {
		pair := ts(list[int(a)%len(list)], list[int(b)%len(list)])
		got := transformed(t, in, pair)
		if strings.HasPrefix(got, "!") && !rules[got] && !strings.Contains(in, "!") {
			t.Fatalf("%v of %q: unknown rule %q", pair, in, got)
		}
	})
}
