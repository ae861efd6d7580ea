package securitytraxtest_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// Fault 80: ids are the same on every start, and are those that the page of Server names.
func TestServer_stableIDs(t *testing.T) {
	t.Parallel()
	want := map[string][]adcimport.Choice{
		"isps":              {{ID: "1", Name: "Alarm.com"}},
		"locations":         {{ID: "2", Name: "Headquarters"}, {ID: "3", Name: "North Office"}},
		"permission_groups": {{ID: "4", Name: "Technician"}, {ID: "5", Name: "Sales"}, {ID: "6", Name: "Administrator"}},
		"customer_tags":     {{ID: "7", Name: "Alarm.com"}, {ID: "8", Name: "Imported"}},
		"user_tags":         {{ID: "9", Name: "Field"}},
	}
	for range 20 {
		srv := newServer()
		for typ, choices := range want {
			if diff := cmp.Diff(choices, srv.Choices(typ)); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", typ, diff)
			}
		}
		if srv.ISPID() != "1" || srv.AddOffice("Main") != "10" || srv.AddRep("rep", "Rep", "One") != "11" {
			t.Fatal("what is added has other ids")
		}
	}
}

// Fault 80: a password can change while the server runs.
func TestServer_ChangePassword(t *testing.T) {
	t.Parallel()
	srv := newServer()
	login := func(password string) int {
		return send(t, srv, ask{
			method: http.MethodPost, path: "authenticate",
			body: `{"username":"` + securitytraxtest.DefaultUsername + `","password":"` + password + `"}`,
		}).status
	}
	before := login(securitytraxtest.DefaultPassword)
	srv.ChangePassword("another")
	got := []int{before, login(securitytraxtest.DefaultPassword), login("another")}
	if diff := cmp.Diff([]int{http.StatusOK, http.StatusUnauthorized, http.StatusOK}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Lists that an option names take the place of the default ones, and ids go on from there.
func TestServer_namedLists(t *testing.T) {
	t.Parallel()
	srv := newServer(securitytraxtest.WithPermissionGroups("Only"), securitytraxtest.WithCustomerTags())
	want := map[string][]adcimport.Choice{
		"permission_groups": {{ID: "4", Name: "Only"}}, "customer_tags": nil, "user_tags": {{ID: "5", Name: "Field"}},
	}
	for typ, choices := range want {
		if diff := cmp.Diff(choices, srv.Choices(typ), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", typ, diff)
		}
	}
}
