package faults_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// nights is how often a dealer is imported while a fault lasts. Each night brings
// one more customer and one more user.
const nights = 4

// lasting is a fault of one record that lasts.
type lasting struct {
	name   string
	users  bool
	bad    []string // who fails, every night
	reason adcimport.Reason
	fail   func(w *world)
}

// import lets nights pass. Everybody but the bad ones is in at the end of each.
func (l lasting) test(t *testing.T) {
	w := newWorld(people)
	w.users = l.users
	l.fail(w)
	imp := w.importer(t)
	for night := range nights {
		w.grow(people + night)
		s, err := w.run(t, imp)
		if err != nil || s.Status != adcimport.StatusCompleted {
			t.Fatalf("night %d: %s, %v", night, textOf(s), err)
		}
		if got := s.ByReason[l.reason] + s.ByReason[adcimport.ReasonResting]; got != len(l.bad) || s.ByReason[l.reason] != len(l.bad) && night < 3 {
			t.Errorf("night %d: %s, want %d %s", night, textOf(s), len(l.bad), l.reason)
		}
		w.allBut(t, night, l.bad)
		time.Sleep(24 * time.Hour)
	}
	w.leaks(t)
	if err := imp.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// grow gives the dealer so many people.
func (w *world) grow(n int) {
	w.people = n
	w.alarm.Update(func(d *adcimporttest.Dealer) {
		*d = *dealer(n)
		for i := range d.Customers {
			if w.reps {
				d.Customers[i].SalesRepLogin = d.Users[i].LoginName
			}
		}
	})
}

// grown is a fault of a dealer with so many people.
func grown(n int, f func(*world)) func(*world) {
	return func(w *world) {
		w.grow(n)
		f(w)
	}
}

// allBut compares what SecurityTrax has with what it must have: everybody once.
func (w *world) allBut(t *testing.T, night int, bad []string) {
	t.Helper()
	copies, first := w.copies(), 101
	if w.users {
		first = 31
	}
	for i := range w.people {
		id, want := strconv.Itoa(first+i), 1
		if slices.Contains(bad, id) {
			want = 0
		}
		if copies[id] != want {
			t.Errorf("night %d: %s is there %d times, want %d", night, id, copies[id], want)
		}
	}
	if n := len(w.crm.Emails()); w.users && n != w.people-len(bad) {
		t.Errorf("night %d: %d logins were mailed", night, n)
	}
}

// createOf makes SecurityTrax answer the creates of some people with a reply.
func createOf(r crmReply, ids ...string) func(*world) {
	return func(w *world) {
		w.crm.Fail(func(req *http.Request, _ int) *crmReply {
			if req.Method == http.MethodPost && isOf(bodyOf(req), ids) {
				return &r
			}
			return nil
		})
	}
}

func bodyOf(r *http.Request) string {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return ""
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return string(body)
}

func isOf(body string, ids []string) bool {
	return slices.ContainsFunc(ids, func(id string) bool { return strings.Contains(body, `_id":"`+id+`"`) })
}

func page(status int) crmReply {
	return crmReply{Status: status, Body: []byte(html), Header: header("Content-Type", "text/html")}
}

func errorsDoc(status int, body string) crmReply {
	return crmReply{Status: status, Body: []byte(`{"errors":[` + body + `]}`)}
}

func lastingFaults() []lasting {
	const some, many = `{"status":"403","code":"zip"}`, `{"status":"403","source":{"pointer":"/data/attributes/zip"}}`
	one, neighbours := []string{"104"}, []string{"103", "104", "105", "106", "107"}
	var list []lasting
	add := func(name string, bad []string, reason adcimport.Reason, r crmReply) {
		list = append(list, lasting{name: name + " of " + strconv.Itoa(len(bad)), bad: bad, reason: reason, fail: createOf(r, bad...)})
	}
	failed, rejected := adcimport.ReasonSinkFailed, adcimport.ReasonRejectedBySink
	add("fault 6: a firewall's 403 page for one create", one, failed, page(403))
	add("fault 6: a firewall's 403 without a page", one, failed, crmReply{Status: 403, Body: []byte{}})
	add("fault 6: a 403 that points at a field", one, rejected, errorsDoc(403, many))
	add("fault 6: a 403 with an error that points at nothing", one, rejected, errorsDoc(403, some))
	add("fault 6: the same for five neighbours", neighbours, rejected, errorsDoc(403, some))
	add("fault 6: the page for neighbours", neighbours[:2], failed, page(403))
	add("fault 6: a redirect to a page that asks whether one is human", one, failed, crmReply{Status: 302, Header: header("Location", "/blocked")})
	add("fault 6: the same for two neighbours", neighbours[:2], failed, crmReply{Status: 302, Header: header("Location", "/blocked")})
	add("fault 6: a firewall's 406 page", one, failed, page(406))
	add("fault 6: a proxy's 413 page", one, rejected, page(413))
	add("fault 6: a proxy's 400 page", one, failed, page(400))
	for _, status := range []int{200, 201, 202, 207} {
		add("fault 9: errors with status "+strconv.Itoa(status), one, failed, errorsDoc(status, many))
	}
	return slices.Concat(list, lastingLogins(), lastingNames())
}

// lastingLogins are names that a look-up cannot be made for (fault 7).
func lastingLogins() []lasting {
	var list []lasting
	for _, status := range []int{400, 403, 406, 413, 414, 422, 500, 302} {
		for kind, r := range map[string]crmReply{"a page": page(status), "a document": {Status: status}} {
			list = append(list, lasting{
				name:  fmt.Sprintf("fault 7: a login name that brings %d, %s", status, kind),
				users: true, bad: []string{"34"}, reason: adcimport.ReasonSinkFailed, fail: loginBrings(r, "3"),
			}, lasting{
				name: fmt.Sprintf("fault 7: a rep's login that brings %d, %s", status, kind),
				bad:  []string{"104"}, reason: adcimport.ReasonSinkFailed, fail: func(w *world) {
					loginBrings(r, "3")(w)
					w.reps = true
				},
			})
		}
	}
	return list
}

// loginBrings makes SecurityTrax answer look-ups of the nth rep's login with a reply.
func loginBrings(r crmReply, n string) func(*world) {
	return func(w *world) {
		w.crm.Fail(func(req *http.Request, _ int) *crmReply {
			if req.Method == http.MethodGet && strings.Contains(req.URL.Query().Get("filter"), "'"+mark+"rep"+n+"'") {
				return &r
			}
			return nil
		})
	}
}

// lastingNames are those that SecurityTrax takes for others (fault 8).
func lastingNames() []lasting {
	collating := func(names ...string) func(*world) {
		return func(w *world) {
			w.setCRM(securitytraxtest.WithCollation(func(text string) string {
				return strings.NewReplacer("é", "e", "ß", "ss", "ø", "o").Replace(strings.ToLower(strings.TrimRight(text, " ")))
			}))
			for _, name := range names {
				w.crm.AddUser(mark+name, "")
			}
		}
	}
	taken := adcimport.ReasonUsernameTaken
	return []lasting{
		{name: "fault 8: an accent", users: true, bad: []string{"34"}, reason: taken, fail: collating("rép3")},
		{name: "fault 8: a space", users: true, bad: []string{"34"}, reason: taken, fail: collating("rep3 ")},
		{name: "fault 8: an accent, a space and case", users: true, bad: []string{"31", "34", "42"}, reason: taken, fail: collating("RÉP3 ", "rép0", "Rep11")},
		{name: "fault 8: a rep with an accent", fail: func(w *world) {
			collating("rép3", "REP4 ")(w)
			w.reps = true
		}},
	}
}

// fault 18: replies to look-ups that are cut where a page ends, when the state is
// lost: nobody is made twice. An ordinary import costs no request more.
func TestNights_cutLookUps(t *testing.T) {
	t.Parallel()
	for name, users := range map[string]bool{"customers": false, "users": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(100)
				w.setCRM(securitytraxtest.WithPageSize(25), securitytraxtest.WithCutPages())
				w.users, w.options.Match = users, adcimport.MatchOff // look-ups by ids are counted
				route := map[bool]string{false: routeFind, true: "GET /users"}[users]
				for night, want := range []struct {
					people, created, linked int
					lost                    bool
					finds                   [2]int // of customers, of users: longer names make two requests of a hundred
				}{
					{100, 100, 0, false, [2]int{1, 2}}, // an ordinary first import
					{110, 10, 0, false, [2]int{1, 1}},  // and an ordinary night
					{110, 0, 110, true, [2]int{5, 6}},  // state lost: cut at 25, from then on 25 a time
					{120, 10, 110, true, [2]int{6, 7}}, // again
					{121, 1, 0, false, [2]int{1, 1}},
				} {
					w.grow(want.people)
					if want.lost {
						w.store = new(adcimport.MemoryStore)
					}
					before := w.crm.Count(route)
					s, err := w.run(t, w.importer(t))
					if err != nil || s.Counts.Created != want.created || s.Counts.Linked != want.linked {
						t.Fatalf("night %d: %s, %v", night, textOf(s), err)
					}
					n := w.crm.Count(route) - before
					if most := want.finds[map[bool]int{true: 1}[users]]; n != most {
						t.Errorf("night %d: %d look-ups, want %d", night, n, most)
					}
					if warned := strings.Contains(fmt.Sprint(s.Warnings), "cuts its replies"); warned != want.lost {
						t.Errorf("night %d: %q", night, s.Warnings)
					}
					w.allBut(t, night, nil)
					time.Sleep(24 * time.Hour)
				}
			})
		})
	}
}

// One bad record is nobody else's, for however long that lasts.
func TestNights_oneBadRecord(t *testing.T) {
	t.Parallel()
	for _, l := range lastingFaults() {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, l.test)
		})
	}
}

// fault 10: a chosen sub-dealer that is closed, for however long, keeps nobody of
// another one out. Each run ends as failed, says why, and names it.
func TestNights_closedSubDealer(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]alarmReply{
		"a fault": {Fault: &alarmFault{Text: mark}}, "403": {Status: 403}, "a page": {Body: []byte(html)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { closedSubDealer(t, reply) })
		})
	}
}

func closedSubDealer(t *testing.T, reply alarmReply) {
	t.Helper()
	w := newWorld(people)
	w.filter.SubDealerIDs = []string{"12", "34"}
	w.alarm.Fail(func(op string, id, _ int) *alarmReply {
		if op == opBranchList && id == 12 || op == opDetail && id == 104 {
			return &reply
		}
		return nil
	})
	imp := w.importer(t)
	for night := range nights {
		w.grow(people + 2*night)
		s, err := w.run(t, imp)
		if err == nil || s.Status != adcimport.StatusFailed || !strings.Contains(err.Error(), "sub-dealers 12 cannot") {
			t.Fatalf("night %d: %s, %v", night, textOf(s), err)
		}
		if s.Failure == nil || s.Failure.Operation != opBranchList || !strings.Contains(fmt.Sprint(s.Warnings), "sub-dealers 12:") {
			t.Errorf("night %d: %+v, %q", night, s.Failure, s.Warnings)
		}
		if n := len(w.copies()); n != w.people/2-1 {
			t.Errorf("night %d: %d are in, want %d", night, n, w.people/2-1)
		}
		if night > 0 && s.Counts.Failed != 1 {
			t.Errorf("night %d: %s", night, textOf(s))
		}
		time.Sleep(24 * time.Hour)
	}
	w.alarm.Fail(nil)
	s, err := w.run(t, imp)
	if err != nil || len(w.copies()) != w.people {
		t.Errorf("opened again: %s, %v: %d are in", textOf(s), err, len(w.copies()))
	}
	w.leaks(t)
}
