package account

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/securitytrax/adcimport"
)

// Choices is a list that is being made; Sorted leaves repeated ids out.
type Choices []adcimport.Choice

// Add adds an entry with the first of names that is not blank.
func (c *Choices) Add(id int64, names ...string) {
	text := strconv.FormatInt(id, 10)
	entry := adcimport.Choice{ID: text, Name: text}
	for _, name := range names {
		if name = strings.TrimSpace(name); name != "" {
			entry.Name = name
			break
		}
	}
	*c = append(*c, entry)
}

// Sorted returns the list by name.
func (c *Choices) Sorted() []adcimport.Choice {
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
