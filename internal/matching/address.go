package matching

import (
	"slices"
	"strings"
	"unicode"

	"github.com/securitytrax/adcimport/match"
)

// address is a place as it is compared. Without a number, a street or a ZIP code it
// is none.
type address struct{ number, street, unit, zip string }

func (a address) isSet() bool { return a.number != "" }

// nearness is how two addresses compare.
type nearness int

const (
	unknownPlace nearness = iota // one is not there
	samePlace
	otherPlace
	// unclearPlace is for two that are not equal and may be one place: all but one of
	// number, street and ZIP code are equal, or a unit is on one side only.
	unclearPlace
)

func (a address) compare(b address) nearness {
	switch {
	case !a.isSet() || !b.isSet():
		return unknownPlace
	case a == b:
		return samePlace
	case a.number != b.number:
		return otherPlace
	case a.street == b.street && a.zip == b.zip: // the units differ
		if a.unit == "" || b.unit == "" {
			return unclearPlace
		}
		return otherPlace
	case a.street == b.street || a.zip == b.zip:
		return unclearPlace
	}
	return otherPlace
}

// addressOf reads an address, of which the second line counts when it has a unit.
func addressOf(in match.Address) address {
	zip := zip5(in.Zip)
	tokens := addressTokens(in.Street1)
	if zip == "" || isBox(tokens) {
		return address{}
	}
	tokens, units := takeUnits(tokens, false)
	number, letter, rest := houseNumber(tokens)
	street, behind := streetOf(rest)
	if number == "" || street == "" {
		return address{}
	}
	second := addressTokens(in.Street2)
	if isBox(second) {
		second = nil
	}
	_, more := takeUnits(second, true)
	for _, u := range slices.Concat([]string{letter}, behind, more) {
		if u != "" && !slices.Contains(units, u) {
			units = append(units, u)
		}
	}
	slices.Sort(units)
	return address{number, street, strings.Join(units, " "), zip}
}

// spelledOut has signs of an address as words.
var spelledOut = strings.NewReplacer("#", " unit ", "½", " half ", "1/2", " half ")

// addressTokens are the words of a line, with # as a word of its own.
func addressTokens(s string) []string { return words(spelledOut.Replace(clipped(s))) }

// boxes are how post office boxes and rural routes begin.
var boxes = []string{
	"po box", "p o box", "pobox", "post office box", "pob ", "box ", "rr ", "rural route", "hc ", "general delivery",
}

// isBox reports whether a line is a post office box or a rural route.
func isBox(tokens []string) bool {
	s := strings.Join(tokens, " ")
	for _, box := range boxes {
		if strings.HasPrefix(s+" ", box) {
			return true
		}
	}
	return false
}

// takeUnits takes the units out of a line. A second line may be nothing else, and
// is a unit without a word before it when it is short and has a digit.
func takeUnits(tokens []string, second bool) (rest, units []string) {
	for i := 0; i < len(tokens); i++ {
		w := tokens[i]
		prefix, isWord := unitWords[w]
		alone := unitAlone[w]
		switch {
		case alone != "" && (second || i > 1 && i == len(tokens)-1):
			units = append(units, alone)
		case isWord && i+1 < len(tokens) && (second || isUnit(tokens[i+1])) && (i != 1 || hasDigit(tokens[i+1])):
			unit := prefix
			for i+1 < len(tokens) && unitPart(tokens[i+1], unit == prefix) {
				i++
				unit += tokens[i]
			}
			units = append(units, unit)
		case isWord && prefix == "f" && len(rest) > 0 && hasDigit(rest[len(rest)-1]) && (second || len(rest) > 1):
			units = append(units, prefix+textDigits(rest[len(rest)-1])) // 2nd floor
			rest = rest[:len(rest)-1]
		default:
			rest = append(rest, w)
		}
	}
	units = slices.DeleteFunc(units, func(u string) bool { return u == "" })
	if second && len(units) == 0 && len(rest) == 1 && len(rest[0]) <= 6 && (hasDigit(rest[0]) || len(rest[0]) == 1) {
		units = append(units, rest[0])
	}
	return rest, units
}

// isUnit reports whether a word is the number of a unit rather than of the street.
func isUnit(w string) bool {
	return hasDigit(w) || len(w) == 1 || len(w) == 2 && !ends[w]
}

// unitPart reports whether a word belongs to a unit: the first one behind its word,
// then what is split off from it, as in 4 B.
func unitPart(w string, first bool) bool {
	_, another := unitWords[w]
	return !another && unitAlone[w] == "" && (first || len(w) == 1)
}

// houseNumber is the first word of a line, when it has a digit. A letter behind its
// digits is a unit.
func houseNumber(tokens []string) (number, unit string, rest []string) {
	if len(tokens) == 0 || !hasDigit(tokens[0]) {
		return "", "", nil
	}
	number, rest = tokens[0], tokens[1:]
	if n := len(number); n > 1 && unicode.IsLetter(rune(number[n-1])) && textDigits(number) == number[:n-1] {
		number, unit = number[:n-1], number[n-1:]
	}
	for len(rest) > 1 && (rest[0] == "half" || isNumber(rest[0])) { // 12-34 Main St, 12 1/2 Main St
		number, rest = number+"-"+rest[0], rest[1:]
	}
	return strings.TrimLeft(number, "0"), unit, rest
}

// streetOf folds the words of a street, and takes off a unit that stands behind it
// without a word of its own.
func streetOf(tokens []string) (street string, units []string) {
	list := make([]string, len(tokens))
	for i, w := range tokens {
		if short, ok := usps[w]; ok {
			w = short
		}
		list[i] = w
	}
	if n := len(list); n > 2 && ends[list[n-2]] && !numbered[list[n-3]] && len(list[n-1]) <= 5 && hasDigit(list[n-1]) {
		units, list = list[n-1:], list[:n-1]
	}
	return strings.Join(list, " "), units
}

// zip5 is a ZIP code of five digits, or a Canadian postal code; empty: neither.
func zip5(s string) string {
	s = strings.ToUpper(strings.Join(words(s), ""))
	switch {
	case len(s) >= 5 && isNumber(s[:5]) && isNumber(s):
		return s[:5]
	case len(s) == 6 && hasDigit(s) && !isNumber(s):
		return s
	}
	return ""
}

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

func isNumber(s string) bool { return s != "" && textDigits(s) == s }
