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

func TestSpec_F6_Choices(t *testing.T) {
	t.Parallel()
	src := newSource(t, newServer(t, smallDealer()))
	subs, err := src.SubDealers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []adcimport.Choice{{ID: "56", Name: "Empty"}, {ID: "12", Name: "North"}, {ID: "34", Name: "South"}}
	if diff := cmp.Diff(want, subs); diff != "" {
		t.Errorf("sub-dealers (-want +got):\n%s", diff)
	}
	roles, err := src.Roles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]adcimport.Choice{{ID: "1", Name: "Admin"}, {ID: "2", Name: "Sales"}}, roles); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
}

// GetDealerId and GetBranches may differ: both are offered.
func TestSubDealersOfBothLists(t *testing.T) {
	t.Parallel()
	const head, tail = `<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>`, `</Body></Envelope>`
	replies := map[string]string{
		"GetDealerId": head + `<GetDealerIdResponse><GetDealerIdResult><DealerID>1</DealerID><SubDealers><BranchInfo><BranchName>B</BranchName><BranchId>2</BranchId></BranchInfo><BranchInfo xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/></SubDealers><Success>true</Success></GetDealerIdResult></GetDealerIdResponse>` + tail,
		"GetBranches": head + `<GetBranchesResponse><GetBranchesResult><BranchInfo><BranchName>Other</BranchName><BranchId>2</BranchId></BranchInfo><BranchInfo><BranchCode>A7</BranchCode><BranchId>7</BranchId></BranchInfo><BranchInfo><BranchName> </BranchName><BranchId>9</BranchId></BranchInfo></GetBranchesResult></GetBranchesResponse>` + tail,
	}
	srv := newServer(t, nil)
	srv.Fail(func(op string, _, _ int) *alarmcomtest.Reply { return &alarmcomtest.Reply{Body: []byte(replies[op])} })
	got, err := newSource(t, srv).SubDealers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []adcimport.Choice{{ID: "9", Name: "9"}, {ID: "7", Name: "A7"}, {ID: "2", Name: "B"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sub-dealers (-want +got):\n%s", diff)
	}
}

func TestSubDealersWithoutBranches(t *testing.T) {
	t.Parallel()
	srv := newServer(t, smallDealer())
	srv.Fail(failAlways("GetBranches", alarmcomtest.Reply{Fault: &alarmcomtest.Fault{Text: "no rights"}}))
	got, err := newSource(t, srv).SubDealers(t.Context())
	if err != nil || len(got) != 3 {
		t.Errorf("%v, %v: a refused GetBranches is no loss", got, err)
	}
	srv.Fail(failAlways("GetBranches", alarmcomtest.Reply{Reset: true}))
	if _, err = newSource(t, srv).SubDealers(t.Context()); err == nil {
		t.Error("no error: a lost reply may have had more of them")
	}
}

func TestSpec_A1_Check(t *testing.T) {
	t.Parallel()
	wrong := alarmcom.NewCredentials("somebody", "else")
	for name, test := range map[string]struct {
		reply  *alarmcomtest.Reply
		change func(*alarmcom.Config)
		want   []error
		not    []error
	}{
		"linked":        {},
		"wrong login":   {change: func(c *alarmcom.Config) { c.Credentials = wrong }, want: []error{adcimport.ErrNotLinked, adcimport.ErrAuth}},
		"Success=false": {reply: &alarmcomtest.Reply{Failure: "no"}, want: []error{adcimport.ErrNotLinked, adcimport.ErrAuth}},
		"status 401":    {reply: &alarmcomtest.Reply{Status: 401}, want: []error{adcimport.ErrNotLinked, adcimport.ErrAuth}},
		"status 403":    {reply: &alarmcomtest.Reply{Status: 403}, want: []error{adcimport.ErrNotLinked, adcimport.ErrDenied}},
		"no result":     {reply: &alarmcomtest.Reply{Empty: true}, want: []error{adcimport.ErrNotLinked}, not: []error{adcimport.ErrAuth}},
		"outage":        {reply: &alarmcomtest.Reply{Status: 503}, not: []error{adcimport.ErrNotLinked, adcimport.ErrAuth}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, &adcimporttest.Dealer{})
			if test.reply != nil {
				srv.Fail(failAlways("GetDealerId", *test.reply))
			}
			change := test.change
			if change == nil {
				change = func(*alarmcom.Config) {}
			}
			err := newSource(t, srv, change).Check(t.Context())
			if (err != nil) != (name != "linked") {
				t.Errorf("error %v", err)
			}
			for _, want := range test.want {
				if !errors.Is(err, want) {
					t.Errorf("error %v, want %v", err, want)
				}
			}
			for _, not := range test.not {
				if errors.Is(err, not) {
					t.Errorf("error %v is %v", err, not)
				}
			}
			if n := srv.Count("GetDealerId"); n != 1 {
				t.Errorf("asked %d times, want once: repeats lock logins", n)
			}
		})
	}
}
