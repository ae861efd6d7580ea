package securitytrax

import "strings"

// maxAlike bounds the texts that are compared, in characters: what names them has
// fewer.
const maxAlike = 256

// mostLetters is how many letters one character may be taken for, as in ß, æ and ﬃ.
const mostLetters = 3

// alike reports whether a database may take two texts for the same. Which ones it
// does is a matter of its collation: most compare without case and spaces at the
// end, many without accents, width or characters that are not seen. So a character
// that is not ASCII may stand for anything here, and for nothing.
func alike(x, y string) bool {
	a, b := []rune(fold(x)), []rune(fold(y))
	if len(a) > maxAlike || len(b) > maxAlike {
		return false
	}
	// same[j] says whether the rest of a is like b[j:], and row[k] the same of the
	// rest of a without its first k characters.
	rows := [mostLetters + 1][]bool{}
	for i := len(a); i >= 0; i-- {
		copy(rows[1:], rows[:mostLetters])
		rows[0] = make([]bool, len(b)+1)
		for j := len(b); j >= 0; j-- {
			rows[0][j] = likeFrom(a[i:], b[j:], rows, j)
		}
	}
	return rows[0][0]
}

// likeFrom compares two rests. rows[k][j+l] is what is known of them without k and
// l characters.
func likeFrom(a, b []rune, rows [mostLetters + 1][]bool, j int) bool {
	if len(a) == 0 && len(b) == 0 {
		return true
	}
	if len(a) > 0 && len(b) > 0 && a[0] == b[0] && rows[1][j+1] {
		return true
	}
	for n := range mostLetters + 1 {
		if len(a) > 0 && a[0] >= 0x80 && n <= len(b) && rows[1][j+n] {
			return true
		}
		if len(b) > 0 && b[0] >= 0x80 && n <= len(a) && rows[n][j+1] {
			return true
		}
	}
	return false
}

// fold is how names are compared: whether SecurityTrax tells jdoe from JDoe is not
// known, and a login that differs in case, or in a space at its end, only confuses
// people.
func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
