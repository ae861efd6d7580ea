package adcimport_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A host reads the fields and the methods of package ledger's types where they
// have their name in this package: in the comment of the alias. It must be true.
func TestAliases_commentsShowTheTypes(t *testing.T) {
	t.Parallel()
	types := declaredTypes(t, "ledger/*.go")
	aliases := declaredTypes(t, "store.go", "summary.go")
	shown := 0
	for name, alias := range aliases {
		target, ok := alias.spec.Type.(*ast.SelectorExpr)
		if !ok {
			continue
		}
		of, ok := types[target.Sel.Name]
		if !ok || target.Sel.Name != name {
			t.Errorf("%s is an alias of ledger.%s, which is no type of that name", name, target.Sel.Name)
			continue
		}
		want := members(of.spec.Type)
		if want == nil {
			continue // a string: it has nothing to show
		}
		shown++
		if diff := cmp.Diff(want, shownMembers(t, name, alias.doc)); diff != "" {
			t.Errorf("the comment of %s (-type +comment):\n%s", name, diff)
		}
	}
	if shown < 6 {
		t.Errorf("found %d aliases of structs and interfaces: the search does not see them", shown)
	}
}

// declaredType is a type and its comment.
type declaredType struct {
	spec *ast.TypeSpec
	doc  string
}

func declaredTypes(t *testing.T, patterns ...string) map[string]declaredType {
	t.Helper()
	found := make(map[string]declaredType)
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			src, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			maps.Copy(found, typesOf(t, string(src)))
		}
	}
	return found
}

func typesOf(t *testing.T, src string) map[string]declaredType {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "", src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]declaredType)
	for _, d := range file.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok || gen.Tok != token.TYPE {
			continue
		}
		for _, s := range gen.Specs {
			if spec, ok := s.(*ast.TypeSpec); ok && spec.Name.IsExported() {
				found[spec.Name.Name] = declaredType{spec, gen.Doc.Text()}
			}
		}
	}
	return found
}

// members are the exported fields of a struct, or the methods of an interface, in
// order; nil: it is neither, or has none.
func members(typ ast.Expr) []string {
	var fields *ast.FieldList
	switch typ := typ.(type) {
	case *ast.StructType:
		fields = typ.Fields
	case *ast.InterfaceType:
		fields = typ.Methods
	default:
		return nil
	}
	var list []string
	for _, f := range fields.List {
		for _, name := range f.Names {
			if name.IsExported() {
				list = append(list, name.Name+" "+typeText(f.Type))
			}
		}
	}
	return list
}

// typeText is a type as it is written inside of package ledger.
func typeText(typ ast.Expr) string {
	var b bytes.Buffer
	if err := printer.Fprint(&b, token.NewFileSet(), typ); err != nil {
		return err.Error()
	}
	return strings.ReplaceAll(b.String(), "ledger.", "")
}

// shownMembers are the members of the code block in a comment.
func shownMembers(t *testing.T, name, doc string) []string {
	t.Helper()
	var code strings.Builder
	for line := range strings.Lines(doc) {
		if strings.HasPrefix(line, "\t") {
			code.WriteString(line)
		}
	}
	shown, ok := typesOf(t, "package p\n"+code.String())[name]
	if !ok {
		t.Errorf("the comment of %s does not show it", name)
		return nil
	}
	return members(shown.spec.Type)
}

// A host reads a run's reasons, actions, kinds and states by their names here.
func TestAliases_nameEachCode(t *testing.T) {
	t.Parallel()
	codes, aliases := regexp.MustCompile(`(?m)^\t(\w+) +(?:Reason|Action|Kind|RunStatus) += "`), regexp.MustCompile(`(?m)^\t(\w+) += ledger\.(\w+)`)
	here := make(map[string]bool)
	for _, m := range aliases.FindAllStringSubmatch(goText(t, "*.go"), -1) {
		here[m[2]] = m[1] == m[2]
	}
	found := codes.FindAllStringSubmatch(goText(t, "ledger/*.go"), -1)
	for _, m := range found {
		if !here[m[1]] {
			t.Errorf("summary.go has no %s = ledger.%s", m[1], m[1])
		}
	}
	if len(found) < 30 {
		t.Errorf("%d codes: the search does not see them", len(found))
	}
}

// goText is all that files have, one after the other.
func goText(t *testing.T, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, path := range files {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(src)
	}
	return text.String()
}
