package adcimport_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// SPEC "Import options", over HTTP.

func TestSpec_O1_O3_OfficeAndTags(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &adcimporttest.Dealer{Customers: []adcimport.Customer{person("1"), person("2")}})
	offices, tags := w.crm.Choices("locations"), w.crm.Choices("customer_tags")
	o := adcimport.CustomerOptions{OfficeID: offices[1].ID, TagIDs: []string{tags[0].ID, tags[1].ID}}
	w.importCustomers(t, adcimport.CustomerFilter{}, o)
	for _, id := range []string{"1", "2"} {
		c := w.customer(t, id)
		if diff := cmp.Diff([]string{offices[1].ID}, c.Relationships["location"]); diff != "" {
			t.Errorf("O1: office (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(o.TagIDs, c.Relationships["tags"]); diff != "" {
			t.Errorf("O3: tags (-want +got):\n%s", diff)
		}
	}
}

func TestSpec_O2_DefaultRep(t *testing.T) {
	t.Parallel()
	for name, on := range map[string]bool{"off": false, "on": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withRep := func(login string) func(*adcimport.Customer) {
				return func(c *adcimport.Customer) { c.SalesRepLogin = login }
			}
			w := newWorld(t, &adcimporttest.Dealer{Customers: []adcimport.Customer{
				person("1", withRep("known")), person("2", withRep("stranger")), person("3"),
			}})
			known := w.crm.AddRep("known", "Kay", "Example")
			o, otherwise := w.customerOptions(), []string(nil)
			if on {
				o.DefaultRepID = w.crm.AddRep("standin", "Stan", "Example")
				otherwise = []string{o.DefaultRepID}
			}
			w.importCustomers(t, adcimport.CustomerFilter{}, o)
			for id, want := range map[string][]string{"1": {known}, "2": otherwise, "3": otherwise} {
				if diff := cmp.Diff(want, w.customer(t, id).Relationships["rep"]); diff != "" {
					t.Errorf("rep of customer %s (-want +got):\n%s", id, diff)
				}
			}
		})
	}
}

func TestSpec_O4_O6_ActiveAndPermissionGroup(t *testing.T) {
	t.Parallel()
	for name, active := range map[string]bool{"active": true, "inactive": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, &adcimporttest.Dealer{Users: []adcimport.User{rep("5", "grace")}})
			group := w.crm.Choices("permission_groups")[2].ID
			w.importUsers(t, adcimport.UserFilter{}, adcimport.UserOptions{Active: active, PermissionGroupID: group})
			u := w.user(t, "5")
			if got := u.Attributes["active"]; got != active {
				t.Errorf("O4: active %v, want %v", got, active)
			}
			if diff := cmp.Diff([]string{group}, u.Relationships["permission_group"]); diff != "" {
				t.Errorf("O6: permission group (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSpec_O5_CanLoginIsMailedOnce(t *testing.T) {
	t.Parallel()
	noEmail := rep("7", "nomail", func(u *adcimport.User) { u.Email = "" })
	w := newWorld(t, &adcimporttest.Dealer{Users: []adcimport.User{rep("5", "grace"), rep("6", "alan"), noEmail}})
	o := w.userOptions()
	o.CanLogin = true
	s := w.importUsers(t, adcimport.UserFilter{}, o)
	if s.Counts.Created != 2 || s.ByReason[adcimport.ReasonInvalidRecord] != 1 {
		t.Errorf("%+v, want 2 created, and the one without an address invalid", s)
	}
	o.Mode = adcimport.Upsert
	w.importUsers(t, adcimport.UserFilter{}, o)
	lost := w.cfg
	lost.Store = new(adcimport.MemoryStore)
	w.imp = w.importer(t, lost)
	w.importUsers(t, adcimport.UserFilter{}, o)
	var names []string
	for _, e := range w.crm.Emails() {
		names = append(names, e.Username)
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{"alan", "grace"}, names); diff != "" {
		t.Errorf("mailed, also after re-runs (-want +got):\n%s", diff)
	}

	t.Run("off", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, &adcimporttest.Dealer{Users: []adcimport.User{rep("5", "grace"), noEmail}})
		s := w.importUsers(t, adcimport.UserFilter{}, w.userOptions())
		if s.Counts.Created != 2 || len(w.crm.Emails()) != 0 {
			t.Errorf("%+v and %d mails, want 2 created and no mail", s, len(w.crm.Emails()))
		}
	})
}

func TestSpec_O7_UserTagsAreMadeWhereMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &adcimporttest.Dealer{Users: []adcimport.User{rep("5", "grace"), rep("6", "alan")}})
	o := w.userOptions()
	o.Tags = []string{"Field", "Brand New"}
	w.importUsers(t, adcimport.UserFilter{}, o)
	w.importUsers(t, adcimport.UserFilter{}, o)
	byName := map[string]string{}
	for _, c := range w.crm.Choices("user_tags") {
		if byName[c.Name] != "" {
			t.Errorf("tag %q is there twice", c.Name)
		}
		byName[c.Name] = c.ID
	}
	for _, id := range []string{"5", "6"} {
		got := slices.Sorted(slices.Values(w.user(t, id).Relationships["tags"]))
		want := slices.Sorted(slices.Values([]string{byName["Field"], byName["Brand New"]}))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("tags of %s (-want +got):\n%s", id, diff)
		}
	}
}

func TestSpec_O8_ListsComeFromSecurityTrax(t *testing.T) {
	t.Parallel()
	w := newWorld(t, adcimporttest.NewDealer(31, 1, 1))
	rep := w.crm.AddRep("known", "Kay", "Example")
	customers, err := w.imp.CustomerChoices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	users, err := w.imp.UserChoices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	byName := func(a, b adcimport.Choice) int { return strings.Compare(a.Name, b.Name) }
	for typ, got := range map[string][]adcimport.Choice{
		"locations": customers.Offices, "customer_tags": customers.CustomerTags,
		"permission_groups": users.PermissionGroups, "user_tags": users.UserTags,
	} {
		want := slices.SortedFunc(slices.Values(w.crm.Choices(typ)), byName)
		if diff := cmp.Diff(want, slices.SortedFunc(slices.Values(got), byName)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", typ, diff)
		}
	}
	if !slices.ContainsFunc(customers.Reps, func(c adcimport.Choice) bool { return c.ID == rep }) {
		t.Errorf("reps %v, want %s among them", customers.Reps, rep)
	}
}

func TestSpec_O_UnknownOptionsAreRefusedBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, adcimporttest.NewDealer(32, 3, 3))
	customers := map[string]func(*adcimport.CustomerOptions){
		"OfficeID":     func(o *adcimport.CustomerOptions) { o.OfficeID = "" },
		"DefaultRepID": func(o *adcimport.CustomerOptions) { o.DefaultRepID = "nobody" },
		"TagIDs":       func(o *adcimport.CustomerOptions) { o.TagIDs = []string{"999"} },
		"Limit":        func(o *adcimport.CustomerOptions) { o.Limit = -1 },
	}
	for field, change := range customers {
		o := w.customerOptions()
		change(&o)
		_, err := w.imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, o)
		wantInvalidOption(t, err, field)
	}
	_, err := w.imp.ImportUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{PermissionGroupID: "999"})
	wantInvalidOption(t, err, "PermissionGroupID")
	if n := len(w.crm.Customers()) + len(imported(w.crm.Users())); n != 0 {
		t.Errorf("%d records were written", n)
	}
}

func wantInvalidOption(t *testing.T, err error, field string) {
	t.Helper()
	bad, ok := errors.AsType[*adcimport.InvalidOptionsError](err)
	if !ok || bad.Field != field || bad.Rule == "" {
		t.Errorf("%v, want *InvalidOptionsError for %s with its rule", err, field)
	}
}
