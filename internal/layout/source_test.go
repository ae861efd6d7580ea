package layout_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// Budgets of non-test code, in lines and columns. A median of at most 8 lines a
// function is an aim and not checked: it would reward splitting what belongs
// together.
const (
	maxFileLines = 400
	maxFuncLines = 60
	p90FuncLines = 25
	maxColumns   = 140
)

// Budgets of the root package: it is read like a table of contents.
const (
	maxRootFiles = 28
	maxRootNames = 175
)

// oversized names the files, and functions as file:name, that may exceed the
// budgets, each with a reason.
var oversized = map[string]string{}

// sourceFile is a parsed file of non-test code.
type sourceFile struct {
	path string
	text string
	fset *token.FileSet
	tree *ast.File
}

func (f sourceFile) lines(n ast.Node) int {
	return f.fset.Position(n.End()).Line - f.fset.Position(n.Pos()).Line + 1
}

func (f sourceFile) at(n ast.Node, format string, args ...any) string {
	return fmt.Sprintf("%s:%d: %s", f.path, f.fset.Position(n.Pos()).Line, fmt.Sprintf(format, args...))
}

func parseSource(path, text string) (sourceFile, error) {
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, path, text, parser.ParseComments)
	return sourceFile{path: filepath.ToSlash(path), text: text, fset: fset, tree: tree}, err
}

// sourceFiles parses the non-test code of every module of this repository.
func sourceFiles(t *testing.T) []sourceFile {
	t.Helper()
	var files []sourceFile
	err := filepath.WalkDir(repository, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if path != repository && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules") {
				return filepath.SkipDir
			}
			return nil
		case filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(repository, path)
		if err != nil {
			return err
		}
		f, err := parseSource(name, string(text))
		files = append(files, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 10 {
		t.Fatalf("found %d files: the walk does not see the repository", len(files))
	}
	return files
}

func TestLayout_everyFile(t *testing.T) {
	t.Parallel()
	documented := map[string]bool{} // folders with a package comment
	for _, f := range sourceFiles(t) {
		dir := filepath.Dir(f.path)
		documented[dir] = documented[dir] || f.tree.Doc != nil
		for _, complaint := range slices.Concat(checkSize(f), checkWidth(f), checkDocs(f), checkGlobals(f)) {
			t.Error(complaint)
		}
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("%s: no package comment", dir)
		}
	}
}

func TestLayout_functionsAreShort(t *testing.T) {
	t.Parallel()
	var lengths []int
	for _, f := range sourceFiles(t) {
		for _, d := range f.tree.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				lengths = append(lengths, f.lines(fn))
			}
		}
	}
	slices.Sort(lengths)
	p50, p90 := lengths[len(lengths)/2], lengths[len(lengths)*9/10]
	t.Logf("%d functions: p50 %d, p90 %d, max %d lines", len(lengths), p50, p90, lengths[len(lengths)-1])
	if p90 > p90FuncLines {
		t.Errorf("want p90 at most %d", p90FuncLines)
	}
}

// TestLayout_rootIsSmall holds the size of the package that a newcomer opens
// first.
func TestLayout_rootIsSmall(t *testing.T) {
	t.Parallel()
	files := 0
	for _, f := range sourceFiles(t) {
		if filepath.Dir(f.path) == "." {
			files++
		}
	}
	if files > maxRootFiles {
		t.Errorf("the root has %d files, want at most %d", files, maxRootFiles)
	}
	pkg, err := exportData(t)(modulePath)
	if err != nil {
		t.Fatal(err)
	}
	names := slices.DeleteFunc(pkg.Scope().Names(), func(n string) bool { return !ast.IsExported(n) })
	if len(names) > maxRootNames {
		t.Errorf("the root exports %d names, want at most %d", len(names), maxRootNames)
	}
}

// checkWidth counts a tab as one column, as the eye at a review does not.
func checkWidth(f sourceFile) []string {
	var out []string
	n := 0
	for line := range strings.Lines(f.text) {
		n++
		if width := utf8.RuneCountInString(strings.TrimRight(line, "\n")); width > maxColumns {
			out = append(out, fmt.Sprintf("%s:%d: line has %d columns, want at most %d", f.path, n, width, maxColumns))
		}
	}
	return out
}

func checkSize(f sourceFile) []string {
	var out []string
	if n := f.fset.Position(f.tree.FileEnd).Line; n > maxFileLines && oversized[f.path] == "" {
		out = append(out, f.at(f.tree, "file has %d lines, want at most %d", n, maxFileLines))
	}
	for _, d := range f.tree.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || oversized[f.path+":"+fn.Name.Name] != "" {
			continue
		}
		if n := f.lines(fn); n > maxFuncLines {
			out = append(out, f.at(fn, "%s has %d lines, want at most %d", fn.Name.Name, n, maxFuncLines))
		}
	}
	return out
}

// selfExplaining are methods whose interface says all there is to say.
var selfExplaining = []string{
	"Error", "Format", "GoString", "Is", "LogValue", "MarshalJSON", "MarshalText",
	"ServeHTTP", "String", "UnmarshalJSON", "UnmarshalText", "Unwrap",
}

func checkDocs(f sourceFile) []string {
	if f.tree.Name.Name == "main" {
		return nil
	}
	var out []string
	want := func(name *ast.Ident, docs ...*ast.CommentGroup) {
		if name.IsExported() && !slices.ContainsFunc(docs, func(d *ast.CommentGroup) bool { return d.Text() != "" }) {
			out = append(out, f.at(name, "%s has no doc comment", name.Name))
		}
	}
	for _, d := range f.tree.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil || ast.IsExported(receiver(d)) && !slices.Contains(selfExplaining, d.Name.Name) {
				want(d.Name, d.Doc)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					alone := d.Doc
					if d.Lparen.IsValid() { // a group's comment says nothing of one type
						alone = nil
					}
					want(s.Name, alone, s.Doc, s.Comment)
				case *ast.ValueSpec:
					want(s.Names[0], d.Doc, s.Doc, s.Comment)
				}
			}
		}
	}
	return out
}

// receiver is the name of a method's type.
func receiver(fn *ast.FuncDecl) string {
	e := fn.Recv.List[0].Type
	for {
		switch t := e.(type) {
		case *ast.StarExpr:
			e = t.X
		case *ast.IndexExpr:
			e = t.X
		case *ast.IndexListExpr:
			e = t.X
		case *ast.Ident:
			return t.Name
		default:
			return ""
		}
	}
}

func checkGlobals(f sourceFile) []string {
	var out []string
	for _, d := range f.tree.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil && d.Name.Name == "init" {
				out = append(out, f.at(d, "init function"))
			}
		case *ast.GenDecl:
			if d.Tok != token.VAR {
				continue
			}
			for _, s := range d.Specs {
				if v, ok := s.(*ast.ValueSpec); ok && !harmless(d, v) {
					out = append(out, f.at(v, "package-level variable %s is no error, documented table, regexp or embedded file", v.Names[0].Name))
				}
			}
		}
	}
	return out
}

// harmless reports whether a package-level variable is an error, or one of
// another package under its own name, an interface assertion, or an unexported, documented table, regexp, replacer or embedded
// file.
func harmless(d *ast.GenDecl, v *ast.ValueSpec) bool {
	name := v.Names[0]
	documented := d.Doc != nil || v.Doc != nil || v.Comment != nil
	embedded := strings.Contains(comments(d.Doc, v.Doc), "//go:embed ")
	switch {
	case name.Name == "_":
		return true
	case len(v.Values) == 0:
		return embedded
	case name.IsExported() || !documented:
		return isCall(v.Values[0], "errors.New", "fmt.Errorf") || isError(v.Values[0], name.Name)
	}
	_, table := v.Values[0].(*ast.CompositeLit)
	return table || isCall(v.Values[0], "errors.New", "fmt.Errorf", "regexp.MustCompile", "strings.NewReplacer")
}

// isError reports whether e is another package's error of the same name.
func isError(e ast.Expr, name string) bool {
	sel, ok := e.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == name && strings.HasPrefix(name, "Err")
}

// comments is the raw text of comment groups, directives included.
func comments(groups ...*ast.CommentGroup) string {
	var b strings.Builder
	for _, g := range groups {
		if g == nil {
			continue
		}
		for _, c := range g.List {
			b.WriteString(c.Text + "\n")
		}
	}
	return b.String()
}

func isCall(e ast.Expr, names ...string) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	pkg, ok := sel.X.(*ast.Ident)
	return ok && slices.Contains(names, pkg.Name+"."+sel.Sel.Name)
}
