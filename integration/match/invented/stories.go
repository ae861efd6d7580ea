package invented

import (
	"fmt"
	"strconv"
	"strings"
)

// family is a household with one system, of which more than half were typed in.
func (w *world) family() {
	r := w.newcomer()
	s := w.system("", r)
	switch {
	case w.chance(400):
	case w.chance(30):
		w.moved(s)
	default:
		w.typedWell(s)
	}
}

// typedWell adds one record, seldom two, seldom as a lead or one that is not active.
func (w *world) typedWell(s int) {
	w.typed(s, Typed{Record: w.retyped(w.out.Systems[s].Record), Lead: w.chance(20), Inactive: w.chance(15)})
	if w.chance(8) {
		w.out.Systems[s].Kind = "typed in twice"
		w.typed(s, Typed{Record: w.retyped(w.out.Systems[s].Record)})
	}
}

// moved was typed in at the old address.
func (w *world) moved(s int) {
	w.out.Systems[s].Kind = "moved"
	r := w.retyped(w.out.Systems[s].Record)
	old := w.home(r)
	old.Phones = r.Phones
	if w.chance(800) {
		old.Account = ""
	}
	w.typed(s, Typed{Record: old})
}

// business has one site.
func (w *world) business() {
	s := w.system("", w.company())
	if w.chance(600) {
		w.typedWell(s)
	}
}

func (w *world) company() Record {
	var r Record
	r.First, r.Last = w.person()
	r.Business = w.pick(businessWords) + " " + w.pick(businessKinds) + w.pick(legalForms)
	if w.chance(500) {
		r.Business = r.Last + " " + w.pick(businessKinds) + w.pick(legalForms)
	}
	return w.monitored(w.home(r))
}

// sites are a business with one office phone, of which some sites were typed in, or
// the head office alone.
func (w *world) sites() {
	head := w.company()
	headOnly := w.chance(500)
	for n := range 2 + w.IntN(5) {
		site := w.monitored(w.home(head))
		site.Phones, site.Emails = head.Phones, head.Emails
		s := w.system("one of several sites", site)
		if n == 0 || !headOnly && w.chance(600) {
			w.typed(s, Typed{Record: w.retyped(site)})
		}
	}
}

// management is a company whose phone is on the customers of its houses.
func (w *world) management() {
	office := w.company()
	for range 4 + w.IntN(8) {
		house := w.home(Record{})
		for unit := range 1 + w.IntN(5) {
			r := house
			r.First, r.Last = w.person()
			r.Street2 = "Apt " + strconv.Itoa(unit+1)
			r.Phones = office.Phones
			r = w.monitored(r)
			if w.chance(500) {
				r.Emails = office.Emails
			}
			s := w.system("under a management company's phone", r)
			if w.chance(600) {
				w.typedWell(s)
			}
		}
	}
}

// secondSite is somebody with a second house. Half of those had both typed in, the
// others the first one alone, which an earlier import may have linked.
func (w *world) secondSite() {
	r := w.newcomer()
	first := w.system("first of two sites", r)
	other := w.monitored(w.home(r))
	other.Phones, other.Emails = r.Phones, r.Emails
	second := w.system("second of two sites", other)
	t := Typed{Record: w.retyped(r)}
	if w.chance(500) {
		t.AlarmComIDs = []string{w.out.Systems[first].ID}
	}
	w.typed(first, t)
	if w.chance(500) {
		w.typed(second, Typed{Record: w.retyped(other)})
	}
}

// fatherAndSon have one name and one address. One or both were typed in.
func (w *world) fatherAndSon() {
	father := w.newcomer()
	son := w.monitored(father)
	if w.chance(500) {
		son.Phones = []string{w.phone("291")}
	}
	if w.chance(300) {
		father.Last, son.Last = father.Last+" Sr", son.Last+" Jr"
	}
	a, b := w.system("father and son", father), w.system("father and son", son)
	if w.chance(700) {
		w.typed(a, Typed{Record: w.retyped(father)})
	}
	if w.chance(300) {
		w.typed(b, Typed{Record: w.retyped(son)})
	}
}

// secondPanel is a second system in one house, of which one record was typed in.
func (w *world) secondPanel() {
	r := w.newcomer()
	s := w.system("first of two panels", r)
	other := r
	other.Account = w.account()
	w.system("second of two panels", other)
	t := Typed{Record: w.retyped(r)}
	if w.chance(400) {
		t.AlarmComIDs = []string{w.out.Systems[s].ID}
	}
	w.typed(s, t)
}

// replacedPanel was imported under an Alarm.com id that is gone.
func (w *world) replacedPanel() {
	s := w.system("replaced panel", w.newcomer())
	w.typed(s, Typed{Record: w.retyped(w.out.Systems[s].Record), AlarmComIDs: []string{w.id(3000000)}})
}

// parents have a system for which one of their children is called.
func (w *world) parents() {
	child := w.newcomer()
	c := w.system("child of customers", child)
	parents := w.home(Record{Last: child.Last, First: firstNames[w.favour(len(firstNames))][0]})
	parents.Phones = child.Phones
	parents = w.monitored(parents)
	if w.chance(300) {
		parents.Emails = child.Emails
	}
	p := w.system("called at their child's", parents)
	if w.chance(600) {
		w.typedWell(c)
	}
	if w.chance(600) {
		w.typedWell(p)
	}
}

// couple is one system that was typed in under the other's name, or both names.
func (w *world) couple() {
	r := w.newcomer()
	s := w.system("couple", r)
	if w.chance(400) {
		return
	}
	t := w.retyped(r)
	other := firstNames[w.favour(len(firstNames))][0]
	switch w.IntN(3) {
	case 0:
		t.First = r.First + " & " + other
	case 1:
		t.First = other + " and " + r.First
	default:
		t.First = other
		if w.chance(500) {
			t.Phones = []string{w.phone("392")}
		}
	}
	w.typed(s, Typed{Record: t})
}

// sibling lives in the same street under the same surname, with a system of their own.
func (w *world) sibling() {
	r := w.newcomer()
	a := w.system("sibling next door", r)
	number, street, _ := strings.Cut(r.Street1, " ")
	n, _ := strconv.Atoi(number)
	other := w.newcomer()
	other.Last = r.Last
	other.Street1 = fmt.Sprintf("%d %s", n+2, street)
	other.Street2, other.Zip, other.City = "", r.Zip, r.City
	b := w.system("sibling next door", other)
	if w.chance(600) {
		w.typedWell(a)
	}
	if w.chance(600) {
		w.typedWell(b)
	}
}

// stranger is a record at SecurityTrax of somebody who is not at Alarm.com: a former
// customer, some of them in a house that a customer lives in now.
func (w *world) stranger() {
	r := w.newcomer()
	if w.chance(80) {
		now := w.out.Systems[w.IntN(len(w.out.Systems))].Record
		r.Street1, r.Street2, r.City, r.Zip = now.Street1, now.Street2, now.City, now.Zip
		if w.chance(20) {
			r.Account, r.Receiver = now.Account, now.Receiver // the panel stayed in the house
		}
	}
	t := Typed{ID: w.id(700000), Record: w.retyped(r), Lead: w.chance(200), Inactive: w.chance(400)}
	if w.chance(300) {
		t.AlarmComIDs = []string{w.id(3000000)}
	}
	w.out.Typed = append(w.out.Typed, t)
}
