package textform

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Title writes a person's or a company's name with capitals: "JOHN MCDONALD"
// and "o'neil" become "John McDonald" and "O'Neil". A word in which a small
// letter is followed by a capital was typed with care and stays ("DeShawn").
// Particles stay small between other words ("Vincent van Gogh") and always in
// pairs such as "van der"; a leading single one gets its capital ("Van Halen").
// White space stays as it is.
func Title(s string) string {
	words := splitWords(s)
	var b strings.Builder
	b.Grow(len(s))
	for i, w := range words {
		b.WriteString(w.space)
		switch {
		case w.text == "":
		case pairedParticle(words, i), i > 0 && i < lastWord(words) && particle(w.lower):
			b.WriteString(w.lower)
		case numeral(words, i):
			b.WriteString(strings.ToUpper(w.text))
		default:
			b.WriteString(titleWord(w.text))
		}
	}
	return b.String()
}

// numeral says whether word i is the number of a person, as in Henry VIII. Vi and Xi
// are names as well, so these are numbers behind two others only.
func numeral(words []word, i int) bool {
	switch strings.TrimSuffix(words[i].lower, ",") {
	case "vii", "viii", "ix", "xii", "xiii", "xiv", "xv", "xvi", "xvii", "xviii", "xix":
		return i > 0
	case "vi", "xi":
		return i > 1 && i == lastWord(words)
	}
	return false
}

type word struct{ space, text, lower string }

func splitWords(s string) []word {
	var words []word
	for s != "" {
		start := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsSpace(r) })
		if start < 0 {
			return append(words, word{space: s})
		}
		end := strings.IndexFunc(s[start:], unicode.IsSpace)
		if end < 0 {
			end = len(s) - start
		}
		text := s[start : start+end]
		words = append(words, word{space: s[:start], text: text, lower: toLower(text)})
		s = s[start+end:]
	}
	return words
}

func lastWord(words []word) int {
	if n := len(words); n > 0 && words[n-1].text == "" {
		return n - 2
	}
	return len(words) - 1
}

func particle(w string) bool {
	switch w {
	case "van", "von", "de", "del", "della", "di", "da", "dos", "das", "du", "der", "den", "ter", "ten", "bin", "and", "of", "the", "y":
		return true
	}
	return false
}

// pairedParticle says whether word i belongs to a pair of particles that a word
// follows.
func pairedParticle(words []word, i int) bool {
	last := lastWord(words)
	pair := func(a int) bool {
		if a < 0 || a+1 >= last {
			return false
		}
		switch words[a].lower + " " + words[a+1].lower {
		case "van der", "van den", "van de", "van het", "von der", "de la", "de las", "de los":
			return true
		}
		return false
	}
	return pair(i) || pair(i-1)
}

// titleWord writes the parts of a word that hyphens and slashes make.
func titleWord(w string) string {
	if initials(w) {
		return strings.ToUpper(w)
	}
	var b strings.Builder
	for w != "" {
		i := strings.IndexAny(w, "-–/&.")
		if i < 0 {
			b.WriteString(titlePart(w))
			break
		}
		_, size := utf8.DecodeRuneInString(w[i:])
		b.WriteString(titlePart(w[:i]))
		b.WriteString(w[i : i+size])
		w = w[i+size:]
	}
	return b.String()
}

// initials reports whether a word is of letters that stand for others, as AT&T and H&R.
func initials(w string) bool {
	x, y, ok := strings.Cut(w, "&")
	few := func(s string, most int) bool {
		n := utf8.RuneCountInString(s)
		return n > 0 && n <= most && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
	}
	return ok && (few(x, 1) && few(y, 2) || few(x, 2) && few(y, 1))
}

// toLower is strings.ToLower, but that a dotted capital I of Turkish is a plain i, not
// one with a second dot.
func toLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r == 'İ' {
			return 'i'
		}
		return unicode.ToLower(r)
	}, s)
}

func titlePart(p string) string {
	lower := toLower(p)
	if acronym(lower) {
		return strings.ToUpper(p)
	}
	if rest, ok := strings.CutPrefix(p, "İ"); ok {
		return "İ" + toLower(rest)
	}
	if typed, ok := prefixed(p); ok {
		return typed
	}
	if digits := len(lower) - len(strings.TrimLeft(lower, "0123456789")); digits > 0 && len(lower) == digits+1 {
		return strings.ToUpper(p) // 3M, but 3rd
	}
	if len(lower) == 3 && isLetter(lower[0]) && lower[1] >= '0' && lower[1] <= '9' && isLetter(lower[2]) {
		return strings.ToUpper(p) // H2O
	}
	if rest, ok := strings.CutPrefix(lower, "mc"); ok && utf8.RuneCountInString(rest) > 1 {
		if mixed(p[2:]) {
			return p
		}
		return "Mc" + capital(rest)
	}
	if mixed(p) {
		return p
	}
	// O'Neil, D'Angelo, but Children's.
	if r, size := utf8.DecodeRuneInString(lower); unicode.IsLetter(r) {
		for _, mark := range []string{"'", "’"} {
			if rest, ok := strings.CutPrefix(lower[size:], mark); ok && utf8.RuneCountInString(rest) > 1 {
				return capital(lower[:size]) + mark + capital(rest)
			}
		}
	}
	return capital(lower)
}

// prefixed writes MacDONALD and DeSHAWN, in which a prefix was typed with care and the
// name after it in capitals.
func prefixed(p string) (string, bool) {
	for _, prefix := range []string{"Mac", "Mc", "De", "Di", "Du", "La", "Le", "Van", "Von", "Fitz", "St", "O’", "O'", "D'"} {
		rest, ok := strings.CutPrefix(p, prefix)
		if ok && utf8.RuneCountInString(rest) > 2 && rest == strings.ToUpper(rest) &&
			unicode.IsLetter(firstRune(rest)) && !acronym(toLower(rest)) {
			return prefix + capital(toLower(rest)), true
		}
	}
	return "", false
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

func isLetter(lower byte) bool { return lower >= 'a' && lower <= 'z' }

func acronym(lower string) bool {
	switch lower {
	case "ii", "iii", "iv", "llc", "llp", "lp", "pllc", "usa":
		return true
	}
	return false
}

// mixed says whether a small letter is followed by a capital.
func mixed(s string) bool {
	small := false
	for _, r := range s {
		if small && unicode.IsUpper(r) {
			return true
		}
		small = unicode.IsLower(r)
	}
	return false
}

// capital writes the first letter of text in lower case as a capital, after
// any punctuation such as an opening parenthesis.
func capital(lower string) string {
	if rest, ok := strings.CutSuffix(lower, "σ"); ok && rest != "" {
		lower = rest + "ς" // as at the end of a word
	}
	for i, r := range lower {
		if unicode.IsDigit(r) {
			break
		}
		if unicode.IsLetter(r) {
			return lower[:i] + string(unicode.ToTitle(r)) + lower[i+utf8.RuneLen(r):]
		}
	}
	return lower
}
