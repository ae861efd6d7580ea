package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// shownEntries is how many wrong entries of a result of Find a failure shows.
const shownEntries = 3

// found compares what Find returned, id by id, and shows the first that differ.
func (t *trial) found(what string, got, want map[string][]string) {
	ids := maps.Clone(got)
	if ids == nil {
		ids = make(map[string][]string)
	}
	maps.Copy(ids, want)
	var wrong []string
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		have, there := got[id]
		switch asked := want[id]; {
		case slices.Equal(have, asked) && there == (len(asked) > 0):
		case len(asked) > 0:
			wrong = append(wrong, fmt.Sprintf("%s has %v, want %v", id, have, asked))
		case len(have) == 0:
			wrong = append(wrong, id+" has an entry without ids: leave out what is not there")
		default:
			wrong = append(wrong, fmt.Sprintf("%s has %v, and is not there", id, have))
		}
	}
	if more := len(wrong) - shownEntries; more > 0 {
		wrong = append(wrong[:shownEntries], fmt.Sprintf("and %d more", more))
	}
	if len(wrong) > 0 {
		t.failf("%s: %s", what, strings.Join(wrong, "; "))
	}
}
