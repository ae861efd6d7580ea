package layout_test

import (
	"go/ast"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLayout_noPublicTypeIsInternal keeps internal types out of what a host can
// see: as the original of an alias, in a field, a parameter or a result.
func TestLayout_noPublicTypeIsInternal(t *testing.T) {
	t.Parallel()
	for _, f := range sourceFiles(t) {
		if strings.Contains("/"+f.path, "/internal/") || f.tree.Name.Name == "main" {
			continue
		}
		for _, complaint := range checkFace(f) {
			t.Error(complaint)
		}
	}
}

// checkFace complains about internal types in exported declarations. It removes
// the unexported fields from f's tree.
func checkFace(f sourceFile) []string {
	internal := make(map[string]bool) // names of imported packages
	for _, imp := range f.tree.Imports {
		p, err := strconv.Unquote(imp.Path.Value)
		if err != nil || !strings.Contains(p+"/", "/internal/") {
			continue
		}
		name := path.Base(p)
		if imp.Name != nil {
			name = imp.Name.Name
		}
		internal[name] = true
	}
	var out []string
	find := func(of *ast.Ident, in ast.Node) {
		ast.Inspect(in, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.StructType:
				n.Fields.List = slices.DeleteFunc(n.Fields.List, hidden)
			case *ast.SelectorExpr:
				if pkg, ok := n.X.(*ast.Ident); ok && internal[pkg.Name] {
					out = append(out, f.at(n, "%s shows %s.%s, which is internal", of.Name, pkg.Name, n.Sel.Name))
				}
			}
			return true
		})
	}
	for _, d := range f.tree.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && (d.Recv == nil || ast.IsExported(receiver(d))) {
				find(d.Name, d.Type)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if ts, ok := s.(*ast.TypeSpec); ok && ts.Name.IsExported() {
					find(ts.Name, ts.Type)
				}
			}
		}
	}
	return out
}

// hidden reports whether a struct's field has only unexported names. An embedded
// one has none.
func hidden(f *ast.Field) bool {
	for _, n := range f.Names {
		if n.IsExported() {
			return false
		}
	}
	return len(f.Names) > 0
}

func TestLayout_rulesSeeInternalTypes(t *testing.T) {
	t.Parallel()
	const head = "package x\nimport m \"example.com/a/internal/mapping\"\nimport \"example.com/a/internal\"\nimport \"example.com/a\"\n"
	for name, tt := range map[string]struct{ src, want string }{
		"alias":            {"type T = m.Rule", "T shows m.Rule"},
		"type of it":       {"type T m.Rule", "T shows m.Rule"},
		"field":            {"type T struct { F []*m.Rule }", "T shows m.Rule"},
		"embedded":         {"type T struct { m.Rule }", "T shows m.Rule"},
		"nested":           {"type T struct { F struct { G map[string]m.Rule } }", "T shows m.Rule"},
		"result":           {"func F() m.Rule { panic(0) }", "F shows m.Rule"},
		"parameter":        {"func F(r m.Rule) {}", "F shows m.Rule"},
		"method":           {"func (T) M(f func(m.Rule)) {}", "M shows m.Rule"},
		"interface":        {"type I interface { M() internal.Rule }", "I shows internal.Rule"},
		"unexported field": {"type T struct { f m.Rule }", ""},
		"unexported":       {"type t = m.Rule\nfunc f() m.Rule { panic(0) }\nfunc (t) M() m.Rule { panic(0) }", ""},
		"inside":           {"func F() int { var r m.Rule; return r.N }", ""},
		"another package":  {"type T = a.Rule", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := parseSource("x.go", head+tt.src+"\n")
			if err != nil {
				t.Fatal(err)
			}
			var got string
			for _, c := range checkFace(f) {
				_, c, _ = strings.Cut(c, ": ")
				got, _, _ = strings.Cut(c, ", which")
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("complaint (-want +got):\n%s", diff)
			}
		})
	}
}
