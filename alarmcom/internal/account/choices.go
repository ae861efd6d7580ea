package account

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/securitytrax/adcimport"
)

// Choices is a list that is being made; Sorted leaves repeated ids out.
type Choices []adcimport.Choice

// Add adds an entry with the first of names that is not blank, and has its id for one
// where there is none. A name that is no UTF-8 is none, since a person would choose by a
// guess: unread says that there was one.
func (c *Choices) Add(id int64, names ...string) (unread bool) {
	text := strconv.FormatInt(id, 10)
	entry := adcimport.Choice{ID: text, Name: text}
	for _, name := range names {
		if !utf8.ValidString(name) {
			unread = true
			continue
		}
		if name = strings.TrimSpace(name); name != "" && entry.Name == text {
			entry.Name = name
		}
	}
	*c = append(*c, entry)
	return unread
}

// Sorted returns the list by name.
func (c *Choices) Sorted() []adcimport.Choice {
	slices.SortStableFunc(*c, func(a, b adcimport.Choice) int { // those that have a name stay
		switch named := a.Name != a.ID; {
		case named == (b.Name != b.ID):
			return 0
		case named:
			return -1
		}
		return 1
	})
	seen := make(map[string]bool, len(*c))
	*c = slices.DeleteFunc(*c, func(e adcimport.Choice) bool {
		again := seen[e.ID]
		seen[e.ID] = true
		return again
	})
	slices.SortFunc(*c, func(a, b adcimport.Choice) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	return *c
}
