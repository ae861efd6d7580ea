package invented

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// retyped is what somebody types who has a customer on the phone, or a form with a
// coffee stain: not quite what Alarm.com has.
func (w *world) retyped(r Record) Record {
	r.Phones, r.Emails = w.phones(r.Phones), w.emails(r.Emails)
	r.First, r.Last, r.Business = w.first(r.First), w.last(r.Last), w.businessName(r.Business)
	r.Street1, r.Street2 = w.lines(r.Street1, r.Street2)
	switch {
	case w.chance(15):
		r.Zip = w.misspell(r.Zip)
	case w.chance(150):
		r.Zip = fmt.Sprintf("%s-%04d", r.Zip, w.IntN(10000))
	case w.chance(10):
		r.Zip = ""
	}
	switch {
	case w.chance(15):
		r.City = w.misspell(r.City)
	case w.chance(30):
		r.City = w.places[w.IntN(len(w.places))].city // as the neighbours say
	}
	switch {
	case w.chance(300):
		r.Account, r.Receiver = "", ""
	case w.chance(20):
		r.Account = w.misspell(r.Account)
	case w.chance(20) && r.Account != "":
		r.Account = w.account()
	case w.chance(200) && r.Account != "":
		r.Account = strings.ToLower(r.Account[:1]) + "-" + r.Account[1:]
	}
	if w.chance(300) {
		r.Receiver = ""
	}
	return r
}

func (w *world) first(s string) string {
	switch {
	case w.chance(120):
		for _, names := range firstNames {
			if names[0] == s && len(names) > 1 {
				return w.pick(names[1:])
			}
		}
	case w.chance(20):
		return string([]rune(s)[0])
	case w.chance(25):
		return w.misspell(s)
	case w.chance(40):
		return s + " " + string('A'+w.Int32N(26))
	}
	return w.sloppy(s)
}

func (w *world) last(s string) string {
	switch {
	case w.chance(20):
		return w.misspell(s)
	case w.chance(5):
		return w.surname() // married, or a wrong line
	case w.chance(300):
		s, _, _ = strings.Cut(s, " Jr")
		s, _, _ = strings.Cut(s, " Sr")
	}
	return w.sloppy(s)
}

// sloppy is how names lose accents, apostrophes and case.
func (w *world) sloppy(s string) string {
	if w.chance(400) {
		s = strings.NewReplacer("í", "i", "é", "e", "á", "a", "ó", "o", "ë", "e", "ø", "o", "ř", "r", "ß", "ss").Replace(s)
	}
	if w.chance(400) {
		s = strings.NewReplacer("'", "", "-", " ").Replace(s)
	}
	switch {
	case w.chance(60):
		return strings.ToUpper(s)
	case w.chance(70):
		return strings.ToLower(s)
	}
	return s
}

func (w *world) businessName(s string) string {
	switch {
	case s == "":
		return ""
	case w.chance(300):
		for _, form := range legalForms[2:] {
			s = strings.TrimSuffix(s, form)
		}
	case w.chance(30):
		return w.misspell(s)
	case w.chance(50):
		return "The " + s
	}
	return w.sloppy(s)
}

// lines are those of an address: written out, with the unit behind the street, or
// without it.
func (w *world) lines(street, unit string) (first, second string) {
	if w.chance(500) {
		street = writtenOut(street)
	}
	switch {
	case w.chance(30):
		street = street[:strings.LastIndex(street, " ")]
	case w.chance(35):
		street = w.misspell(street)
	case w.chance(50):
		street = strings.ToUpper(street) + "."
	}
	switch {
	case unit == "" || w.chance(80):
		return street, ""
	case w.chance(500):
		return street + " " + unit, ""
	case w.chance(300):
		return street, fmt.Sprintf(w.pick(unitForms), unit[strings.LastIndexAny(unit, " #")+1:])
	}
	return street, unit
}

// writtenOut has suffixes and directions in full.
func writtenOut(street string) string {
	words := strings.Fields(street)
	for i := range words {
		list := suffixes
		if i == 1 {
			list = directions
		}
		if i == 0 || i != 1 && i != len(words)-1 {
			continue
		}
		for _, pair := range list {
			if words[i] == pair[0] {
				words[i] = pair[1]
			}
		}
	}
	return strings.Join(words, " ")
}

// phones are those of a record as somebody types them: another one, one more, one
// with a wrong digit, or none.
func (w *world) phones(list []string) []string {
	if len(list) == 0 || w.chance(15) {
		return nil
	}
	number := list[0]
	switch {
	case w.chance(90):
		number = w.phone(number[:3])
	case w.chance(30):
		number = w.misspell(number)
	}
	out := []string{fmt.Sprintf(w.pick(phoneForms), number[:3], number[3:6], number[6:])}
	if w.chance(200) {
		out = append(out, w.phone(number[:3]))
	}
	return out
}

func (w *world) emails(list []string) []string {
	switch {
	case w.chance(30):
		return []string{w.pick([]string{"none@none.example", "noemail@example.com", "na@example.com"})}
	case len(list) == 0 || w.chance(350):
		return nil
	case w.chance(35):
		return []string{w.misspell(list[0])}
	case w.chance(60):
		return []string{w.email("home", strconv.Itoa(w.IntN(100000)))}
	case w.chance(100):
		return []string{strings.ToUpper(list[0])}
	}
	return list
}

// misspell drops, doubles, changes or swaps a character, of the same sort.
func (w *world) misspell(s string) string {
	r := []rune(s)
	if len(r) < 3 {
		return s
	}
	i := 1 + w.IntN(len(r)-2)
	digit := unicode.IsDigit(r[i])
	switch k := w.IntN(4); {
	case k == 0 && !digit:
		return string(r[:i]) + string(r[i+1:])
	case k == 1 && !digit:
		return string(r[:i]) + string(r[i:i+1]) + string(r[i:])
	case k == 2:
		r[i], r[i+1] = r[i+1], r[i]
	case digit:
		r[i] = '0' + (r[i]-'0'+1+w.Int32N(9))%10
	default:
		r[i] = 'a' + w.Int32N(26)
	}
	return string(r)
}

// lettersOf are those of a name, in lower case.
func lettersOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, strings.ToLower(s))
}
