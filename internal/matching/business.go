package matching

import (
	"slices"
	"strings"
)

// forms are words of a business name that tell no business from another.
var forms = []string{
	"inc", "incorporated", "llc", "llp", "lp", "pllc", "pc", "pa", "ltd", "limited", "co", "company", "corp",
	"corporation", "the", "and", "dba",
}

// business folds the name of a business: no legal form, article or punctuation.
// Placeholders and own names are no name.
func (f *folder) business(s string) string {
	list := words(s)
	kept := slices.DeleteFunc(slices.Clone(list), func(w string) bool { return slices.Contains(forms, w) })
	name := strings.Join(kept, "")
	if f.nobody[name] || f.own[name] || notApplicable(s) {
		return ""
	}
	return name
}

// folder folds names by the rules of a host.
type folder struct {
	nobody map[string]bool // folded names that stand where nobody knew one
	own    map[string]bool // of the dealer
}

func newFolder(placeholders, own []string) *folder {
	f := &folder{nobody: make(map[string]bool), own: make(map[string]bool)}
	for _, w := range slices.Concat(unnamed, placeholders) {
		f.nobody[folded(w)] = true
	}
	for _, name := range own {
		f.own[folded(name)] = true
		f.own[(&folder{}).business(name)] = true
	}
	delete(f.nobody, "")
	delete(f.own, "")
	return f
}
