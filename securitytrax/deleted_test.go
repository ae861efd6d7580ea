package securitytrax_test

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// deletion is an import of 60 customers or users during which somebody deletes what its
// options name, after about 25 of them came in.
type deletion struct {
	t       *testing.T
	srv     *securitytraxtest.Server
	imp     *adcimport.Importer
	refusal securitytraxtest.Reply // in place of the server's own; Status 0: its own
}

func newDeletion(t *testing.T, route, typ, id string, srv *securitytraxtest.Server) *deletion {
	t.Helper()
	d := &deletion{t: t, srv: srv}
	d.srv.Fail(onRoute(http.MethodPost, route, func(n int) *securitytraxtest.Reply {
		if n == 26 && !srv.Delete(typ, id) {
			t.Errorf("no %s %s", typ, id)
		}
		if n < 26 || d.refusal.Status == 0 {
			return nil
		}
		return &d.refusal
	}))
	dealer := adcimporttest.NewDealer(1, 0, 0)
	for i := range 60 {
		c := adcimport.Customer{
			ID: strconv.Itoa(1000 + i), FirstName: "A", LastName: "B", PrimaryPhoneNumber: "208-555-0100", SalesRepLogin: "rep" + strconv.Itoa(i/30),
			InstallAddress: adcimport.Address{Street1: "1 Main St", City: "Boise", State: "ID", Zip: "83702"}, JoinDate: time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC),
		}
		dealer.Customers = append(dealer.Customers, c)
		dealer.Users = append(dealer.Users, adcimport.User{ID: strconv.Itoa(2000 + i), LoginName: "u" + strconv.Itoa(i), FirstName: "A", LastName: "B", Email: "a@example.com"})
	}
	imp, err := adcimport.New(adcimport.Config{
		Link: "l", Source: &adcimporttest.Source{Dealer: dealer}, Sink: newSink(t, srv), Store: new(adcimport.MemoryStore), BatchSize: 10,
	})
	if err != nil {
		t.Fatal(err)
	}
	d.imp = imp
	return d
}

// What the options of a run name is deleted while it is at work: the run fails with its
// name and id, no record is blamed, and a run with another choice brings everybody else.
func TestImport_optionIsDeleted(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		typ, field string
		refusal    securitytraxtest.Reply
	}{
		"office":                   {typ: "locations", field: "OfficeID"},
		"default rep":              {typ: "users", field: "DefaultRepID"},
		"customer tag":             {typ: "customer_tags", field: "TagIDs"},
		"office, and no pointer":   {typ: "locations", field: "OfficeID", refusal: securitytraxtest.Reply{Status: 404, Body: []byte(`{}`)}},
		"tag, as 422":              {typ: "customer_tags", field: "TagIDs", refusal: securitytraxtest.Reply{Status: 422, Body: []byte(`{"errors":[{"source":{"pointer":"/data/relationships/tags/data/0"}}]}`)}},
		"rep, with another's word": {typ: "users", field: "DefaultRepID", refusal: securitytraxtest.Reply{Status: 400, Body: []byte(`{"errors":[{"code":"x"}]}`)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.New()
			rep := srv.AddRep("default", "D", "R")
			options := adcimport.CustomerOptions{
				RunOptions: alike(), OfficeID: idOf(t, srv, "locations", "Headquarters"), DefaultRepID: rep, TagIDs: []string{idOf(t, srv, "customer_tags", "Imported")},
			}
			id := map[string]string{"OfficeID": options.OfficeID, "DefaultRepID": rep, "TagIDs": options.TagIDs[0]}[tt.field]
			d := newDeletion(t, "/customers", tt.typ, id, srv)
			d.refusal = tt.refusal
			s, err := d.imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, options)
			came := d.failed(s, err, tt.field, id)

			d.srv.Fail(nil)
			if _, err := d.imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, options); err == nil {
				t.Error("the next run with this choice begins")
			}
			options.OfficeID, options.DefaultRepID, options.TagIDs = idOf(t, srv, "locations", "North Office"), "", nil
			s, err = d.imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, options)
			if err != nil || s.Counts.Created != 60-came || s.Counts.Failed != 0 || len(srv.Customers()) != 60 {
				t.Errorf("with another choice: %v, %v; %d are there", s, err, len(srv.Customers()))
			}
		})
	}
}

// failed holds a run to its failure: what and which, nobody blamed. Of the eight requests
// that are under way, any may be the last that brings its record in.
func (d *deletion) failed(s *adcimport.Summary, err error, field, id string) (came int) {
	d.t.Helper()
	wrong, ok := errors.AsType[*adcimport.InvalidOptionsError](err)
	if !ok || wrong.Field != field || wrong.Value != id {
		d.t.Errorf("error %v, want one of %s %s", err, field, id)
	}
	if s.Status != adcimport.StatusFailed || s.Counts.Created < 18 || s.Counts.Created > 25 || s.Counts.Failed != 0 {
		d.t.Errorf("%v", s)
	}
	if f := s.Failure; f == nil || f.End != "sink" || f.Code != "invalid_options" {
		d.t.Errorf("failure %+v", f)
	}
	if text := strings.Join(s.Warnings, "\n"); !strings.Contains(text, field) || !strings.Contains(text, id) {
		d.t.Errorf("warnings %q", s.Warnings)
	}
	return s.Counts.Created
}

func TestImport_permissionGroupIsDeleted(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	group := idOf(t, srv, "permission_groups", "Sales")
	d := newDeletion(t, "/users", "permission_groups", group, srv)
	options := adcimport.UserOptions{PermissionGroupID: group, CanLogin: true, Tags: []string{"Field"}}
	s, err := d.imp.ImportUsers(t.Context(), adcimport.UserFilter{}, options)
	came := d.failed(s, err, "PermissionGroupID", group)
	options.PermissionGroupID = idOf(t, srv, "permission_groups", "Technician")
	s, err = d.imp.ImportUsers(t.Context(), adcimport.UserFilter{}, options)
	if err != nil || s.Counts.Created != 60-came || len(srv.Emails()) != 60 {
		t.Errorf("with another group: %v, %v; %d mails", s, err, len(srv.Emails()))
	}
}

// A user tag is made again: users of the call in which it was missed fail, and come in
// with the next run, and nobody is mailed twice.
func TestImport_userTagIsDeleted(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	d := newDeletion(t, "/users", "user_tags", idOf(t, srv, "user_tags", "Field"), srv)
	options := adcimport.UserOptions{PermissionGroupID: idOf(t, srv, "permission_groups", "Sales"), CanLogin: true, Tags: []string{"Field"}}
	first, err := d.imp.ImportUsers(t.Context(), adcimport.UserFilter{}, options)
	if err != nil || first.Counts.Failed == 0 || first.Counts.Failed > 10 || first.Counts.Created+first.Counts.Failed != 60 {
		t.Errorf("%v, %v", first, err)
	}
	s, err := d.imp.ImportUsers(t.Context(), adcimport.UserFilter{}, options)
	if err != nil || s.Counts.Created != first.Counts.Failed || len(srv.Emails()) != 60 {
		t.Errorf("the next run: %v, %v; %d mails", s, err, len(srv.Emails()))
	}
}

// A rep of some customers is deleted: those that were looked up with it fail, once; others
// of the same rep have the default rep, or none.
func TestImport_repIsDeleted(t *testing.T) {
	t.Parallel()
	for name, withDefault := range map[string]bool{"default rep": true, "no default rep": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.New()
			reps := map[string]int{srv.AddRep("rep1", "R", "R"): 30}
			options := adcimport.CustomerOptions{RunOptions: alike(), OfficeID: idOf(t, srv, "locations", "Headquarters")}
			if withDefault {
				options.DefaultRepID = srv.AddRep("default", "R", "R")
			}
			gone := srv.AddRep("rep0", "R", "R")
			d := newDeletion(t, "/customers", "users", gone, srv)
			first, err := d.imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, options)
			if err != nil || first.Counts.Failed == 0 || first.Counts.Failed > 12 || first.Counts.Created+first.Counts.Failed != 60 {
				t.Errorf("%v, %v", first, err)
			}
			s, err := d.imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, options)
			if err != nil || s.Counts.Created != first.Counts.Failed {
				t.Errorf("the next run: %v, %v", s, err)
			}
			reps[gone], reps[options.DefaultRepID] = 30-first.Counts.Failed, first.Counts.Failed
			got := map[string]int{}
			for _, c := range srv.Customers() {
				got[strings.Join(c.Relationships["rep"], ",")]++
			}
			if diff := cmp.Diff(reps, got); diff != "" {
				t.Errorf("reps (-want +got):\n%s", diff)
			}
		})
	}
}

// alike: all have one name and one phone number, and are others all the same.
func alike() adcimport.RunOptions { return adcimport.RunOptions{Match: adcimport.MatchOff} }

// What a service refuses without a word is no reason to ask for the options each time.
func TestImport_optionsAreAskedForOnce(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	d := newDeletion(t, "/customers", "customer_tags", idOf(t, srv, "customer_tags", "Imported"), srv)
	srv.Fail(onRoute(http.MethodPost, "/customers", func(n int) *securitytraxtest.Reply {
		if n%3 > 0 {
			return nil
		}
		return &securitytraxtest.Reply{Status: http.StatusUnprocessableEntity, Body: []byte(`{}`)}
	}))
	office := idOf(t, srv, "locations", "Headquarters")
	s, err := d.imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{RunOptions: alike(), OfficeID: office})
	if err != nil || s.Counts.Created != 40 || s.Counts.Failed != 20 {
		t.Errorf("%v, %v", s, err)
	}
	if n := srv.Count("GET /locations/{id}"); n == 0 || n > 2 { // at the start, and at the first refusal
		t.Errorf("the office was asked for %d times", n)
	}
}
