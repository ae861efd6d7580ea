package securitytrax_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// unquotable are logins that no filter can hold, as far as its escapes are known.
func unquotable() []string {
	return []string{"o'brien", `DOMAIN\ann`, "'", `a\'b`, "d'arcy' OR username != '", "tab\there", "x\x7f"}
}

// Fault 34: a rep whose login has a quote or a backslash is found. Fault 42: so is one
// that is written in other case, where SecurityTrax tells case apart.
func TestFault34_reps(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New(securitytraxtest.WithPageSize(3))
	want, asked := map[string]string{}, unquotable()
	for _, login := range asked {
		want[login] = srv.AddRep(login, "R", "R")
	}
	for login, other := range map[string]string{
		"jdoe": "JDoe", "ANN": "ann", "Zoë": "ZOË", "o'Hara": "O'HARA", "trail": "Trail ", "é'": "É'",
	} {
		want[login] = srv.AddRep(other, "R", "R")
		asked = append(asked, login)
	}
	srv.AddRep("twice", "R", "R")
	want["TWICE"] = srv.AddRep("TWICE", "R", "R")
	asked = append(asked, "TWICE", "nobody", "no'body", "")
	found, err := newSink(t, srv).FindReps(t.Context(), asked)
	if diff := cmp.Diff(want, found); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// All reps are read only where a login is not found.
func TestFindReps_readsAllOnlyWhereItMust(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	srv.AddRep("ann", "R", "R")
	sink := newSink(t, srv)
	for logins, requests := range map[string]int{"ann": 1, "ann nobody": 3} {
		before := srv.Count("GET /users")
		if _, err := sink.FindReps(t.Context(), strings.Fields(logins)); err != nil {
			t.Fatal(err)
		}
		if n := srv.Count("GET /users") - before; n > requests {
			t.Errorf("%s: %d requests", logins, n)
		}
	}
}

// Fault 35: a user name with a quote or a backslash that somebody has is taken.
func TestFault35_usernameTaken(t *testing.T) {
	t.Parallel()
	for _, name := range unquotable() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.New()
			srv.AddUser(strings.ToUpper(name), "")
			own := srv.AddUser(name+"'own", "31")
			rec, mine := user(t, srv, "30"), user(t, srv, "31")
			rec.Username, mine.Username = name, name+"'own"
			found, err := newSink(t, srv).FindUsers(t.Context(), []adcimport.UserKey{{ID: "30", Record: rec}, {ID: "31", Record: mine}})
			taken, ok := errors.AsType[*adcimport.RecordError](err)
			if !ok || taken.ID != "30" || taken.Reason != adcimport.ReasonUsernameTaken || strings.Contains(err.Error(), name) && len(name) > 1 {
				t.Errorf("error %v", err)
			}
			if diff := cmp.Diff(map[string][]string{"31": {own}}, found); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
		})
	}
}

// Logins that belong to nobody come in each batch: all reps are read once in five minutes,
// and anew once one was made or refused.
func TestFindReps_readsAllOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := securitytraxtest.New()
		quoted := srv.AddRep("o'brien", "R", "R")
		sink := newSink(t, srv)
		lists := func() (n int) {
			for _, r := range srv.Requests() {
				if r.Route == "GET /users" && !strings.Contains(r.Query.Get("filter"), "username") {
					n++
				}
			}
			return n
		}
		find := func(login string) string {
			t.Helper()
			found, err := sink.FindReps(t.Context(), []string{"nobody" + login, login})
			if err != nil {
				t.Fatal(err)
			}
			return found[login]
		}
		for i := range 40 {
			if got := find("o'brien"); got != quoted {
				t.Fatalf("batch %d: found %q", i, got)
			}
		}
		if n := lists(); n != 1 {
			t.Errorf("all reps were read %d times", n)
		}
		if late := srv.AddRep("ann", "R", "R"); find("ann") != late || lists() != 1 {
			t.Errorf("a new rep whom a filter finds: %d lists", lists())
		}
		late := srv.AddRep("d'arcy", "R", "R")
		time.Sleep(5 * time.Minute)
		if find("d'arcy") != late || lists() != 2 {
			t.Errorf("a new rep, later: %d lists", lists())
		}
		rec := user(t, srv, "30")
		rec.Username = "o'hara"
		if made, err := sink.CreateUsers(t.Context(), []adcimport.UserRecord{rec}); err != nil || find("o'hara") != made[0].ID || lists() != 3 {
			t.Errorf("a rep that was made here: %v, %d lists", err, lists())
		}
		gone := customer(t, srv, "1")
		gone.RepID = late
		srv.Delete("users", late)
		if res, err := sink.CreateCustomers(t.Context(), []adcimport.CustomerRecord{gone}); err != nil || res[0].Status != adcimport.WriteRejected {
			t.Errorf("%v, %v", res, err)
		}
		if got := find("d'arcy"); got != "" || lists() != 4 {
			t.Errorf("a rep that was deleted is %q, %d lists", got, lists())
		}
	})
}
