package conformance_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/adcimporttest/conformance"
)

// HeldCustomers tells the suite what is in the directory.
func (s dirSink) HeldCustomers(context.Context) (ids []string, err error) {
	names, err := filepath.Glob(filepath.Join(s.dir, "customer-*.json"))
	for _, name := range names {
		id := strings.TrimSuffix(filepath.Base(name), ".json")
		ids = append(ids, strings.TrimPrefix(id, "customer-"))
	}
	return ids, err
}

// ReadCustomer reads a file back.
func (s dirSink) ReadCustomer(_ context.Context, name string) (rec adcimport.CustomerRecord, err error) {
	text, err := os.ReadFile(filepath.Join(s.dir, filepath.Base(name)))
	if err != nil {
		return rec, err
	}
	return rec, json.Unmarshal(text, &rec)
}

func (dirSink) HonoursKeys() bool { return true }

// The Sink of docs/partners.md passes the suite.
func TestPartnersDoc_sink(t *testing.T) {
	t.Parallel()
	conformance.RunSink(t, func(t *testing.T) conformance.SinkCase {
		t.Helper()
		return conformance.SinkCase{Sink: adcimport.CustomersOnlySink(dirSink{dir: t.TempDir()})}
	})
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const partnersDoc = "../../docs/partners.md"

// Every Go snippet of docs/partners.md is code that is compiled and run by tests,
// and its Sink has less than 80 lines.
func TestPartnersDoc_snippets(t *testing.T) {
	t.Parallel()
	sink := readFile(t, "partner_sink_test.go")
	var text strings.Builder
	text.WriteString(sink)
	for _, name := range []string{
		"partner_doc_test.go", "example_test.go", "storetest/example_test.go", "../example_test.go", "../../example_own_source_test.go",
	} {
		text.WriteString(readFile(t, name))
	}
	code := text.String()
	indent := regexp.MustCompile(`(?m)^\t+`)
	code = indent.ReplaceAllString(code, "")
	n, whole := 0, false
	for _, m := range regexp.MustCompile("(?ms)^```go\n(.*?)^```$").FindAllStringSubmatch(readFile(t, partnersDoc), -1) {
		n++
		if !strings.Contains(code, indent.ReplaceAllString(m[1], "")) {
			t.Errorf("no code that is run has the snippet\n%s", m[1])
		}
		whole = whole || strings.Contains(sink, m[1]) && strings.HasSuffix(sink, m[1])
	}
	if n < 4 || !whole {
		t.Errorf("%d snippets, the whole sink among them: %t", n, whole)
	}
	_, body, _ := strings.Cut(sink, "// dirSink")
	if lines := strings.Count(body, "\n"); lines >= 80 {
		t.Errorf("the sink has %d lines", lines)
	}
}

// The decision table has every optional interface there is, and the page names
// only rules that exist.
func TestPartnersDoc_names(t *testing.T) {
	t.Parallel()
	doc := readFile(t, partnersDoc)
	found := regexp.MustCompile(`(?m)^	([A-Z]\w+) interface \{$`).FindAllStringSubmatch(readFile(t, "../../abilities.go"), -1)
	if len(found) < 10 {
		t.Fatalf("%d optional interfaces: the search does not see them", len(found))
	}
	for _, m := range found {
		if !strings.Contains(doc, "`"+m[1]+"`") {
			t.Errorf("%s says nothing of %s", partnersDoc, m[1])
		}
	}
	rules := map[string]bool{}
	for _, name := range slices.Concat(conformance.SourceRuleNames(), conformance.SinkRuleNames()) {
		rules[name] = true
	}
	mistakes := regexp.MustCompile(`(?m)^[0-9]+\. .*\(([^)]*)\)$`).FindAllStringSubmatch(doc, -1)
	if len(mistakes) != 10 {
		t.Errorf("the page has %d mistakes, want ten", len(mistakes))
	}
	for _, m := range mistakes {
		for name := range strings.SplitSeq(m[1], ", ") {
			if !rules[strings.Trim(name, "`")] {
				t.Errorf("there is no rule %s", name)
			}
		}
	}
	const testingDoc = "../../docs/testing.md"
	doc = readFile(t, testingDoc)
	for field := range reflect.TypeFor[adcimporttest.Fault]().Fields() {
		if !strings.Contains(doc, "`"+field.Name+"`") {
			t.Errorf("%s says nothing of Fault.%s", testingDoc, field.Name)
		}
	}
}
