package month_test

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/securitytrax"
)

// office is the people at SecurityTrax, of every other month: they have typed in some of
// those who come from Alarm.com later, and others much like them; they edit and delete
// between the nights, decide what waits for them, and have forgotten what is to come again.
type office struct {
	rnd     *rand.Rand // its own: the troubles of a month are the same without it
	page    *adcimport.Importer
	certain bool // the host links what is certain
	rep     string
	wrote   map[string]map[string]any // what people wrote last, by SecurityTrax's id and attribute
	reps    map[string]bool           // customers whose rep people have chosen
	typed   map[string]*person        // who was typed in, by SecurityTrax's id; nil: a stranger
}

// another is the second link of the account, in some of the months with two hosts.
const another = "isp-2"

// employ gives the month its office.
func (w *world) employ() error {
	if w.seed%2 != 0 && !w.mistake.office {
		return nil
	}
	o := &office{
		rnd: rand.New(rand.NewPCG(w.seed, 31)), wrote: make(map[string]map[string]any), reps: make(map[string]bool), typed: make(map[string]*person),
	}
	o.certain = o.rnd.IntN(2) == 0
	o.rep = w.crm.AddRep("office", "Olga", "Office")
	source, err := alarmcom.New(alarmcom.Config{
		BaseURL: "http://127.0.0.1/WebServices", Transport: w.alarm.Transport(),
		Credentials: alarmcom.NewCredentials(alarmcomtest.DefaultUser, alarmcomtest.DefaultPassword),
	})
	if err != nil {
		return err
	}
	to := w.crm.Config()
	to.Transport = w.crm.Transport()
	sink, err := securitytrax.New(to)
	if err != nil {
		return err
	}
	store := w.store
	if w.mistake.store != nil {
		store = w.mistake.store(w, store)
	}
	o.page, err = adcimport.New(adcimport.Config{Link: link, Source: source, Sink: sink, Store: store})
	w.office = o
	return err
}

// officeHours is what people do at SecurityTrax before a night.
func (w *world) officeHours(ctx context.Context) error {
	if w.office == nil {
		return nil
	}
	w.clock.tick()
	for _, k := range []adcimport.Kind{adcimport.KindUser, adcimport.KindCustomer} {
		for _, p := range w.of(k) {
			if p.born.Equal(time.Now()) && len(p.troubles) == 0 && w.office.rnd.IntN(3) == 0 {
				w.typeIn(p)
			}
		}
		if err := w.decide(ctx, k); err != nil {
			return err
		}
		if err := w.deleteAndForget(ctx, k); err != nil {
			return err
		}
	}
	w.write()
	return nil
}

// typeIn lets somebody type in who comes tonight, or a person much like that one.
func (w *world) typeIn(p *person) {
	o := w.office
	if p.kind == adcimport.KindUser {
		o.typed[w.crm.TypeInUser(map[string]any{
			"fname": p.first, "lname": family + p.id, "username": "rep" + p.id, "email": "rep" + p.id + "@example.com", "active": true,
		})] = p
		w.tell("%v was typed in", p)
		return
	}
	attributes := map[string]any{
		"fname": p.first, "lname": family + p.id, "email": "ann" + p.id + "@example.com", "primary_phone": "801-555-0177",
		"address1": "1 Main St", "city": "Provo", "state": "UT", "zip": "84601",
	}
	who := p
	switch o.rnd.IntN(4) {
	case 0:
		attributes["fname"], attributes["email"] = "Bob", nil
	case 1:
		attributes["lname"], attributes["email"], attributes["address1"] = "Stranger"+p.id, nil, "9 Elm St"
		who = nil
	}
	id := w.crm.TypeInCustomer(attributes)
	o.typed[id] = who
	o.wrote[id] = maps.Clone(attributes)
	w.tell("%v was typed in as %s, or somebody like that: %t", p, id, who == nil)
}

// asTypedIn is SecurityTrax's id of who was typed in; empty: nobody, or deleted since.
func (o *office) asTypedIn(p *person) string {
	for id, who := range o.typed {
		if who == p {
			return id
		}
	}
	return ""
}

// decide lets a person decide about some of those who wait.
func (w *world) decide(ctx context.Context, k adcimport.Kind) error {
	people := w.of(k)
	for r, err := range w.office.page.ToReview(ctx, k) {
		if err != nil {
			return err
		}
		at := slices.IndexFunc(people, func(p *person) bool { return p.id == r.SourceID })
		if at < 0 || r.Create || r.LinkTo != "" || w.office.rnd.IntN(2) == 0 {
			continue
		}
		p, d := people[at], adcimport.Decision{SourceID: r.SourceID}
		if d.LinkTo = w.office.asTypedIn(p); d.LinkTo == "" || k == adcimport.KindCustomer && w.office.rnd.IntN(3) == 0 {
			d.LinkTo, d.Create = "", true
		}
		if err := w.office.page.Decide(ctx, k, d); err != nil {
			w.violate("a decision is taken", "%v: %v", p, err)
			continue
		}
		p.decided, p.apart = time.Now(), d.Create
		w.tell("decided: %+v", d)
	}
	return nil
}

// deleteAndForget deletes somebody who was imported, and has others forgotten who were
// deleted before.
func (w *world) deleteAndForget(ctx context.Context, k adcimport.Kind) error {
	o := w.office
	for _, p := range w.of(k) {
		if p.deleted.IsZero() || time.Since(p.deleted) < day/2 || o.rnd.IntN(3) > 0 {
			continue
		}
		switch err := o.page.Forget(ctx, k, p.id); {
		case errors.Is(err, adcimport.ErrRunInProgress):
			continue
		case err != nil:
			return err
		}
		w.mu.Lock()
		p.deleted, p.forgets, p.decided, p.apart, p.born = time.Time{}, p.forgets+1, time.Time{}, false, time.Now().Add(-time.Second)
		w.mu.Unlock()
		w.tell("%v is forgotten", p)
	}
	if len(w.nights) > quiet || o.rnd.IntN(4) > 0 {
		return nil
	}
	people := w.of(k)
	p := people[o.rnd.IntN(len(people))]
	if len(p.troubles) > 0 || !p.deleted.IsZero() {
		return nil
	}
	known, err := w.store.Records(ctx, scope(k), "", []string{p.id})
	if err != nil || !known[p.id].Known {
		return err
	}
	id := w.idsInSink(k)[p.id]
	if len(id) != 1 || !w.crm.Delete(string(k)+"s", id[0]) {
		return nil
	}
	delete(o.typed, id[0])
	delete(o.wrote, id[0])
	delete(o.reps, id[0])
	p.deleted = time.Now()
	w.tell("%v is deleted in SecurityTrax", p)
	return nil
}

// write lets people correct some customers, whether the import brought them or not.
func (w *world) write() {
	o := w.office
	all := w.crm.Customers()
	for range min(2, len(all)) {
		id := all[o.rnd.IntN(len(all))].ID
		wrote := map[string]any{"email": "typed" + id + "@example.com"}
		if o.rnd.IntN(2) == 0 {
			wrote["primary_phone"] = "801-555-01" + string(rune('0'+o.rnd.IntN(10))) + "9"
		}
		w.crm.Edit("customers", id, wrote)
		if o.wrote[id] == nil {
			o.wrote[id] = make(map[string]any)
		}
		maps.Copy(o.wrote[id], wrote)
		if o.rnd.IntN(3) == 0 {
			w.crm.Relate("customers", id, "rep", o.rep)
			o.reps[id] = true
		}
	}
}

// idsInSink are SecurityTrax's ids of whole records, by Alarm.com's.
func (w *world) idsInSink(k adcimport.Kind) map[string][]string {
	records := w.crm.Customers()
	if k == adcimport.KindUser {
		records = w.crm.Users()
	}
	ids := make(map[string][]string)
	for _, r := range records {
		if r.AlarmComID != "" {
			ids[r.AlarmComID] = append(ids[r.AlarmComID], r.ID)
		}
	}
	return ids
}

// fields says which fields belong to the people of an office.
func (o *office) fields() adcimport.Mapping {
	email := adcimport.Rule{From: []string{"PrimaryEmail"}, To: "Email", Transforms: []adcimport.Transform{{Name: "trim"}}, Overwrite: adcimport.OverwriteIfEmpty}
	phone := adcimport.Rule{From: []string{"PrimaryPhoneNumber"}, To: "Phone1", Overwrite: adcimport.OverwriteNever}
	return adcimport.DefaultCustomerMapping().With(email, phone)
}

// theirs reports whether a field is people's still: all that they wrote in a record that
// has no Alarm.com id, or that nothing updates, and the fields that the rules say.
func (w *world) theirs(linked bool, attribute string) bool {
	return !linked || !w.upsert || strings.HasPrefix(attribute, "email") || attribute == "primary_phone"
}
