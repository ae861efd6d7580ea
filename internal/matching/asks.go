package matching

import (
	"cmp"
	"slices"

	"github.com/securitytrax/adcimport/internal/textform"
)

// Field is what a sink is asked by.
type Field string

// The fields of a look-up. A sink has its own names for them.
const (
	FieldPhone     Field = "phone"
	FieldEmail     Field = "email"
	FieldAccount   Field = "account"
	FieldLastName  Field = "last_name"
	FieldFirstName Field = "first_name"
	FieldBusiness  Field = "business"
	FieldCity      Field = "city"
	FieldZip       Field = "zip"
	FieldUsername  Field = "username"
)

// Ask is a part of a look-up: records whose Field has one of Values and, where And
// has a field, whose And has AndValue. Values are as a filter compares them, exact.
type Ask struct {
	Field    Field
	Values   []string
	And      Field // empty: none
	AndValue string
}

// Limits say what may be asked. A look-up is one request: any of its asks.
type Limits struct {
	// Lookups is how many there may be: twice those that looking the batch up by
	// Alarm.com ids takes.
	Lookups int
	// Bytes is what the asks of one look-up may take, each of them Cost.
	Bytes int
	// Cost is what an ask takes, with what stands between it and the next one.
	Cost func(Ask) int
	// Fields are those that the sink can be asked by.
	Fields []Field
	// PhoneForms are the ways in which the sink may write a phone number, by the
	// names of [textform.Phone.Format], the likeliest first; empty: its digits.
	PhoneForms []string
	// Askable reports whether a value can be in an ask; nil: each can.
	Askable func(value string) bool
}

// wish is one value that is worth asking for a record.
type wish struct {
	record int
	kind   wishKind
	ask    Ask // with one value
}

// wishKind orders what is asked: the first one finds most.
type wishKind int

const (
	byName      wishKind = iota // the last name or the business, in a town
	byPhone                     // in the likeliest form
	byEmail                     // or the username
	byAccount                   // number
	byOtherForm                 // of the phone
	byOtherName                 // the last name in a ZIP code, or of whom to ask for in a business
)

// finding is how far the search for a record is.
type finding int

const (
	foundNobody finding = iota
	foundLink           // one who would be linked: whoever else is there keeps it from that
	foundProposal
)

// urgency orders wishes. Who was not found yet comes before who was.
func urgency(k wishKind, f finding) int {
	return [...][3]int{
		byName:      {0, 0, 0},
		byPhone:     {1, 5, 8},
		byEmail:     {2, 6, 9},
		byAccount:   {3, 10, 10},
		byOtherForm: {4, 11, 13},
		byOtherName: {7, 12, 14},
	}[k][f]
}

// packer puts wishes into look-ups.
type packer struct {
	Limits

	wishes []wish // not asked yet
	asked  map[askKey]bool
}

// askKey is an ask of one value.
type askKey struct {
	field, and      Field
	value, andValue string
}

func keyOf(a Ask) askKey { return askKey{a.Field, a.And, a.Values[0], a.AndValue} }

func newPacker(lim Limits) *packer { return &packer{Limits: lim, asked: make(map[askKey]bool)} }

// add adds a wish for each of the ask's values for which the sink can be asked. It
// reports whether there was any.
func (p *packer) add(record int, kind wishKind, a Ask) bool {
	can := func(f Field, value string) bool {
		return value != "" && slices.Contains(p.Fields, f) && (p.Askable == nil || p.Askable(value))
	}
	before := len(p.wishes)
	for _, v := range a.Values {
		if can(a.Field, v) && (a.And == "" || can(a.And, a.AndValue)) {
			p.wishes = append(p.wishes, wish{record, kind, Ask{a.Field, []string{v}, a.And, a.AndValue}})
		}
	}
	return len(p.wishes) > before
}

// wishesFor reports whether there is a wish for a record, which was the last to be added.
func (p *packer) wishesFor(record int) bool {
	return len(p.wishes) > 0 && p.wishes[len(p.wishes)-1].record == record
}

// addPhones adds a number in each form.
func (p *packer) addPhones(record int, number string) {
	forms := p.PhoneForms
	if len(forms) == 0 {
		forms = []string{"digits"}
	}
	for i, form := range forms {
		kind := byPhone
		if i > 0 {
			kind = byOtherForm
		}
		if text, ok := (textform.Phone{Number: number}).Format(form); ok {
			p.add(record, kind, Ask{Field: FieldPhone, Values: []string{text}})
		}
	}
}

// next makes a look-up of the most urgent wishes; empty: there are none, or no more
// look-ups. What was asked for another record is not asked again.
func (p *packer) next(found func(record int) finding) []Ask {
	if p.Lookups < 1 {
		return nil
	}
	slices.SortStableFunc(p.wishes, func(a, b wish) int {
		return cmp.Compare(urgency(a.kind, found(a.record)), urgency(b.kind, found(b.record)))
	})
	l := lookup{room: p.Bytes, cost: p.Cost, groups: make(map[askKey]int)}
	p.wishes = slices.DeleteFunc(p.wishes, func(w wish) bool {
		key := keyOf(w.ask)
		if !p.asked[key] && !l.add(w.ask) {
			return false
		}
		p.asked[key] = true
		return true
	})
	if len(l.asks) > 0 {
		p.Lookups--
	}
	return l.asks
}

// left is how many values were not asked for.
func (p *packer) left() int {
	keys := make(map[askKey]bool)
	for _, w := range p.wishes {
		if key := keyOf(w.ask); !p.asked[key] {
			keys[key] = true
		}
	}
	return len(keys)
}

// lookup is one that is being filled.
type lookup struct {
	room   int
	cost   func(Ask) int
	asks   []Ask
	groups map[askKey]int // asks with the same And, which take more values
}

// add adds an ask of one value, if there is room. The first one always has.
func (l *lookup) add(a Ask) bool {
	group := askKey{field: a.Field, and: a.And, andValue: a.AndValue}
	at, grouped := l.groups[group]
	if a.And == "" || !grouped {
		if n := l.cost(a); n > l.room && len(l.asks) > 0 {
			return false
		}
		l.room -= l.cost(a)
		l.groups[group] = len(l.asks)
		l.asks = append(l.asks, Ask{a.Field, slices.Clone(a.Values), a.And, a.AndValue})
		return true
	}
	longer := l.asks[at]
	longer.Values = slices.Concat(longer.Values, a.Values)
	more := l.cost(longer) - l.cost(l.asks[at])
	if more > l.room {
		return false
	}
	l.room -= more
	l.asks[at] = longer
	return true
}
