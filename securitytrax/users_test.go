package securitytrax_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

func createUser(t *testing.T, sink *securitytrax.Sink, rec adcimport.UserRecord) adcimport.WriteResult {
	t.Helper()
	results, err := sink.CreateUsers(t.Context(), []adcimport.UserRecord{rec})
	if err != nil || len(results) != 1 {
		t.Fatalf("CreateUsers = %v, %v", results, err)
	}
	return results[0]
}

func TestSpec_U_userFields(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	rec := user(t, srv, "31")
	rec.Tags = []string{"Field", "Night shift"}
	res := createUser(t, newSink(t, srv), rec)
	got := srv.Users()[0]
	if res.Status != adcimport.WriteCreated || got.ID != res.ID {
		t.Fatalf("result = %+v", res)
	}
	for id, field := range map[string]struct{ name, want string }{
		"U1":           {"fname", "Zoë"},
		"U2":           {"lname", "Ng"},
		"U3":           {"username", "zoe31"},
		"U4":           {"email", "zoe31@example.com"},
		"U5 street 1":  {"address1", "2 Side St"},
		"U5 street 2":  {"address2", "Suite 9"},
		"U5 city":      {"city", "Regina"},
		"U5 state":     {"state", "SK"},
		"U5 zip":       {"zip", "S4P 3Y2"},
		"U6":           {"cell_phone", "2085550102"},
		"O4 active":    {"active", "true"},
		"O5 can login": {"can_login", "false"},
		"support id":   {"external_id", "31"},
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(field.want, got.Text(field.name)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", field.name, diff)
			}
		})
	}
	want := map[string][]string{
		"permission_group": {rec.PermissionGroupID},
		"tags":             {idOf(t, srv, "user_tags", "Field"), idOf(t, srv, "user_tags", "Night shift")},
	}
	if diff := cmp.Diff(want, got.Relationships); diff != "" {
		t.Errorf("O6, O7 (-want +got):\n%s", diff)
	}
}

func TestSpec_O4_inactive(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	rec := user(t, srv, "1")
	rec.Active = false
	createUser(t, newSink(t, srv), rec)
	if got := srv.Users()[0].Text("active"); got != "false" {
		t.Errorf("active = %s", got)
	}
}

func TestSpec_O5_emailOnce(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		options   []securitytraxtest.Option
		attribute string
	}{
		"sent by SecurityTrax itself": {},
		"asked for by an attribute": {
			[]securitytraxtest.Option{securitytraxtest.WithEmailAttribute("send_login_email")}, "send_login_email",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.New(tt.options...)
			sink := newSink(t, srv, func(c *securitytrax.Config) {
				c.Schema = securitytrax.DefaultSchema()
				c.Schema.User.SendLoginEmail = tt.attribute
			})
			with, without := user(t, srv, "1"), user(t, srv, "2")
			with.CanLogin = true
			id := createUser(t, sink, with).ID
			createUser(t, sink, without)
			with.Email, with.LastName = "new@example.com", "New"
			if _, err := sink.UpdateUsers(t.Context(), []string{id}, []adcimport.UserRecord{with}); err != nil {
				t.Fatal(err)
			}
			want := []securitytraxtest.Email{{UserID: id, Username: "zoe1", To: "zoe1@example.com"}}
			if diff := cmp.Diff(want, srv.Emails()); diff != "" {
				t.Errorf("mails (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSpec_O5_updateLeavesTheLogin shows that an update has neither user name
// nor login in it, whatever the record or a mapping say.
func TestSpec_O5_updateLeavesTheLogin(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	sink := newSink(t, srv)
	rec := user(t, srv, "1")
	id := createUser(t, sink, rec).ID
	rec.CanLogin, rec.Username, rec.Active, rec.LastName = true, "other", false, "Byron"
	rec.Custom = map[string]string{"can_login": "true", "username": "x", "nickname": "Z"}
	results, err := sink.UpdateUsers(t.Context(), []string{id}, []adcimport.UserRecord{rec})
	if err != nil || results[0].Status != adcimport.WriteCreated {
		t.Fatalf("UpdateUsers = %+v, %v", results, err)
	}
	got := srv.Users()[0]
	for name, want := range map[string]string{
		"username": "zoe1", "can_login": "false", "active": "true", "lname": "Byron", "nickname": "Z",
	} {
		if got.Text(name) != want {
			t.Errorf("%s = %s, want %s", name, got.Text(name), want)
		}
	}
	if len(srv.Emails()) != 0 {
		t.Errorf("mails = %v", srv.Emails())
	}
}

func TestSpec_O7_tagsAreMadeOnce(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	sink := newSink(t, srv)
	group := idOf(t, srv, "permission_groups", "Sales")
	options := adcimport.UserOptions{PermissionGroupID: group, Tags: []string{"Field", "New", "New"}}
	if err := sink.CheckUserOptions(t.Context(), options); err != nil || srv.Count("POST /user_tags") != 0 {
		t.Errorf("a check: %v, %d tags made", err, srv.Count("POST /user_tags"))
	}
	for range 2 {
		if err := sink.MakeUserTags(t.Context(), options.Tags); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"1", "2", "3"} {
		rec := user(t, srv, id)
		rec.Tags = options.Tags[:2]
		createUser(t, sink, rec)
	}
	if n, lists := srv.Count("POST /user_tags"), srv.Count("GET /user_tags"); n != 1 || lists != 2 { // a list a run
		t.Errorf("%d tags made and %d lists read, want 1 and 2", n, lists)
	}
	if n := len(srv.Records("user_tags")); n != 2 {
		t.Errorf("%d tags", n)
	}
}

// TestSpec_O7_tagInDoubt shows that a tag whose creation got no reply is looked
// up and not made twice.
func TestSpec_O7_tagInDoubt(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	sink := newSink(t, srv)
	srv.Fail(onRoute("POST", "/user_tags", always(securitytraxtest.Reply{Lost: true, After: true})))
	if err := sink.MakeUserTags(t.Context(), []string{"New"}); err != nil {
		t.Fatal(err)
	}
	if n := len(srv.Records("user_tags")); n != 2 {
		t.Errorf("%d tags, want Field and New", n)
	}
	srv.Fail(onRoute("POST", "/user_tags", always(securitytraxtest.Reply{Status: 500})))
	api, ok := errors.AsType[*securitytrax.APIError](sink.MakeUserTags(t.Context(), []string{"Never"}))
	if !ok || !api.Temporary() || srv.Count("POST /user_tags") != 2 {
		t.Errorf("error = %v after %d POSTs", api, srv.Count("POST /user_tags"))
	}
}

func TestFindUsers(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New(securitytraxtest.WithPageSize(1))
	mine := srv.AddUser("zoe1", "1")
	srv.AddUser("zoe2", "other") // another's
	srv.AddUser("ZOE3", "")      // made by hand
	renamed := srv.AddUser("elsewhere", "4")
	srv.AddUser("zoe4", "44") // took the name of one that is there
	twice := []string{srv.AddUser("zoe6", "6"), srv.AddUser("zoe6b", "6")}
	sink := newSink(t, srv)
	var keys []adcimport.UserKey
	for _, id := range []string{"1", "2", "3", "4", "5", "6"} {
		rec := user(t, srv, id)
		if id == "3" {
			rec.Username = "ZOE3"
		}
		keys = append(keys, adcimport.UserKey{ID: id, Record: rec})
	}
	got, err := sink.FindUsers(t.Context(), keys)
	if diff := cmp.Diff(map[string][]string{"1": {mine}, "4": {renamed}, "6": twice}, got); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("error = %v", err)
	}
	var taken []string
	for _, e := range leaves(joined.Unwrap()) {
		rec, ok := errors.AsType[*adcimport.RecordError](e)
		if !ok || rec.Reason != adcimport.ReasonUsernameTaken {
			t.Errorf("error = %v", e)
			continue
		}
		taken = append(taken, rec.ID)
	}
	if diff := cmp.Diff([]string{"2", "3"}, taken); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
	srv.Reset()
	if found, err := sink.FindUsers(t.Context(), keys[4:5]); err != nil || len(found) != 0 || srv.Count("") != 1 {
		t.Errorf("FindUsers = %v, %v in %d requests", found, err, srv.Count(""))
	}
}

func leaves(errs []error) []error {
	var list []error
	for _, err := range errs {
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			list = append(list, leaves(joined.Unwrap())...)
			continue
		}
		list = append(list, err)
	}
	return list
}

// TestFindUsers_idOnly shows that a key whose record could not be read again is
// enough.
func TestFindUsers_idOnly(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	id := srv.AddUser("zoe1", "1")
	srv.AddUser("x", "")
	got, err := newSink(t, srv).FindUsers(t.Context(), []adcimport.UserKey{{ID: "1"}, {ID: "2"}})
	if diff := cmp.Diff(map[string][]string{"1": {id}}, got); diff != "" || err != nil {
		t.Errorf("error %v, found (-want +got):\n%s", err, diff)
	}
}

func TestCreateUsers_usernameTaken(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New(securitytraxtest.WithUniqueUsernames())
	srv.AddUser("zoe1", "other")
	mine := srv.AddUser("zoe2", "2")
	recs := []adcimport.UserRecord{user(t, srv, "1"), user(t, srv, "2"), user(t, srv, "3")}
	results, err := newSink(t, srv).CreateUsers(t.Context(), recs)
	if err != nil {
		t.Fatal(err)
	}
	want := []adcimport.WriteStatus{adcimport.WriteRejected, adcimport.WriteExists, adcimport.WriteCreated}
	if diff := cmp.Diff(want, statuses(results)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	if rec, ok := errors.AsType[*adcimport.RecordError](results[0].Err); !ok || rec.Reason != adcimport.ReasonUsernameTaken || rec.ID != "1" {
		t.Errorf("error = %v", results[0].Err)
	}
	if api, ok := errors.AsType[*securitytrax.APIError](results[0].Err); !ok || !api.Conflict() {
		t.Errorf("error = %v", results[0].Err)
	}
	if results[1].ID != mine {
		t.Errorf("id = %s, want %s", results[1].ID, mine)
	}
}

// TestFindUsers_filterIgnored shows that a user nobody asked for is no answer.
func TestFindUsers_filterIgnored(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	stranger := `{"data":[{"type":"users","id":"5","attributes":{"username":"stranger","external_id":"99"}}]}`
	srv.Fail(onRoute("GET", "/users", always(securitytraxtest.Reply{Status: 200, Body: []byte(stranger)})))
	sink := newSink(t, srv)
	if _, err := sink.FindUsers(t.Context(), []adcimport.UserKey{{ID: "1", Record: user(t, srv, "1")}}); err == nil {
		t.Error("FindUsers takes it for an answer")
	}
	if _, err := sink.FindReps(t.Context(), []string{"jdoe"}); err == nil {
		t.Error("FindReps takes it for an answer")
	}
}
