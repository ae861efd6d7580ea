package match_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestDocs_nameEveryWord keeps docs/matching.md complete: who reads a stored result
// finds each of its words there.
func TestDocs_nameEveryWord(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/matching.md")
	if err != nil {
		t.Fatal(err)
	}
	tree, err := parser.ParseFile(token.NewFileSet(), "match.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	ast.Inspect(tree, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for _, v := range spec.Values {
			lit, ok := v.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				continue
			}
			word, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			seen++
			if !strings.Contains(string(text), "`"+word+"`") && !strings.Contains(string(text), "**"+word+"**") {
				t.Errorf("docs/matching.md does not have %s", word)
			}
		}
		return true
	})
	if seen < 18 {
		t.Errorf("found %d words", seen)
	}
}
