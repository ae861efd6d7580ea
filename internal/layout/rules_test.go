package layout_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLayout_rulesFind shows that each rule of TestLayout_everyFile finds what
// it is for, and nothing else.
func TestLayout_rulesFind(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("\n", n) }
	tests := map[string]struct {
		src  string
		want []string
	}{
		"long file":            {long(400) + "// end", []string{"1: file has 402 lines, want at most 400"}},
		"long function":        {"func f() {" + long(60) + "}", []string{"2: f has 61 lines, want at most 60"}},
		"function at 60":       {"func f() {" + long(59) + "}", nil},
		"wide line":            {"// " + strings.Repeat("w", 138), []string{"2: line has 141 columns, want at most 140"}},
		"bare function":        {"func F() {}", []string{"2: F has no doc comment"}},
		"bare method":          {"func (t *T[A, B]) M() {}", []string{"2: M has no doc comment"}},
		"method of unexported": {"func (t t) M() {}", nil},
		"known method":         {"func (t T) Error() string { return `` }", nil},
		"bare type":            {"type T int", []string{"2: T has no doc comment"}},
		"type in a group":      {"// Types.\ntype (\n\tT int\n\t// U is one.\n\tU int\n)", []string{"4: T has no doc comment"}},
		"constants in a group": {"// The kinds.\nconst (\n\tA = 1\n\tB = 2\n)", nil},
		"bare constant":        {"const A = 1", []string{"2: A has no doc comment"}},
		"init":                 {"func init() {}", []string{"2: init function"}},
		"state":                {"// n counts.\nvar n int", []string{"3: package-level variable n is no error"}},
		"cache":                {"// m caches.\nvar m = make(map[string]int)", []string{"3: package-level variable m is no error"}},
		"exported table":       {"// T is one.\nvar T = []int{1}", []string{"3: package-level variable T is no error"}},
		"bare table":           {"var t = []int{1}", []string{"2: package-level variable t is no error"}},
		"table":                {"// t maps.\nvar t = []int{1}", nil},
		"regexp":               {"// r finds.\nvar r = regexp.MustCompile(`a`)", nil},
		"error":                {"// ErrX is one.\nvar ErrX = errors.New(`x`)", nil},
		"another's error":      {"// ErrX is one.\nvar ErrX = p.ErrX", nil},
		"another's state":      {"// X is one.\nvar X = p.X", []string{"3: package-level variable X is no error"}},
		"assertion":            {"var _ I = T{}", nil},
		"embedded":             {"//go:embed *.sql\nvar files embed.FS", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := parseSource("x.go", "package x\n"+tt.src+"\n")
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, w := range tt.want {
				want = append(want, "x.go:"+w)
			}
			got := slices.Concat(checkSize(f), checkWidth(f), checkDocs(f), checkGlobals(f))
			for i := range got {
				got[i], _, _ = strings.Cut(got[i], ", documented table")
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("complaints (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLayout_rulesTellStandardFromOthers keeps the classification of import
// paths honest, on which the dependency rules stand.
func TestLayout_rulesTellStandardFromOthers(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"net/http":                  true,
		"vendor/golang.org/x/net":   true,
		"golang.org/x/time/rate":    false,
		modulePath + "/internal/x":  false,
		"github.com/jarcoal/httpmk": false,
	} {
		if got := standard(path); got != want {
			t.Errorf("standard(%q) = %t", path, got)
		}
	}
}

func TestLayout_rulesReadDocs(t *testing.T) {
	t.Parallel()
	text := "see [this](design.md#why), [that](../SECURITY.md), [web](https://example.com/x), [here](#here), " +
		"`integration/model/`, `layout_test.go`, `Config.Link`, `already_imported`, `/abs/`"
	want := []string{"docs/design.md", "SECURITY.md", "../../integration/model", "../../layout_test.go"}
	if diff := cmp.Diff(want, namedFiles("docs", text)); diff != "" {
		t.Errorf("named files (-want +got):\n%s", diff)
	}
}
