package matching

import (
	"slices"
	"strings"
)

// generations has how people write that they are the younger or the elder of a
// name, and its usual form.
var generations = map[string]string{
	"jr": "jr", "junior": "jr", "sr": "sr", "senior": "sr", "ii": "ii", "2nd": "ii", "iii": "iii", "3rd": "iii",
	"iv": "iv", "4th": "iv",
}

// titles are words before or after a name that tell nobody apart.
var titles = []string{"mr", "mrs", "ms", "miss", "dr", "md", "dds", "esq", "phd"}

// unnamed are words that stand where nobody knew a name. A host adds its own. Those
// that are somebody's last name are not among them.
var unnamed = []string{
	"customer", "test", "tester", "unknown", "none", "n/a n/a", "noname", "nobody", "tbd", "tba", "owner", "homeowner", "resident",
	"occupant", "tenant", "newcustomer", "testcustomer", "customertest", "customerunknown", "firstname", "lastname",
	"demo", "x", "xx", "xxx",
}

// notApplicable reports whether a text says that there is none: N/A, but not Na, who
// is somebody.
func notApplicable(s string) bool {
	s = strings.ToLower(strings.TrimSpace(s))
	return s == "n/a" || s == "n.a." || s == "n a"
}

// person is a name as it is compared.
type person struct {
	first      string // folded, without initials behind it; one letter: an initial
	middle     string // initials behind the first name
	last       string // folded, without generation; empty: none
	generation string // jr, sr, ii, iii, iv; empty: none said
}

// personOf reads a name. Placeholders and own names are no name.
func (f *folder) personOf(first, last string) person {
	names, surnames := strip(words(first), titles), strip(words(last), titles)
	var p person
	if notApplicable(last) {
		return p
	}
	if n := len(surnames); n > 1 && generations[surnames[n-1]] != "" {
		p.generation, surnames = generations[surnames[n-1]], surnames[:n-1]
	} else if n := len(names); n > 1 && generations[names[n-1]] != "" {
		p.generation, names = generations[names[n-1]], names[:n-1]
	}
	for len(names) > 1 && len(names[len(names)-1]) == 1 {
		p.middle = names[len(names)-1] + p.middle
		names = names[:len(names)-1]
	}
	p.first, p.last = strings.Join(names, ""), strings.Join(surnames, "")
	switch {
	case f.nobody[p.last] || f.nobody[p.first+p.last] || f.own[p.first+p.last] || f.own[p.last]:
		return person{}
	case f.nobody[p.first] || notApplicable(first):
		p.first, p.middle = "", ""
	}
	return p
}

func strip(list, without []string) []string {
	return slices.DeleteFunc(list, func(w string) bool { return len(list) > 1 && slices.Contains(without, w) })
}

// sameSurname reports whether the last names are equal, whatever the generation.
func (p person) sameSurname(q person) bool { return p.last != "" && p.last == q.last }

// same reports whether two names are of one person.
func (p person) same(q person) bool {
	return p.sameSurname(q) && p.generation == q.generation && p.sameFirst(q)
}

// sameFirst compares first names: a nickname or an initial is as good as the name.
func (p person) sameFirst(q person) bool {
	switch {
	case p.first == "" || q.first == "" || p.middle != "" && q.middle != "" && p.middle != q.middle:
		return false
	case p.first == q.first:
		return true
	case len(p.first) == 1 || len(q.first) == 1:
		return p.first[0] == q.first[0]
	}
	return callNames(p.first, q.first)
}
