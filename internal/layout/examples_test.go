package layout_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// maxExampleLines is what fits on a page.
const maxExampleLines = 60

// TestLayout_examplesAreWhole keeps each example_<topic>_test.go of the root one whole
// program: go doc shows such a file as it is, and a reader can copy it.
func TestLayout_examplesAreWhole(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(repository, "example_*_test.go"))
	if err != nil || len(files) < 15 {
		t.Fatalf("%d examples: %v", len(files), err)
	}
	imp := importerOf(exportFiles(t))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), "\n"); n > maxExampleLines {
			t.Errorf("%s has %d lines, more than %d", file, n, maxExampleLines)
		}
		fset := token.NewFileSet()
		tree, err := parser.ParseFile(fset, file, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		examples := doc.Examples(tree)
		if len(examples) != 1 || examples[0].Doc == "" || examples[0].Output == "" {
			t.Errorf("%s is not one example with a comment and an output", file)
			continue
		}
		if _, whole := examples[0].Code.(*ast.File); !whole {
			t.Errorf("%s is not shown whole: it needs one more declaration than the example", file)
		}
		if _, err := (&types.Config{Importer: imp}).Check("example", fset, []*ast.File{tree}, nil); err != nil {
			t.Errorf("%s does not stand alone: %v", file, err)
		}
	}
}
