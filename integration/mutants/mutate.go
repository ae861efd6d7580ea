package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"strings"
)

// mutant is one small change of one file, as a slip of the hand would make it.
type mutant struct {
	file string // from the root of the checkout
	in   string // the function
	what string // the change, in words
	line int    // for people: it is no part of the name
	text []byte // the whole file with the change
}

// name stays the same while other lines come and go.
func (m *mutant) name() string { return m.file + ": " + m.in + ": " + m.what }

// swapped are the operators that are taken for one another.
//
//nolint:gochecknoglobals // a table
var swapped = map[token.Token]token.Token{
	token.EQL: token.NEQ, token.NEQ: token.EQL,
	token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
	token.LAND: token.LOR, token.LOR: token.LAND,
	token.ADD: token.SUB, token.SUB: token.ADD,
}

// mutantsOf returns the changes of a file.
func mutantsOf(file string) ([]mutant, error) {
	fset := token.NewFileSet()
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	parsed, err := parser.ParseFile(fset, file, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	m := &mutator{fset: fset, file: parsed, path: file, seen: make(map[string]int)}
	for _, d := range parsed.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Body == nil {
			continue
		}
		m.in = f.Name.Name
		ast.Inspect(f.Body, m.visit)
	}
	return m.found, m.err
}

// mutator collects the changes of a file.
type mutator struct {
	fset  *token.FileSet
	file  *ast.File
	path  string
	in    string
	seen  map[string]int
	found []mutant
	err   error
}

func (m *mutator) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IfStmt:
		was := n.Cond
		for _, always := range []string{"true", "false"} {
			m.add(n.Pos(), "if "+m.source(was)+" is always "+always, func() func() {
				// The condition is still there, so that nothing that it uses is unused.
				op := token.LOR
				if always == "false" {
					op = token.LAND
				}
				n.Cond = &ast.BinaryExpr{X: &ast.ParenExpr{X: was}, Op: op, Y: ast.NewIdent(always)}
				return func() { n.Cond = was }
			})
		}
	case *ast.BinaryExpr:
		if to, ok := swapped[n.Op]; ok && !isText(n.X) && !isText(n.Y) {
			was := n.Op
			m.add(n.OpPos, m.source(n)+" with "+to.String(), func() func() {
				n.Op = to
				return func() { n.Op = was }
			})
		}
	case *ast.BlockStmt:
		m.left(n.List, func(list []ast.Stmt) { n.List = list })
	case *ast.CaseClause:
		m.left(n.Body, func(list []ast.Stmt) { n.Body = list })
	}
	return m.err == nil
}

// left is for statements that are left out: calls whose result nobody takes, and
// assignments to what is there already. What only locks is for the race detector.
func (m *mutator) left(list []ast.Stmt, set func([]ast.Stmt)) {
	for i, s := range list {
		switch s := s.(type) {
		case *ast.ExprStmt:
		case *ast.AssignStmt:
			if s.Tok == token.DEFINE {
				continue
			}
		default:
			continue
		}
		what := m.source(s)
		if strings.HasSuffix(what, "Lock()") || strings.HasSuffix(what, "Unlock()") {
			continue
		}
		m.add(s.Pos(), "without "+what, func() func() {
			set(append(append([]ast.Stmt{}, list[:i]...), list[i+1:]...))
			return func() { set(list) }
		})
	}
}

func isText(e ast.Expr) bool {
	lit, ok := e.(*ast.BasicLit)
	return ok && lit.Kind == token.STRING
}

// add makes a change, keeps the file as it is then, and takes the change back.
func (m *mutator) add(at token.Pos, what string, change func() (back func())) {
	back := change()
	defer back()
	var text bytes.Buffer
	if err := printer.Fprint(&text, m.fset, m.file); err != nil {
		m.err = err
		return
	}
	key := m.in + what
	if m.seen[key]++; m.seen[key] > 1 {
		what = fmt.Sprintf("%s (%d)", what, m.seen[key])
	}
	m.found = append(m.found, mutant{file: m.path, in: m.in, what: what, line: m.fset.Position(at).Line, text: text.Bytes()})
}

// source is a piece of the file in one line.
func (m *mutator) source(n ast.Node) string {
	var text bytes.Buffer
	if err := printer.Fprint(&text, m.fset, n); err != nil {
		m.err = err
	}
	return strings.Join(strings.Fields(text.String()), " ")
}
