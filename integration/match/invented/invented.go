// Package invented makes up a dealer whose customers were partly typed into
// SecurityTrax by hand: by people who mistype, use nicknames, forget units and keep
// old addresses. It knows nothing of the rules by which they are recognised, and
// says of each customer who they are.
package invented

import (
	"fmt"
	"math/rand/v2"
	"strconv"
)

// Record is what one of both ends has of a customer, as it was written.
type Record struct {
	First, Last, Business              string
	Phones, Emails                     []string
	Street1, Street2, City, State, Zip string
	Account, Receiver                  string
}

// System is a customer at Alarm.com.
type System struct {
	ID string
	Record

	// Kind says what is particular about it, as in moved; empty: nothing.
	Kind string
	// Typed are the ids of its records at SecurityTrax; empty: it has none there.
	Typed []string
}

// Typed is a record at SecurityTrax.
type Typed struct {
	ID          string
	AlarmComIDs []string
	Lead        bool
	Inactive    bool
	Record
}

// Dealer is what both ends have.
type Dealer struct {
	Systems []System
	Typed   []Typed
}

// New makes up a dealer of so many customers at Alarm.com, the same for one seed. What
// is particular about households is so many times as frequent as usual, up to ten.
func New(seed uint64, customers, trouble int) Dealer {
	//nolint:gosec // a dealer is made up again from its seed
	w := &world{Rand: rand.New(rand.NewPCG(seed, 26)), boxes: make(map[string]bool), trouble: trouble}
	for _, area := range []string{"291", "392", "493", "594", "695"} {
		for range 8 {
			zip := strconv.Itoa(20000 + w.IntN(70000))
			w.places = append(w.places, place{area, zip, syllables[w.IntN(len(syllables))] + "ville"})
		}
	}
	for len(w.out.Systems) < customers {
		w.household()
	}
	for range customers / 4 {
		w.stranger()
	}
	w.Shuffle(len(w.out.Systems), func(i, j int) {
		w.out.Systems[i], w.out.Systems[j] = w.out.Systems[j], w.out.Systems[i]
	})
	w.Shuffle(len(w.out.Typed), func(i, j int) { w.out.Typed[i], w.out.Typed[j] = w.out.Typed[j], w.out.Typed[i] })
	return w.out
}

// world is a dealer while it is made up.
type world struct {
	*rand.Rand

	trouble int
	places  []place
	out     Dealer
	numbers int             // ids and accounts given
	boxes   map[string]bool // e-mail addresses given
}

// place is a part of a town.
type place struct{ area, zip, city string }

// chance reports whether something happens that does so many times in a thousand.
func (w *world) chance(perMille int) bool { return w.IntN(1000) < perMille }

func (w *world) pick(list []string) string { return list[w.IntN(len(list))] }

// favour draws an index, low ones more often.
func (w *world) favour(n int) int { return min(w.IntN(n), w.IntN(n)) }

// id is one that was not given before.
func (w *world) id(from int) string {
	w.numbers += 1 + w.IntN(3)
	return strconv.Itoa(from + w.numbers)
}

// system adds a customer at Alarm.com and returns where it is.
func (w *world) system(kind string, r Record) int {
	w.out.Systems = append(w.out.Systems, System{ID: w.id(4000000), Record: r, Kind: kind})
	return len(w.out.Systems) - 1
}

// typed adds what somebody typed in for a system.
func (w *world) typed(system int, t Typed) {
	t.ID = w.id(700000)
	w.out.Typed = append(w.out.Typed, t)
	s := &w.out.Systems[system]
	s.Typed = append(s.Typed, t.ID)
}

// household adds one household or business, with all its systems and records.
func (w *world) household() {
	stories := []struct {
		perMille int
		tell     func()
	}{
		{2, w.sites},
		{1, w.management},
		{5, w.secondSite},
		{1, w.fatherAndSon},
		{1, w.secondPanel},
		{6, w.parents},
		{15, w.couple},
		{4, w.replacedPanel},
		{2, w.sibling},
	}
	for _, s := range stories {
		if w.chance(s.perMille * w.trouble) {
			s.tell()
			return
		}
	}
	if w.chance(60) {
		w.business()
	} else {
		w.family()
	}
}

func (w *world) person() (first, last string) {
	return firstNames[w.favour(len(firstNames))][0], w.surname()
}

// surname is one that many have, or one of thousands.
func (w *world) surname() string {
	if w.chance(350) {
		return lastNames[w.favour(len(lastNames))]
	}
	s := w.pick(syllables) + w.pick(syllables) + w.pick(endings)
	return string(s[0]-'a'+'A') + s[1:]
}

// home is a new address with a phone.
func (w *world) home(r Record) Record {
	p := w.places[w.favour(len(w.places))]
	suffix := suffixes[w.favour(len(suffixes))][0]
	name := streetNames[w.favour(len(streetNames))]
	if w.chance(200) {
		name = directions[w.IntN(4)][0] + " " + name
	}
	r.Street1 = strconv.Itoa(1+w.IntN(1+w.IntN(9000))) + " " + name + " " + suffix
	r.City, r.State, r.Zip = p.city, "WA", p.zip
	if w.chance(150) {
		r.Street2 = fmt.Sprintf(w.pick(unitForms), w.unit())
	}
	r.Phones = []string{w.phone(p.area)}
	return r
}

func (w *world) unit() string {
	if w.chance(500) {
		return strconv.Itoa(1 + w.IntN(40))
	}
	return strconv.Itoa(1+w.IntN(9)) + string('A'+w.Int32N(6))
}

// phone has ten digits, of an area that no country has given out.
func (w *world) phone(area string) string {
	return fmt.Sprintf("%s%03d%04d", area, 556+w.IntN(400), w.IntN(10000))
}

func (w *world) email(first, last string) string {
	name, host := lettersOf(first)+"."+lettersOf(last), w.pick(mailHosts)
	box := name + "@" + host
	for w.boxes[box] || box[0] != '.' && w.chance(300) { // a box is one person's
		box = name + strconv.Itoa(w.IntN(100000)) + "@" + host
	}
	w.boxes[box] = true
	return box
}

// newcomer is a household as Alarm.com has it.
func (w *world) newcomer() Record {
	var r Record
	r.First, r.Last = w.person()
	if w.chance(10) {
		r.Last += w.pick([]string{" Jr", " Sr", " III"})
	}
	return w.monitored(w.home(r))
}

// monitored adds an e-mail address and an account at the central station.
func (w *world) monitored(r Record) Record {
	if w.chance(850) {
		r.Emails = []string{w.email(r.First, r.Last)}
	}
	if w.chance(900) {
		r.Account = w.account()
		r.Receiver = w.pick([]string{"1", "2", ""})
	}
	return r
}

func (w *world) account() string {
	w.numbers++
	return fmt.Sprintf("%c%05d", 'A'+w.Int32N(5), w.numbers%100000)
}
