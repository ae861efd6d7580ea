package layout_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// citation is a reference to a document that a reader of go doc does not have.
var citation = regexp.MustCompile(`\b(SPEC|FACTS|DESIGN)\b`)

// TestLayout_clientsCommentsStandAlone keeps ids of our own papers out of what go
// doc says of the clients and the store: it says the fact itself, or the WSDL's name
// of a thing.
func TestLayout_clientsCommentsStandAlone(t *testing.T) {
	t.Parallel()
	rooms := []string{"alarmcom", "securitytrax", "sqlstore"}
	seen := 0
	for _, f := range sourceFiles(t) {
		room, _, _ := strings.Cut(filepath.ToSlash(f.path), "/")
		if !slices.Contains(rooms, room) {
			continue
		}
		seen++
		for _, group := range f.tree.Comments {
			if cited := citation.FindString(group.Text()); cited != "" {
				t.Errorf("%s", f.at(group, "a comment cites %s", cited))
			}
		}
	}
	if seen < 50 {
		t.Errorf("%d files: the walk does not see the clients", seen)
	}
}

// TestLayout_clientsDefaultsAreComments keeps defaults out of the public surface of
// the clients and the store: a field's comment tells its default.
func TestLayout_clientsDefaultsAreComments(t *testing.T) {
	t.Parallel()
	imp := exportData(t)
	for _, room := range []string{"alarmcom", "securitytrax", "sqlstore"} {
		pkg, err := imp(modulePath + "/" + room)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range pkg.Scope().Names() {
			if strings.HasPrefix(name, "Default") && name != "DefaultSchema" { // a value to start from
				t.Errorf("%s exports %s", room, name)
			}
		}
	}
}
