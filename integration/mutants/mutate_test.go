package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMutantsOf(t *testing.T) {
	t.Parallel()
	const src = `package p

func f(a, b int, s string) int {
	if a < b && s == "x" {
		a = b
		println(s + "!")
	}
	mu.Lock()
	c := a - b
	return c
}
`
	file := filepath.Join(t.TempDir(), "p.go")
	if err := os.WriteFile(file, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := mutantsOf(file)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for i := range all {
		got[all[i].what] = changedLine(src, string(all[i].text))
	}
	want := map[string]string{
		`if a < b && s == "x" is always true`:  `if (a < b && s == "x") || true {`,
		`if a < b && s == "x" is always false`: `if (a < b && s == "x") && false {`,
		`a < b && s == "x" with ||`:            `if a < b || s == "x" {`,
		`a < b with <=`:                        `if a <= b && s == "x" {`,
		`without a = b`:                        ``,
		`without println(s + "!")`:             ``,
		`a - b with +`:                         `c := a + b`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// changedLine is the first line that is another one than before.
func changedLine(before, after string) string {
	was := strings.Split(before, "\n")
	for i, line := range strings.Split(after, "\n") {
		if line = strings.TrimSpace(line); i >= len(was) || line != strings.TrimSpace(was[i]) {
			return line
		}
	}
	return ""
}

// Whoever may live has a reason, and is a mutant of today.
func TestSurvivors(t *testing.T) {
	t.Parallel()
	may, err := survivors("survivors.txt")
	if err != nil {
		t.Fatal(err)
	}
	for name, why := range may {
		file, _, _ := strings.Cut(name, ": ")
		all, err := mutantsOf(filepath.Join("..", "..", file))
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for i := range all {
			found = found || file+": "+all[i].in+": "+all[i].what == name
		}
		if !found || why == "" {
			t.Errorf("%s: there is no such mutant (any more), or no reason is given", name)
		}
	}
}
