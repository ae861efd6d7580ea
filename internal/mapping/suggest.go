package mapping

import (
	"fmt"
	"strings"
)

// didYouMean names the one of known that is nearest to a name that was mistyped,
// as a piece of an error text; empty: none is near.
func didYouMean(got string, known []string) string {
	best, bestAt := "", 1+max(1, len(got)/3)
	for _, k := range known {
		if d := nearness(got, k); d < bestAt {
			best, bestAt = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(": did you mean %q?", best)
}

// maxSuggested bounds the work on a name that somebody made up.
const maxSuggested = 100

// nearness is the edit distance without regard to case; a name whose last part
// alone was given, as in Street1 for InstallAddress.Street1, is near too.
func nearness(a, b string) int {
	if len(a) > maxSuggested { // no typing error of a name
		return len(a)
	}
	a, b = strings.ToLower(a), strings.ToLower(b)
	if a == b {
		return 0
	}
	if _, last, ok := strings.Cut(b, "."); ok && last == a {
		return 1
	}
	return editDistance(a, b)
}

// editDistance counts the insertions, deletions, replacements and swaps of
// neighbors that make b of a.
func editDistance(a, b string) int {
	before, prev, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(row[j-1]+1, prev[j]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, prev, row = prev, row, before
	}
	return prev[len(b)]
}
