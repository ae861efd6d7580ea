package textform

import "strings"

// Phone is a telephone number of the North American Numbering Plan.
type Phone struct {
	Number    string // ten digits
	Extension string // digits; empty: none
}

// ParsePhone reads a number in any of the usual ways of writing it: with
// punctuation, with country code 1, with an extension after "x", "ext" or "#".
// It answers false for what is no such number, as one with letters or one whose
// area code or exchange cannot be. What is not seen does not count, and spaces and
// dashes may be any.
func ParsePhone(s string) (Phone, bool) {
	s, ext, ok := cutExtension(strings.TrimPrefix(strings.ToLower(pasted(s)), "tel:"))
	if !ok || !onlyPunctuation(s) {
		return Phone{}, false
	}
	n := Digits(s)
	if len(n) == 11 && n[0] == '1' {
		n = n[1:]
	}
	if len(n) != 10 || !validGroup(n[:3]) || !validGroup(n[3:6]) {
		return Phone{}, false
	}
	return Phone{Number: n, Extension: ext}, true
}

// validGroup says whether three digits can be an area code or an exchange: they
// begin with 2 to 9 and are no service code such as 911.
func validGroup(s string) bool {
	return s[0] >= '2' && s[1:] != "11"
}

// cutExtension takes the extension off a number in lower case.
func cutExtension(s string) (number, ext string, ok bool) {
	if strings.ContainsAny(s, "\t\n\r;") { // as pasted, and in a link
		s = strings.NewReplacer("\t", " ", "\n", " ", "\r", " ", ";ext=", " ext ").Replace(s)
	}
	i := strings.IndexAny(s, "xe#")
	if i < 0 {
		return s, "", true
	}
	mark := strings.TrimRight(s[i:], "0123456789 ")
	ext = strings.TrimSpace(s[i+len(mark):])
	switch strings.TrimRight(mark, " .:#") {
	case "x", "ext", "extn", "extension", "":
	default:
		return "", "", false
	}
	number = strings.TrimRight(s[:i], " ,;")
	return number, ext, ext != "" && Digits(ext) == ext
}

func onlyPunctuation(s string) bool {
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9', strings.ContainsRune(" ()-./·•", r):
		case r == '+' && strings.TrimSpace(s[:i]) == "":
		default:
			return false
		}
	}
	return true
}

// Format writes the number in one of the forms "digits" (5555550123), "dashes"
// (555-555-0123), "national" ((555) 555-0123) and "e164" (+15555550123). It
// answers false for another form.
func (p Phone) Format(form string) (string, bool) {
	n := p.Number
	switch form {
	case "digits":
		return n, true
	case "dashes":
		return n[:3] + "-" + n[3:6] + "-" + n[6:], true
	case "national":
		return "(" + n[:3] + ") " + n[3:6] + "-" + n[6:], true
	case "e164":
		return "+1" + n, true
	}
	return "", false
}
