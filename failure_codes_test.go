package adcimport_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fault 65: docs/reference.md has each code that a failure can have, and no other.
func TestFault65_codesAreDocumented(t *testing.T) {
	t.Parallel()
	var documented []string
	for _, n := range failureNotes() {
		documented = append(documented, n.code)
	}
	slices.Sort(documented)
	if diff := cmp.Diff(failureCodes(t), documented); diff != "" {
		t.Errorf("codes (-in the code +in docs/reference.md):\n%s", diff)
	}
}

// failureCodes are the codes in the functions that give them, sorted.
func failureCodes(t *testing.T) []string {
	t.Helper()
	found := make(map[string]bool)
	for file, functions := range map[string][]string{
		"errors.go":                 {"failureCode"},
		"abilities.go":              {"checkEnds"},
		"internal/service/codes.go": {"Code"},
		"internal/service/cause.go": {"Cause", "causeOfStatus"},
		"alarmcom/check.go":         nil,
		"securitytrax/check.go":     nil,
		"alarmcom/lists_error.go":   nil,
	} {
		maps.Copy(found, codesIn(t, file, functions))
	}
	if len(found) < 20 {
		t.Fatalf("%v: the search does not see them", found)
	}
	return slices.Sorted(maps.Keys(found))
}

// codesIn are the texts in the form of a code which the functions of a file return,
// set or list; without functions, all of them do.
func codesIn(t *testing.T, file string, functions []string) map[string]bool {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile("^[a-z]+(_[a-z]+)*$")
	found := make(map[string]bool)
	take := func(values ...ast.Expr) {
		for _, v := range values {
			if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if code, err := strconv.Unquote(lit.Value); err == nil && form.MatchString(code) {
					found[code] = true
				}
			}
		}
	}
	for _, d := range tree.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || functions != nil && !slices.Contains(functions, f.Name.Name) {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ReturnStmt:
				take(n.Results...)
			case *ast.AssignStmt:
				if name, ok := n.Lhs[0].(*ast.Ident); ok && strings.EqualFold(name.Name, "code") {
					take(n.Rhs...)
				}
				if field, ok := n.Lhs[0].(*ast.SelectorExpr); ok && field.Sel.Name == "Code" {
					take(n.Rhs...)
				}
			case *ast.KeyValueExpr:
				if name, ok := n.Key.(*ast.Ident); ok && name.Name == "Code" {
					take(n.Value)
				}
			case *ast.CompositeLit:
				if len(n.Elts) == 2 { // a pair of an error and its code
					take(n.Elts[1])
				}
			}
			return true
		})
	}
	return found
}
