package securitytrax_test

import (
	"errors"
	"strings"
	"testing"

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
