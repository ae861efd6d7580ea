package textform

import "strings"

// Postal normalizes a US ZIP code to 12345 or 12345-6789 and a Canadian postal
// code to A1A 1A1. It answers false for what is neither.
func Postal(s string) (string, bool) {
	s = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(pasted(s)))
	switch {
	case len(s) == 5 && Digits(s) == s:
		return s, true
	case len(s) == 9 && Digits(s) == s:
		return s[:5] + "-" + s[5:], true
	case len(s) == 6 && canadian(s):
		return s[:3] + " " + s[3:], true
	}
	return "", false
}

// canadian follows Canada Post: letters and digits alternate, D F I O Q U are
// never used, W and Z never first.
func canadian(s string) bool {
	for i := range len(s) {
		c := s[i]
		if i%2 == 1 {
			if c < '0' || c > '9' {
				return false
			}
			continue
		}
		if c < 'A' || c > 'Z' || strings.IndexByte("DFIOQU", c) >= 0 {
			return false
		}
	}
	return s[0] != 'W' && s[0] != 'Z'
}
