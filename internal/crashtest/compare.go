package crashtest

import (
	"fmt"
	"maps"
	"slices"
)

// Difference is what is wrong with a destination, by ids.
type Difference struct {
	Lost    []string // should be there and are not
	Doubled []string // are there more than once; an id comes once for each copy too many
	Strange []string // are there and should not be
}

// Compare looks at every id that should be there, and every one that is.
func Compare(want, got []string) Difference {
	count := make(map[string]int, len(got))
	for _, id := range got {
		count[id]++
	}
	var d Difference
	for _, id := range want {
		if count[id] == 0 {
			d.Lost = append(d.Lost, id)
		}
		for range count[id] - 1 {
			d.Doubled = append(d.Doubled, id)
		}
		delete(count, id)
	}
	d.Strange = slices.Sorted(maps.Keys(count))
	return d
}

// OK reports whether nothing is wrong.
func (d Difference) OK() bool { return len(d.Lost)+len(d.Doubled)+len(d.Strange) == 0 }

func (d Difference) String() string {
	return fmt.Sprintf("lost %d %v, doubled %d %v, strange %d %v",
		len(d.Lost), d.Lost, len(d.Doubled), d.Doubled, len(d.Strange), d.Strange)
}
