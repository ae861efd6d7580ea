package month_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// family is what everybody's last name begins with; their id follows.
const family = "Ng"

const link = "isp-1"

// person is a customer or a user of the dealer.
type person struct {
	kind     adcimport.Kind
	id       string
	born     time.Time
	edited   time.Time // when the first name changed last
	first    string
	troubles []*trouble

	lost     []time.Time // when creates ended without a clear word
	unlinked int         // how many links did: one more makes nobody
	intended time.Time   // when a host was killed that may have been about to send it
	spared   int         // of these, by the end of their host
	doubtful time.Time   // when such a create last ended without a clear word
	halves   int         // copies without an Alarm.com id
	rested   int         // nights in which it rested
	failed   int         // and in which it failed
	row      int         // completed runs in a row that failed it, and did not let it rest

	decided time.Time // when a person decided about it last
	apart   bool      // that it is not who was typed in
	joined  time.Time // when it was found to be the one who was typed in
	deleted time.Time // when people deleted it in SecurityTrax; zero: it is there, or forgotten
	forgets int       // how often it was forgotten
}

func (p *person) String() string { return string(p.kind) + " " + p.id }

// world is a dealer between both services, and what is out of order there.
type world struct {
	seed    uint64
	rnd     *rand.Rand
	mistake mistake
	alarm   *alarmcomtest.Server
	crm     *securitytraxtest.Server
	store   adcimport.StateStore
	upsert  bool // the host updates what changed
	logins  bool // users can log in
	small   bool // the host reads and commits in small portions
	behind  bool // the host imports in the background
	two     bool // hosts over one store, in the background; else one
	hosts   []*host
	office  *office // nil: nobody is at SecurityTrax
	begin   time.Time
	clock   clock

	mu       sync.Mutex
	people   []*person
	troubles []*trouble
	calls    int
	running  map[adcimport.Kind]string
	made     map[adcimport.Kind][]time.Time // creates that were confirmed
	counts   map[operation]int              // of this night
	nights   []*night
	runs     int
	kills    int
	db       database
	outages  int                 // of the database
	told     map[string][]string // notices by run
	seenEnds []ledger.RunState   // that ended, as of the last look
	owes     map[string]int
	breaks   map[string]string // the first of each rule
	broken   *violation
	memory   map[string]adcimport.Customer // of a planted mistake
	all      []ledger.RunState             // at the month's end, oldest first
}

// violation is a broken rule.
type violation struct{ rule, text string }

func newWorld(seed uint64, m mistake) *world {
	rnd := rand.New(rand.NewPCG(seed, 30))
	w := &world{
		seed: seed, rnd: rnd, mistake: m,
		alarm: alarmcomtest.NewServer(new(adcimporttest.Dealer), alarmcomtest.KeepRequests(0)),
		crm:   securitytraxtest.New(securitytraxtest.WithUniqueUsernames()),
		begin: time.Now(), upsert: rnd.IntN(3) == 0, logins: rnd.IntN(2) == 0, small: rnd.IntN(2) == 0,
		running: make(map[adcimport.Kind]string), made: make(map[adcimport.Kind][]time.Time),
		counts: make(map[operation]int), owes: make(map[string]int), breaks: make(map[string]string),
		store: new(adcimport.MemoryStore), told: make(map[string][]string),
		behind: seed%3 != 1, two: seed%3 == 0,
	}
	w.draw()
	return w
}

// add lets the dealer have somebody new.
func (w *world) add(k adcimport.Kind) *person {
	n := 0
	for _, p := range w.people {
		if p.kind == k {
			n++
		}
	}
	p := &person{kind: k, id: strconv.Itoa(1001 + n), born: time.Now(), first: "Ann"}
	home := adcimport.Address{Street1: "1 Main St", City: "Provo", State: "UT", Zip: "84601"}
	w.alarm.Update(func(d *adcimporttest.Dealer) {
		if k == adcimport.KindCustomer {
			d.Customers = append(d.Customers, adcimport.Customer{
				ID: p.id, FirstName: p.first, LastName: family + p.id, PrimaryPhoneNumber: "801-555-0101",
				PrimaryEmail: "ann" + p.id + "@example.com", InstallAddress: home, JoinDate: time.Date(2019, 5, 7, 0, 0, 0, 0, time.UTC),
			})
			return
		}
		p.id = strconv.Itoa(501 + n)
		d.Users = append(d.Users, adcimport.User{
			ID: p.id, RepID: "7" + p.id, FirstName: p.first, LastName: family + p.id, LoginName: "rep" + p.id,
			Email: "rep" + p.id + "@example.com", Phone: "801-555-0102", Address: home, RoleIDs: []string{"1"},
		})
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	w.people = append(w.people, p)
	return p
}

// edit changes somebody at Alarm.com.
func (w *world) edit(p *person) {
	p.edited, p.first = time.Now(), "Ann"+string(rune('a'+len(w.nights)%26))
	w.alarm.Update(func(d *adcimporttest.Dealer) {
		for i := range d.Customers {
			if p.kind == adcimport.KindCustomer && d.Customers[i].ID == p.id {
				d.Customers[i].FirstName = p.first
			}
		}
		for i := range d.Users {
			if p.kind == adcimport.KindUser && d.Users[i].ID == p.id {
				d.Users[i].FirstName = p.first
			}
		}
	})
}

// change is what happens at the dealer, and to the services, before a night.
func (w *world) change(n int) {
	customers, users := 1+w.rnd.IntN(3), w.rnd.IntN(2)
	if n == 0 {
		customers, users = 8+w.rnd.IntN(8), 3+w.rnd.IntN(3)
	}
	for range customers {
		w.add(adcimport.KindCustomer)
	}
	for range users {
		w.add(adcimport.KindUser)
	}
	for _, t := range w.troubles {
		if t.night == n && t.owner == ofRecord {
			w.befall(t)
		}
	}
	for range 1 + w.rnd.IntN(2) {
		if p := w.old(adcimport.KindCustomer); p != nil {
			w.edit(p)
		}
	}
	for _, t := range w.troubles { // somebody it can be met with
		switch {
		case t.night != n || t.owner == ofRecord:
		case t.on == opUpdate:
			if p := w.old(t.kind); p != nil {
				w.edit(p)
			}
		case t.on == opCreate: // so many that more than a few are lost at once
			for range 5 {
				w.add(t.kind)
			}
		case t.on != opCheck && t.on != opList:
			w.add(t.kind)
		}
	}
}

// befall begins a trouble of somebody new or, where it is about updates, of
// somebody who was there before.
func (w *world) befall(t *trouble) {
	var p *person
	if t.on != opUpdate {
		p = w.add(t.kind)
	} else if p = w.old(t.kind); p == nil {
		return
	} else {
		w.edit(p)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	t.who, p.troubles = p, append(p.troubles, t)
	t.begin(time.Now())
}

// old is somebody who was there before.
func (w *world) old(k adcimport.Kind) *person {
	for range 20 {
		if p := w.people[w.rnd.IntN(len(w.people))]; p.kind == k && p.born.Before(time.Now()) {
			return p
		}
	}
	return nil
}

// mend corrects at Alarm.com what SecurityTrax refused, once it is over.
func (w *world) mend() {
	for _, t := range w.troubles {
		if t.owner == ofRecord && t.how == "422" && !t.began.IsZero() && !t.active(time.Now()) && t.who.edited.Before(t.over) {
			w.edit(t.who)
		}
	}
}

// meets returns the trouble that a call meets, and begins those that begin with it.
func (w *world) meets(c *call) *trouble {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts[c.on]++
	now := time.Now()
	var met *trouble
	for _, t := range w.troubles {
		if t.owner != ofRecord && t.began.IsZero() && t.night == len(w.nights)-1 && c.end == t.end && c.on == t.on && (c.kind == "" || c.kind == t.kind) {
			if t.nth--; t.nth <= 0 {
				t.begin(now)
			}
		}
		if !t.active(now) || !t.fits(c) || t.limited() && t.limit.takes(now) {
			continue
		}
		if met == nil || met.owner == ofRecord {
			met = t
		}
	}
	if met != nil {
		met.met = append(met.met, meeting{c.on, c.kind, w.running[c.kind], now})
	}
	return met
}

// seen notes what became of creates.
func (w *world) seen(c *call, resp *http.Response, err error) {
	if c.on != opCreate {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.people {
		if p.kind != c.kind || !slices.Contains(c.ids, p.id) {
			continue
		}
		switch {
		case err == nil && (resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusUnauthorized):
		case err == nil && (resp.StatusCode == http.StatusCreated || c.links && resp.StatusCode == http.StatusOK && !isPage(resp)):
			w.made[c.kind] = append(w.made[c.kind], time.Now())
		case err == nil && (resp.StatusCode == http.StatusConflict || resp.StatusCode == http.StatusUnprocessableEntity):
		default:
			if p.kind == adcimport.KindUser && w.logins && !p.doubtful.IsZero() && !c.links {
				w.breach("sent again", "%v, who can log in, is sent again after a create without a clear word", p)
			}
			p.doubtful = time.Now()
			if c.links {
				p.unlinked++
				break
			}
			p.lost = append(p.lost, time.Now())
			if errors.Is(err, errDead) {
				p.spared++
			}
		}
	}
}

// isPage reports whether somebody else answered, as a wall does.
func isPage(resp *http.Response) bool {
	return strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html")
}

// halved notes a copy without an Alarm.com id.
func (w *world) halved(c *call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.people {
		if p.kind == c.kind && slices.Contains(c.ids, p.id) {
			p.halves++
		}
	}
}

// halfOf is a create of a customer without its connection.
func halfOf(body []byte) ([]byte, error) {
	var doc map[string]map[string]any
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&doc); err != nil {
		return nil, fmt.Errorf("halve: %w", err)
	}
	if related, ok := doc["data"]["relationships"].(map[string]any); ok {
		delete(related, "isp_connections")
	}
	return json.Marshal(doc)
}

// inSink counts what SecurityTrax has of a kind: whole records by Alarm.com id, and
// all copies by last name.
func (w *world) inSink(k adcimport.Kind) (whole, copies map[string]int, first map[string]string) {
	records := w.crm.Customers()
	if k == adcimport.KindUser {
		records = w.crm.Users()
	}
	whole, copies, first = map[string]int{}, map[string]int{}, map[string]string{}
	for _, r := range records {
		if r.AlarmComID != "" {
			whole[r.AlarmComID]++
			first[r.AlarmComID] = r.Text("fname")
		}
		copies[r.Text("lname")]++
	}
	return whole, copies, first
}

func (w *world) of(k adcimport.Kind) []*person {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.people), func(p *person) bool { return p.kind != k })
}

func scope(k adcimport.Kind) ledger.Scope { return ledger.Scope{Account: link, Kind: k} }
