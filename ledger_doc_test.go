package adcimport_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const ledgerDoc = "docs/ledger.md"

// Every Go snippet of docs/ledger.md, and what it prints, is in an example that
// is run; every CSV and text snippet is in a golden file.
func TestLedgerDoc_snippets(t *testing.T) {
	t.Parallel()
	examples := readText(t, "ledger_example_test.go") + readText(t, "report/example_test.go")
	files := strings.ReplaceAll(readText(t, "report/testdata/failures.csv"), "\r\n", "\n") +
		readText(t, "report/testdata/preview.txt") + readText(t, "report/testdata/retried.txt")
	n := 0
	for _, m := range regexp.MustCompile("(?ms)^```([a-z ]*)\n(.*?)^```$").FindAllStringSubmatch(readText(t, ledgerDoc), -1) {
		n++
		found := false
		switch m[1] {
		case "go":
			found = strings.Contains(examples, indent("\t", m[2]))
		case "text":
			found = strings.Contains(examples, "// Output:\n"+indent("\t// ", m[2])+"}") || strings.Contains(files, m[2])
		case "csv":
			found = strings.Contains(files, m[2])
		}
		if !found {
			t.Errorf("no example and no golden file has the %s snippet\n%s", m[1], m[2])
		}
	}
	if n < 6 {
		t.Errorf("found %d snippets: the search does not see them", n)
	}
}

// The page explains each action and status there is; reasons are in the reference.
func TestLedgerDoc_codes(t *testing.T) {
	t.Parallel()
	doc := readText(t, ledgerDoc)
	for typ, file := range map[string]string{"Action": "ledger/outcome.go", "RunStatus": "ledger/run.go"} {
		codes := constants(t, file, typ)
		if len(codes) < 5 {
			t.Fatalf("found %d values of %s: the search does not see them", len(codes), typ)
		}
		for _, code := range codes {
			if !strings.Contains(doc, "`"+code+"`") {
				t.Errorf("%s does not explain the %s %s", ledgerDoc, typ, code)
			}
		}
	}
}

// constants are the values of a string type that a file declares.
func constants(t *testing.T, file, typ string) (values []string) {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		name, ok := spec.Type.(*ast.Ident)
		lit, isLit := spec.Values[0].(*ast.BasicLit)
		if !ok || !isLit || name.Name != typ {
			return true
		}
		v, err := strconv.Unquote(lit.Value)
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, v)
		return true
	})
	return values
}
