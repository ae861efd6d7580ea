package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// marks are what no test that passes may print: the texts that the code of tests
// and fakes uses as a credential, a name or an address. They are read from that
// code, so that a new test's are among them.
type marks []string

// Where such texts stand. A name in several ways is looked for in each.
var (
	// takers are functions that are handed credentials.
	takers = regexp.MustCompile(`^(NewCredentials|WithLogin|Login|AccessToken|WithAccessToken|WithIntegratorKey|` +
		`WithTwoFactorDevice|WithPartnerClient|ChangePassword)$`)
	// fields are of credentials, keys and persons.
	fields = regexp.MustCompile(`^(User|Username|Password|Secret|FingerprintKey|IntegratorKey|FirstName|LastName|CompanyName|` +
		`PrimaryEmail|Email|LoginName|SalesRepLogin|PrimaryPhoneNumber|Phone|Phone1|Street1|Street2)$`)
	// named are constants and variables: secrets of tests and fakes, and what the
	// dealers of adcimporttest are made of.
	named = regexp.MustCompile(`(?i)(password|secret|token|integratorkey|clientid|hashkey)$|^(secret|mark|marked)|` +
		`^(firstNames|lastNames|businessKinds|streets)$`)
	// forms are persons and tokens whoever made them up: an e-mail address, a number
	// of the exchange that is kept for invented ones, a token of alarmcomtest.
	forms = regexp.MustCompile(`[\w.+'-]+@[\w-]+(\.[\w-]+)+|\b(\d{3}[-. )]*)?555[-. ]?01\d\d\b|\btoken-\d+\b`)
)

// ordinary is what tests have for a secret and print as what it is. So is all that is of
// small letters alone, or a name in the code, such as Changed or Mark.
var ordinary = []string{"PartnerApi/token"}

var plain = regexp.MustCompile(`^[a-z]+$`)

// shortest is how many letters a mark has at least: less is found in any text.
const shortest = 4

// readMarks reads all Go files under a folder.
func readMarks(root string) (marks, error) {
	h := harvest{found: make(map[string]bool), names: make(map[string]bool)}
	folders := make(map[string][]*ast.File)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		folders[filepath.Dir(path)] = append(folders[filepath.Dir(path)], file)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read marks: %w", err)
	}
	for _, files := range folders {
		h.folder(files)
	}
	maps.DeleteFunc(h.found, func(text string, _ bool) bool { return h.names[text] || slices.Contains(ordinary, text) })
	return slices.Sorted(maps.Keys(h.found)), nil
}

// in returns the marks that a text has as words of their own.
func (m marks) in(text string) []string {
	found := forms.FindAllString(text, -1)
	for _, mark := range m {
		for at := 0; ; {
			i := strings.Index(text[at:], mark)
			if i < 0 {
				break
			}
			before, _ := utf8.DecodeLastRuneInString(text[:at+i])
			at += i + len(mark)
			if after, _ := utf8.DecodeRuneInString(text[at:]); !inWord(before) && !inWord(after) {
				found = append(found, mark)
				break
			}
		}
	}
	return found
}

func inWord(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// harvest collects marks.
type harvest struct {
	found  map[string]bool
	names  map[string]bool     // of whatever the code has
	values map[string][]string // of constants and variables, by name
	handed []string            // names of those that are handed over
}

// folder reads one package.
func (h *harvest) folder(files []*ast.File) {
	h.values, h.handed = make(map[string][]string), nil
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			h.look(n)
			return true
		})
	}
	for _, name := range h.handed {
		h.add(h.values[name]...)
	}
}

func (h *harvest) look(n ast.Node) {
	switch n := n.(type) {
	case *ast.Ident:
		h.names[n.Name] = true
	case *ast.ValueSpec:
		for i, name := range n.Names {
			if i < len(n.Values) {
				h.value(name.Name, n.Values[i])
			}
		}
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			if name := nameOf(left); len(n.Rhs) == len(n.Lhs) {
				h.value(name, n.Rhs[i])
			}
		}
	case *ast.KeyValueExpr:
		h.value(nameOf(n.Key), n.Value)
	case *ast.CallExpr:
		if takers.MatchString(nameOf(n.Fun)) {
			for _, arg := range n.Args {
				h.add(h.texts(arg)...)
			}
		}
	}
}

// value looks at what is given to a name.
func (h *harvest) value(name string, e ast.Expr) {
	texts := h.textsOf(e)
	if _, isKey := e.(*ast.CompositeLit); fields.MatchString(name) && !isKey || named.MatchString(name) {
		h.add(texts...)
	}
	h.values[name] = append(h.values[name], texts...)
}

func (h *harvest) add(texts ...string) {
	for _, text := range texts {
		if text = strings.TrimSpace(text); utf8.RuneCountInString(text) >= shortest && !strings.Contains(text, "%") && !plain.MatchString(text) {
			h.found[text] = true
		}
	}
}

// texts are the literals of an argument; names in it are looked up later.
func (h *harvest) texts(e ast.Expr) []string {
	ast.Inspect(e, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			h.handed = append(h.handed, id.Name)
		}
		return true
	})
	return h.textsOf(e)
}

// textsOf are the literals of a text, a sum of texts, bytes or a list.
func (h *harvest) textsOf(e ast.Expr) (texts []string) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return []string{text}
		}
	case *ast.BinaryExpr:
		return append(h.textsOf(e.X), h.textsOf(e.Y)...)
	case *ast.CompositeLit:
		for _, one := range e.Elts {
			texts = append(texts, h.textsOf(one)...)
		}
	case *ast.CallExpr:
		if _, conversion := e.Fun.(*ast.ArrayType); conversion {
			return h.textsOf(e.Args[0])
		}
	}
	return texts
}

func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}
