package adcimport_test

import (
	"regexp"
	"strings"
	"testing"
)

// Every snippet of docs/updating.md, and what it prints, is in an example that is run.
func TestUpdatingDoc_snippets(t *testing.T) {
	t.Parallel()
	examples := readText(t, "updating_example_test.go")
	n := 0
	for _, m := range regexp.MustCompile("(?ms)^```([a-z ]*)\n(.*?)^```$").FindAllStringSubmatch(readText(t, "docs/updating.md"), -1) {
		n++
		found := false
		switch m[1] {
		case "go", "json":
			found = strings.Contains(examples, indent("\t", m[2])) || strings.Contains(examples, strings.TrimSpace(m[2]))
		case "text":
			found = strings.Contains(examples, "// Output:\n"+indent("\t// ", m[2])+"}")
		}
		if !found {
			t.Errorf("no example has the %s snippet\n%s", m[1], m[2])
		}
	}
	if n < 5 {
		t.Errorf("found %d snippets: the search does not see them", n)
	}
}
