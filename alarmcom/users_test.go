package alarmcom_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

func TestSpec_U1_to_U6_EveryFieldComesOver(t *testing.T) {
	t.Parallel()
	d := adcimporttest.NewDealer(2, 0, 120)
	src := newSource(t, newServer(t, d), pageSize(50))
	pages := allPages(t, src.Users(t.Context(), adcimport.UserFilter{}, ""))
	var got []adcimport.User
	for _, p := range pages {
		if p.Partial || p.Total != 120 {
			t.Errorf("partial %v, total %d", p.Partial, p.Total)
		}
		got = append(got, p.Items...)
	}
	if diff := cmp.Diff(d.Users, got); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
	if len(pages) != 3 {
		t.Errorf("%d pages, want 3", len(pages))
	}
}

func TestSpec_F3_F4_F5_UserFilters(t *testing.T) {
	t.Parallel()
	src := newSource(t, newServer(t, smallDealer()))
	for name, test := range map[string]struct {
		f    adcimport.UserFilter
		want []string
	}{
		"none":           {adcimport.UserFilter{}, []string{"7", "9", "30", "200"}},
		"F3 support ids": {adcimport.UserFilter{SupportIDs: []string{"30", "7", "1"}}, []string{"7", "30"}},
		"F4 roles":       {adcimport.UserFilter{RoleIDs: []string{"2", "3"}}, []string{"7", "9"}},
		"F5 sub-dealers": {adcimport.UserFilter{SubDealerIDs: []string{"12"}}, []string{"7", "9"}},
		"all of them":    {adcimport.UserFilter{SupportIDs: []string{"7", "30"}, RoleIDs: []string{"2"}, SubDealerIDs: []string{"12"}}, []string{"7"}},
		"nobody":         {adcimport.UserFilter{RoleIDs: []string{"77"}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pages := allPages(t, src.Users(t.Context(), test.f, ""))
			if diff := cmp.Diff(test.want, userIDs(pages)); diff != "" {
				t.Errorf("users (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUsersResume(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 2, 3, 4, 9} {
		src := newSource(t, newServer(t, smallDealer()), pageSize(size))
		pages := allPages(t, src.Users(t.Context(), adcimport.UserFilter{}, ""))
		for i, p := range pages[:len(pages)-1] {
			rest := allPages(t, src.Users(t.Context(), adcimport.UserFilter{}, p.Next))
			if diff := cmp.Diff(pages[i+1:], rest); diff != "" {
				t.Errorf("size %d after %q (-want +got):\n%s", size, p.Next, diff)
			}
		}
		if last := pages[len(pages)-1].Next; last != "" {
			t.Errorf("size %d: last Next %q", size, last)
		}
	}
}

// Reps that share a support id stay on one page, or a resume would omit one.
func TestUsersWithOneSupportID(t *testing.T) {
	t.Parallel()
	d := &adcimporttest.Dealer{}
	for _, id := range []string{"5", "5", "5", "6"} {
		d.Users = append(d.Users, adcimport.User{ID: id})
	}
	src := newSource(t, newServer(t, d), pageSize(2))
	pages := allPages(t, src.Users(t.Context(), adcimport.UserFilter{}, ""))
	if len(pages) != 2 || len(pages[0].Items) != 3 || pages[0].Next != "5" {
		t.Errorf("pages %+v", pages)
	}
}

// The importer refuses users without an id, one by one: none is taken for
// another's duplicate.
func TestUsersWithoutASupportID(t *testing.T) {
	t.Parallel()
	d := &adcimporttest.Dealer{Users: []adcimport.User{{ID: "0", LoginName: "a"}, {ID: "0", LoginName: "b"}}}
	pages := allPages(t, newSource(t, newServer(t, d)).Users(t.Context(), adcimport.UserFilter{}, ""))
	for _, u := range pages[0].Items {
		if u.ID != "" {
			t.Errorf("%s has the id %q, want none", u.LoginName, u.ID)
		}
	}
}

func TestRepsAsTheyMayCome(t *testing.T) {
	t.Parallel()
	reply := `<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><GetRepListResponse><GetRepListResult xmlns:i="http://www.w3.org/2001/XMLSchema-instance">
<Rep i:nil="true"/><Rep><New/><RepId>8</RepId><RepDealerBranchId i:nil="true"/><RepRoleList><RepRole i:nil="true"/><RepRole><RoleId>3</RoleId><RoleTypeId>Newest</RoleTypeId></RepRole></RepRoleList><SupportId>5</SupportId></Rep>
</GetRepListResult></GetRepListResponse></Body></Envelope>`
	srv := newServer(t, nil)
	srv.Fail(failAlways("GetRepList", alarmcomtest.Reply{Body: []byte(reply)}))
	pages := allPages(t, newSource(t, srv).Users(t.Context(), adcimport.UserFilter{}, ""))
	want := []adcimport.Page[adcimport.User]{{Items: []adcimport.User{{ID: "5", RepID: "8", RoleIDs: []string{"3"}}}, Total: 1}}
	if diff := cmp.Diff(want, pages); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}

func TestUsersRefused(t *testing.T) {
	t.Parallel()
	src := newSource(t, newServer(t, smallDealer()))
	for field, f := range map[string]adcimport.UserFilter{
		"UserFilter.SupportIDs":   {SupportIDs: []string{"1x"}},
		"UserFilter.RoleIDs":      {RoleIDs: []string{"01"}},
		"UserFilter.SubDealerIDs": {SubDealerIDs: []string{""}},
	} {
		var invalid *adcimport.InvalidFilterError
		if err := firstError(t, src.Users(t.Context(), f, "")); !errors.As(err, &invalid) || invalid.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, from := range []adcimport.Cursor{"x", "b1:2", "1.0"} {
		var cursor *alarmcom.CursorError
		if err := firstError(t, src.Users(t.Context(), adcimport.UserFilter{}, from)); !errors.As(err, &cursor) {
			t.Errorf("cursor %q: %v", from, err)
		}
	}
}
