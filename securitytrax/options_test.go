package securitytrax_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

func TestCheckCustomerOptions(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	sink := newSink(t, srv)
	office := idOf(t, srv, "locations", "Headquarters")
	rep, tag := srv.AddRep("r", "R", "R"), idOf(t, srv, "customer_tags", "Imported")
	for name, tt := range map[string]struct {
		options adcimport.CustomerOptions
		field   string
	}{
		"O1 all there":        {adcimport.CustomerOptions{OfficeID: office, DefaultRepID: rep, TagIDs: []string{tag}}, ""},
		"O1 office alone":     {adcimport.CustomerOptions{OfficeID: office}, ""},
		"O1 none":             {adcimport.CustomerOptions{}, "OfficeID: is required by SecurityTrax: CustomerChoices has the offices and their ids"},
		"O1 unknown office":   {adcimport.CustomerOptions{OfficeID: "404"}, "OfficeID"},
		"O1 another kind":     {adcimport.CustomerOptions{OfficeID: tag}, "OfficeID"},
		"O1 path in the id":   {adcimport.CustomerOptions{OfficeID: "../customers"}, "OfficeID"},
		"O2 unknown rep":      {adcimport.CustomerOptions{OfficeID: office, DefaultRepID: "404"}, "DefaultRepID"},
		"O3 unknown tag":      {adcimport.CustomerOptions{OfficeID: office, TagIDs: []string{tag, "404"}}, "TagIDs"},
		"O3 empty tag":        {adcimport.CustomerOptions{OfficeID: office, TagIDs: []string{""}}, "TagIDs"},
		"O3 tag of the users": {adcimport.CustomerOptions{OfficeID: office, TagIDs: []string{idOf(t, srv, "user_tags", "Field")}}, "TagIDs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkField(t, sink.CheckCustomerOptions(t.Context(), tt.options), tt.field)
		})
	}
}

func TestCheckUserOptions(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	sink := newSink(t, srv)
	group := idOf(t, srv, "permission_groups", "Sales")
	for name, tt := range map[string]struct {
		options adcimport.UserOptions
		field   string
	}{
		"O6 group":         {adcimport.UserOptions{PermissionGroupID: group}, ""},
		"O6 none":          {adcimport.UserOptions{}, "PermissionGroupID: is required by SecurityTrax: UserChoices has the groups and their ids"},
		"O6 unknown group": {adcimport.UserOptions{PermissionGroupID: "404"}, "PermissionGroupID"},
		"O7 empty tag":     {adcimport.UserOptions{PermissionGroupID: group, Tags: []string{""}}, "Tags"},
		"O7 padded tag":    {adcimport.UserOptions{PermissionGroupID: group, Tags: []string{" x"}}, "Tags"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkField(t, sink.CheckUserOptions(t.Context(), tt.options), tt.field)
		})
	}
	if n := srv.Count("POST /user_tags"); n != 0 {
		t.Errorf("%d tags made", n)
	}
}

// fault 74: each mistake is told, with what was given.
func TestFault74_allMistakesWithTheirValues(t *testing.T) {
	t.Parallel()
	sink := newSink(t, securitytraxtest.New())
	err := sink.CheckCustomerOptions(t.Context(), adcimport.CustomerOptions{OfficeID: "404", DefaultRepID: "405", TagIDs: []string{"406", "", "407"}})
	for _, want := range []string{`OfficeID "404": does not exist in SecurityTrax as an id of this kind`, `DefaultRepID "405": does`, `TagIDs "406": does`, "TagIDs: must", `TagIDs "407": does`} {
		if !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%v lacks %s", err, want)
		}
	}
	err = sink.CheckUserOptions(t.Context(), adcimport.UserOptions{PermissionGroupID: "404", Tags: []string{" x", "Field", ""}})
	for _, want := range []string{`PermissionGroupID "404": does not exist`, `Tags " x": must`, "Tags: must"} {
		if !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%v lacks %s", err, want)
		}
	}
}

// checkField compares the field of an InvalidOptionsError, with its rule where want has
// one; "" is no error.
func checkField(t *testing.T, err error, want string) {
	t.Helper()
	got := ""
	if invalid, ok := errors.AsType[*adcimport.InvalidOptionsError](err); ok {
		got = invalid.Field
		if strings.Contains(want, ": ") {
			got += ": " + invalid.Rule
		}
	} else if err != nil {
		t.Fatalf("error = %v", err)
	}
	if got != want {
		t.Errorf("field = %q, want %q (%v)", got, want, err)
	}
}

func TestSpec_O8_lists(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New(securitytraxtest.WithPageSize(2), securitytraxtest.WithUserTags("a", "b", "c", "d", "e"))
	rep := srv.AddRep("jdoe", "Jo", "Doe")
	sink := newSink(t, srv)
	offices, err1 := sink.Offices(t.Context())
	tags, err2 := sink.CustomerTags(t.Context())
	groups, err3 := sink.PermissionGroups(t.Context())
	userTags, err4 := sink.UserTags(t.Context())
	reps, err5 := sink.Reps(t.Context())
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		t.Fatal(err)
	}
	got := map[string][]adcimport.Choice{"offices": offices, "tags": tags, "groups": groups, "user tags": userTags, "reps": reps}
	want := map[string][]adcimport.Choice{
		"offices": srv.Choices("locations"), "tags": srv.Choices("customer_tags"), "groups": srv.Choices("permission_groups"),
		"user tags": srv.Choices("user_tags"), "reps": {{ID: rep, Name: "Jo Doe"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lists (-want +got):\n%s", diff)
	}
	if n := srv.Count("GET /user_tags"); n != 3 {
		t.Errorf("%d pages of user tags, want 3", n)
	}
}

func TestSpec_A1_check(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	if err := newSink(t, srv).Check(t.Context()); err != nil {
		t.Errorf("Check = %v", err)
	}
	if diff := cmp.Diff(map[string]int{"POST /authenticate": 1, "GET /isps/{id}": 1}, srv.Counts()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	for name, tt := range checkFailures(srv) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := newSink(t, srv, tt.change).Check(t.Context()); !errors.Is(err, tt.want) || !strings.HasPrefix(err.Error(), tt.says) {
				t.Errorf("Check = %v, want %v, as in %q", err, tt.want, tt.says)
			}
		})
	}
}
