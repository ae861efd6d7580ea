package securitytrax_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// Fault 39: tags that differ in case, or in spaces, are one, and the one that is there.
func TestFault39_tags(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ there, asked, want []string }{
		"other case":     {[]string{"VIP"}, []string{"vip", "Vip"}, []string{"VIP"}},
		"none there":     {nil, []string{"vip", "Vip", "VIP"}, []string{"vip"}},
		"accents":        {[]string{"Élite"}, []string{"ÉLITE", "élite"}, []string{"Élite"}},
		"spaces":         {[]string{"Night  Shift "}, []string{"night shift"}, []string{"Night  Shift "}},
		"long s":         {[]string{"Sales"}, []string{"ſales", "SALEs"}, []string{"Sales"}},
		"both are there": {[]string{"VIP", "vip"}, []string{"vip"}, []string{"vip"}},
		"Greek":          {[]string{"ΣΑΣ"}, []string{"σας"}, []string{"ΣΑΣ"}},
		"not alike":      {[]string{"VIP"}, []string{"VI"}, []string{"VI"}},
		"no accent":      {[]string{"Elite"}, []string{"Élite"}, []string{"Élite"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.New(securitytraxtest.WithUserTags(tt.there...))
			sink := newSink(t, srv)
			rec := user(t, srv, "31")
			rec.Tags = tt.asked
			if err := sink.MakeUserTags(t.Context(), tt.asked); err != nil {
				t.Fatal(err)
			}
			if res := createUser(t, sink, rec); res.Status != adcimport.WriteCreated {
				t.Fatalf("%+v", res)
			}
			names := map[string]string{}
			for _, c := range srv.Choices("user_tags") {
				names[c.ID] = c.Name
			}
			var got []string
			for _, id := range srv.Users()[0].Relationships["tags"] {
				got = append(got, names[id])
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("tags (-want +got):\n%s", diff)
			}
		})
	}
}

// A name that is no tag's is refused before anything is made, and not repeated whole.
func TestTags_refused(t *testing.T) {
	t.Parallel()
	for name, tag := range map[string]string{
		"5,000 letters": strings.Repeat("x", 5000), "256 letters": strings.Repeat("é", 256), "two lines": "a\nb",
		"a control": "a\x00b", "no text": "a\xff", "spaces around": " a", "empty": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.New()
			sink := newSink(t, srv)
			group := idOf(t, srv, "permission_groups", "Sales")
			made := sink.MakeUserTags(t.Context(), []string{"fine", tag})
			checked := sink.CheckUserOptions(t.Context(), adcimport.UserOptions{PermissionGroupID: group, Tags: []string{tag}})
			for _, err := range []error{made, checked} {
				invalid, ok := errors.AsType[*adcimport.InvalidOptionsError](err)
				if !ok || invalid.Field != "Tags" || len(invalid.Value) > 60 || len(err.Error()) > 300 {
					t.Errorf("%v", err)
				}
			}
			if n := srv.Count("POST /user_tags"); n != 0 {
				t.Errorf("%d tags were made", n)
			}
		})
	}
}

// A tag that is deleted between two runs, or in the middle of one, is made anew: by the
// next run at the latest.
func TestTags_deletedMeanwhile(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New(securitytraxtest.WithUserTags("VIP"))
	sink := newSink(t, srv)
	for i, id := range []string{"31", "32", "33"} {
		rec := user(t, srv, id)
		rec.Tags = []string{"vip"}
		if i > 0 {
			for _, c := range srv.Choices("user_tags") {
				srv.Delete("user_tags", c.ID)
			}
		}
		if i == 1 { // in the middle: this user fails alone, or comes in without
			_ = createUser(t, sink, rec)
			continue
		}
		if err := sink.MakeUserTags(t.Context(), rec.Tags); err != nil {
			t.Fatal(err)
		}
		if res := createUser(t, sink, rec); res.Status != adcimport.WriteCreated {
			t.Errorf("%s: %+v", id, res)
		}
	}
	if tags := srv.Choices("user_tags"); len(tags) != 1 {
		t.Errorf("tags %v", tags)
	}
}
