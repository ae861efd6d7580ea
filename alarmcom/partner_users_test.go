package alarmcom_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

// TestSpec_U1_to_U6_OverREST reads each rep of a believable dealer, of a list in
// one and of a list in pages.
func TestSpec_U1_to_U6_OverREST(t *testing.T) {
	t.Parallel()
	d := adcimporttest.NewDealer(2, 0, 120)
	for name, p := range map[string]alarmcomtest.Partner{"in one": {}, "in pages": {PageReps: true, MaxPageSize: 50}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, d, alarmcomtest.WithPartner(p))
			var got []adcimport.User
			for _, page := range allPages(t, newSource(t, srv, partner(srv, true)).Users(t.Context(), adcimport.UserFilter{}, "")) {
				got = append(got, page.Items...)
			}
			if diff := cmp.Diff(d.Users, got); diff != "" {
				t.Errorf("users (-want +got):\n%s", diff)
			}
		})
	}
}

// Reps that lack what is needed are read over SOAP where it may be asked, which
// is told; else what is missing is.
func TestPartnerRepsThatLackSomething(t *testing.T) {
	t.Parallel()
	byRole, bySub := adcimport.UserFilter{RoleIDs: []string{"2"}}, adcimport.UserFilter{SubDealerIDs: []string{"12"}}
	for name, test := range map[string]struct {
		p        alarmcomtest.Partner
		f        adcimport.UserFilter
		fallback bool
		alone    string // part of what REST alone tells; of its error where it has one
		fails    bool   // REST alone
	}{
		"nothing":                  {},
		"support id":               {p: alarmcomtest.Partner{Absent: []string{"supportId"}}, fallback: true, alone: "no supportId"},
		"login":                    {p: alarmcomtest.Partner{Hidden: []string{"repLoginName"}}, fallback: true, alone: "no repLoginName for any of 4 users"},
		"roles":                    {p: alarmcomtest.Partner{Hidden: []string{"repRoleList"}}, fallback: true, alone: "repRoleList"},
		"roles that are chosen by": {p: alarmcomtest.Partner{Absent: []string{"repRoleList"}}, f: byRole, fallback: true, alone: "cannot be chosen by role", fails: true},
		"branch":                   {p: alarmcomtest.Partner{Hidden: []string{"repDealerBranchId"}}, alone: "repDealerBranchId"},
		"branch that is chosen by": {p: alarmcomtest.Partner{Hidden: []string{"repDealerBranchId"}}, f: bySub, fallback: true, alone: "cannot be chosen by sub-dealer", fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, smallDealer(), alarmcomtest.WithPartner(test.p))
			want := allPages(t, newSource(t, srv).Users(t.Context(), test.f, ""))
			srv.Reset()
			both := newSource(t, srv, partner(srv, false))
			got := allPages(t, both.Users(t.Context(), test.f, ""))
			if diff := cmp.Diff(want, got); diff != "" && name != "branch" {
				t.Errorf("users (-want +got):\n%s", diff)
			}
			text := told(t, both, adcimport.KindUser)
			if called := srv.Count("GetRepList") == 1; called != test.fallback || strings.Contains(text, "read over SOAP") != test.fallback {
				t.Errorf("asked SOAP: %v, told %q", called, text)
			}
			alone := newSource(t, srv, partner(srv, true))
			if test.fails {
				err := firstError(t, alone.Users(t.Context(), test.f, ""))
				if !isUnsupported(err) || !strings.Contains(err.Error(), test.alone) {
					t.Errorf("error %v", err)
				}
				return
			}
			if n := len(userIDs(allPages(t, alone.Users(t.Context(), test.f, "")))); n != 4 {
				t.Errorf("%d users over REST alone", n)
			}
			if text := told(t, alone, adcimport.KindUser); !strings.Contains(text, test.alone) || test.alone == "" && text != "" {
				t.Errorf("told %q, want %q in it", text, test.alone)
			}
		})
	}
}

func TestPartnerRepsThatAreNotGiven(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]alarmcomtest.Reply{
		"message": {Failure: "Jane"}, "404": {Status: 404}, "403": {Status: 403}, "HTML": {Body: []byte("<html>")}, "other": jsonReply(`{}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, smallDealer())
			srv.Fail(failAlways(alarmcomtest.OpPartnerReps, reply))
			both := newSource(t, srv, partner(srv, false))
			if ids := userIDs(allPages(t, both.Users(t.Context(), adcimport.UserFilter{}, ""))); len(ids) != 4 {
				t.Errorf("users %v", ids)
			}
			if text := told(t, both, adcimport.KindUser); !strings.Contains(text, "read over SOAP") {
				t.Errorf("told %q", text)
			}
			err := firstError(t, newSource(t, srv, partner(srv, true)).Users(t.Context(), adcimport.UserFilter{}, ""))
			var e *alarmcom.Error
			if !errors.As(err, &e) || strings.Contains(err.Error(), "Jane") {
				t.Errorf("error %v", err)
			}
		})
	}
}

// A rep with a field that cannot be read keeps the others, and the others are
// not held up.
func TestPartnerRepsAsTheyMayCome(t *testing.T) {
	t.Parallel()
	srv := newServer(t, nil)
	srv.Fail(failAlways(alarmcomtest.OpPartnerReps, jsonReply(`[null,{"supportId":"5","repId":8,"repRoleList":[3,null,{"roleId":"4"}],"repEmail":{"x":1}},{"supportId":6,"repRoleList":[]}]`)))
	src := newSource(t, srv, partner(srv, true))
	pages := allPages(t, src.Users(t.Context(), adcimport.UserFilter{}, ""))
	want := []adcimport.Page[adcimport.User]{{Items: []adcimport.User{{ID: "5", RepID: "8", RoleIDs: []string{"3", "4"}}, {ID: "6"}}, Total: 2}}
	if diff := cmp.Diff(want, pages); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	if text := told(t, src, adcimport.KindUser); !strings.Contains(text, "unreadable repEmail") {
		t.Errorf("told %q", text)
	}
}

// A list that broke off is read again from the start: reps without any id, which
// nothing tells apart, are not there twice.
func TestPartnerRepsThatBreakOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := alarmcomtest.NewServer(nil)
		whole := jsonReply(`[{"repLoginName":"a"},{"repLoginName":"b"}]`)
		part := jsonReply(`[{"repLoginName":"a"},{"repLo`)
		srv.Fail(func(op string, _, n int) *alarmcomtest.Reply {
			switch {
			case op != alarmcomtest.OpPartnerReps:
				return nil
			case n == 1:
				return &part
			}
			return &whole
		})
		src := inMemory(t, srv, inMemoryPartner(true))
		if ids := userIDs(allPages(t, src.Users(t.Context(), adcimport.UserFilter{}, ""))); len(ids) != 2 {
			t.Errorf("%d reps, want 2", len(ids))
		}
	})
}
