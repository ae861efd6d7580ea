package matching

import (
	"slices"
	"strings"
	"unicode"

	"github.com/securitytrax/adcimport/internal/textform"
)

// phones are the last ten digits of each number in a text, which people may have
// divided by a slash, a comma or a word. Numbers that were made up are left out.
func phones(text string) []string {
	var list []string
	for _, part := range strings.FieldsFunc(clipped(text), func(r rune) bool { return strings.ContainsRune("/;,|&\n", r) }) {
		if i := strings.IndexFunc(part, func(r rune) bool { return unicode.IsLetter(r) || r == '#' }); i >= 0 {
			if textform.Digits(part[:i]) == "" { // as in "cell: 555 …"
				part = strings.TrimLeftFunc(part[i:], func(r rune) bool { return !unicode.IsDigit(r) })
				i = strings.IndexFunc(part, unicode.IsLetter)
			}
			if i >= 0 { // an extension
				part = part[:i]
			}
		}
		if n := textform.Digits(part); len(n) >= 10 {
			if n = n[len(n)-10:]; !oneDigit(n) && n[3:8] != "55501" && !slices.Contains(list, n) {
				list = append(list, n)
			}
		}
	}
	return list
}

// madeUp are the names of mailboxes that nobody has.
var madeUp = []string{"none", "noemail", "na", "no", "noreply", "donotreply", "nomail", "noone", "unknown"}

// joined takes out what stands between the words of a mailbox.
var joined = strings.NewReplacer(".", "", "-", "", "_", "")

// emails are the addresses in a text, in lower case, without those that were made
// up and those of a domain.
func emails(text string, without []string) []string {
	var list []string
	between := func(r rune) bool { return unicode.IsSpace(r) || r == ';' || r == ',' }
	for _, s := range strings.FieldsFunc(strings.ToLower(clipped(text)), between) {
		box, domain, ok := strings.Cut(s, "@")
		switch {
		case !ok || box == "" || domain == "" || strings.Contains(domain, "@"):
		case slices.Contains(madeUp, joined.Replace(box)):
		case slices.ContainsFunc(without, func(d string) bool { return domain == d || strings.HasSuffix(domain, "."+d) }):
		case !slices.Contains(list, s):
			list = append(list, s)
		}
	}
	return list
}

// account is an account number without spaces and dashes, in upper case; empty
// where it is too short to tell anybody apart, or of one digit only.
func account(s string) string {
	s = strings.ToUpper(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) {
			return -1
		}
		return r
	}, clipped(s)))
	if len(s) < minAccount || oneDigit(s) {
		return ""
	}
	return s
}

// minAccount is how many characters an account number needs to have.
const minAccount = 4

// receiver is a receiver number, which may be a phone number.
func receiver(s string) string {
	return strings.Join(words(strings.ReplaceAll(clipped(s), "-", "")), "")
}

func clipped(s string) string {
	if len(s) > maxText {
		return strings.ToValidUTF8(s[:maxText], "")
	}
	return s
}

func textDigits(s string) string { return textform.Digits(s) }
