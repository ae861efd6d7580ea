package adcimport_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/mapping"
)

const mappingDoc = "docs/mapping.md"

// snippet is a fenced block with what is written after the fence.
type snippet struct{ kind, text string }

func docSnippets(t *testing.T) []snippet {
	t.Helper()
	var list []snippet
	for _, m := range regexp.MustCompile("(?ms)^```([a-z ]*)\n(.*?)^```$").FindAllStringSubmatch(readText(t, mappingDoc), -1) {
		list = append(list, snippet{m[1], m[2]})
	}
	if len(list) < 10 {
		t.Fatalf("found %d snippets: the search does not see them", len(list))
	}
	return list
}

func readText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestMappingDoc_snippets runs every JSON snippet and finds every Go snippet,
// and the text that it prints, in an example that is run.
func TestMappingDoc_snippets(t *testing.T) {
	t.Parallel()
	examples := readText(t, "mapping_example_test.go")
	list := docSnippets(t)
	for i, s := range list {
		switch s.kind {
		case "json":
			checkDocMapping(t, s.text)
		case "json rejected":
			_, err := adcimport.ParseMapping([]byte(s.text))
			want := strings.Split(strings.TrimSpace(list[i+1].text), "\n")
			if diff := cmp.Diff(want, mappingErrors(t, err)); diff != "" {
				t.Errorf("errors of %s (-doc +got):\n%s", s.text, diff)
			}
		case "go":
			if !strings.Contains(examples, indent("\t", s.text)) {
				t.Errorf("no example has\n%s", s.text)
			}
		case "text":
			if list[i-1].kind == "go" && !strings.Contains(examples, "// Output:\n"+indent("\t// ", s.text)+"}") {
				t.Errorf("no example prints\n%s", s.text)
			}
		default:
			t.Errorf("snippet of kind %q", s.kind)
		}
	}
}

// checkDocMapping takes a whole mapping or one rule.
func checkDocMapping(t *testing.T, text string) {
	t.Helper()
	if !strings.Contains(text, `"rules"`) {
		text = `{"rules": [` + text + `]}`
	}
	m, err := adcimport.ParseMapping([]byte(text))
	if err == nil {
		err = m.CheckCustomers(nil)
	}
	if err != nil {
		t.Errorf("%s\n%v", text, err)
	}
}

func indent(prefix, text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line != "\n" {
			b.WriteString(prefix)
		}
		b.WriteString(line)
	}
	return b.String()
}

// docTables are the rows of the tables, by the first cell of the head.
func docTables(t *testing.T, head string) [][]string {
	t.Helper()
	var rows [][]string
	in := false
	for line := range strings.Lines(readText(t, mappingDoc)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			in = false
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case cells[0] == head:
			in = true
		case in && !strings.HasPrefix(cells[0], "---"):
			rows = append(rows, cells)
		}
	}
	if len(rows) == 0 {
		t.Fatalf("no table with head %q", head)
	}
	return rows
}

// TestMappingDoc_transforms runs the example of each row of the tables of
// transforms, and finds each built-in transform there.
func TestMappingDoc_transforms(t *testing.T) {
	t.Parallel()
	var named []string
	for _, row := range docTables(t, "transform") {
		written, before, after := code(row[1]), code(row[2]), code(row[3])
		m, err := adcimport.ParseMapping([]byte(`{"rules": [{"from": "Extra.in", "to": "Custom.out", "transforms": [` + written + `]}]}`))
		if err != nil {
			t.Errorf("%s: %v", written, err)
			continue
		}
		for _, x := range m.Rules[0].Transforms {
			named = append(named, x.Name)
		}
		got := transformed(t, before, m.Rules[0].Transforms)
		if want := strings.Replace(after, "! ", "!", 1); got != want {
			t.Errorf("%s makes %q of %q, the document says %q", written, got, before, want)
		}
	}
	slices.Sort(named)
	if diff := cmp.Diff(mapping.BuiltIn(), slices.Compact(named)); diff != "" {
		t.Errorf("transforms (-built-in +documented):\n%s", diff)
	}
}

// transformed is what the transforms make of a value, or the broken rule after
// an exclamation mark.
func transformed(t *testing.T, in string, transforms []adcimport.Transform) string {
	t.Helper()
	m := adcimport.Mapping{Rules: []adcimport.Rule{{From: []string{"Extra.in"}, To: "Custom.out", Transforms: transforms}}}
	rec, fields := mapCustomer(t, m, adcimport.Customer{Extra: map[string]string{"in": in}})
	if len(fields) > 0 {
		return "!" + fields[0].Rule
	}
	return rec.Custom["out"]
}

// code is what stands between backquotes; "(empty)" is nothing.
func code(cell string) string {
	if cell == "(empty)" {
		return ""
	}
	return strings.Trim(cell, "`")
}

// TestMappingDoc_keys compares the keys of a rule with those of its JSON form.
func TestMappingDoc_keys(t *testing.T) {
	t.Parallel()
	data, err := json.Marshal(everyMapping())
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range docTables(t, "key") {
		if !strings.Contains(string(data), `"`+code(row[0])+`":`) {
			t.Errorf("no rule has the key %s", row[0])
		}
	}
}
