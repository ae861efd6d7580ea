package layout_test

import (
	"regexp"
	"strings"
	"testing"
)

// citation is of a paper that a reader of go doc does not have.
var citation = regexp.MustCompile(`\b(SPEC|FACTS|DESIGN|FAULTS|STYLE|LEDGER|MATCHING|PEERS|SCREENS)\b|\b([Ff]ault|[Ii]nvariant|[Ii]ssue|[Rr]ow) \d+\b`)

// TestLayout_commentsStandAlone keeps ids of our own papers out of the public
// packages: what go doc says, and what stands beside it, is the fact itself, or
// the WSDL's name of a thing.
func TestLayout_commentsStandAlone(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, f := range sourceFiles(t) {
		if strings.Contains(f.path, "internal/") || f.tree.Name.Name == "main" && !strings.Contains(f.path, "examples/csvsource") {
			continue
		}
		seen++
		for _, complaint := range checkCitations(f) {
			t.Error(complaint)
		}
	}
	if seen < 80 {
		t.Errorf("%d files: the walk does not see the public packages", seen)
	}
}

func checkCitations(f sourceFile) []string {
	var out []string
	for _, group := range f.tree.Comments {
		for _, c := range group.List {
			if at := citation.FindString(c.Text); at != "" {
				out = append(out, f.at(c, "comment cites %s: say the fact itself", at))
			}
		}
	}
	return out
}

// TestLayout_defaultsAreComments keeps defaults out of the public surface: a
// field's comment tells its default.
func TestLayout_defaultsAreComments(t *testing.T) {
	t.Parallel()
	imp := exportData(t)
	for _, path := range []string{"", "/alarmcom", "/securitytrax", "/sqlstore"} {
		pkg, err := imp(modulePath + path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range pkg.Scope().Names() {
			switch name {
			case "DefaultSchema", "DefaultCustomerMapping", "DefaultUserMapping": // values to start from
			default:
				if strings.HasPrefix(name, "Default") {
					t.Errorf("%s exports %s", modulePath+path, name)
				}
			}
		}
	}
}

func TestLayout_citationsFind(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]int{
		"// T is one (SPEC F6).\ntype T int":                                  1,
		"type T struct{ F int } // FACTS 2.1":                                 1,
		"// t is one.\n//\n// It is an assumption (DESIGN.md).\ntype t int":   1,
		"// T keeps invariant 12.\ntype T int":                                1,
		"// T mends fault 33 (MATCHING 2).\ntype T int":                       1,
		"// T is a row of 12 in the ledger; its design is plain.\ntype T int": 0,
		"// T is WSDL CustomerInfo, by specification.\ntype T int":            0,
	} {
		f, err := parseSource("x.go", "package x\n"+src+"\n")
		if err != nil {
			t.Fatal(err)
		}
		if got := checkCitations(f); len(got) != want {
			t.Errorf("%q: %v", src, got)
		}
	}
}
