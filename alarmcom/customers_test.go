package alarmcom_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

func idRange(from, to int) []string {
	var ids []string
	for i := from; i <= to; i++ {
		ids = append(ids, strconv.Itoa(i))
	}
	return ids
}

func TestCustomersAreCutIntoSortedPages(t *testing.T) {
	t.Parallel()
	srv := newServer(t, smallDealer())
	src := newSource(t, srv, pageSize(4))
	pages := allPages(t, src.Customers(t.Context(), adcimport.CustomerFilter{}, ""))
	want := []adcimport.Page[adcimport.Customer]{
		{Items: []adcimport.Customer{{ID: "101"}, {ID: "102"}, {ID: "103"}, {ID: "104"}}, Next: "104", Partial: true, Total: 10},
		{Items: []adcimport.Customer{{ID: "105"}, {ID: "106"}, {ID: "107"}, {ID: "108"}}, Next: "108", Partial: true, Total: 10},
		{Items: []adcimport.Customer{{ID: "109"}, {ID: "110"}}, Partial: true, Total: 10},
	}
	if diff := cmp.Diff(want, pages); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	if got := srv.Count("GetCustomerList_V2"); got != 3 {
		t.Errorf("%d list calls, want 3: with commitments, and with terminated ones", got)
	}
}

// TestSpec_F1 and the others prove the source's part of the filters.
func TestSpec_F1_CustomerIDs(t *testing.T) {
	t.Parallel()
	srv := newServer(t, smallDealer())
	src := newSource(t, srv, pageSize(2))
	f := adcimport.CustomerFilter{CustomerIDs: []string{"105", "9", "101", "105"}, SubDealerIDs: []string{"12"}}
	pages := allPages(t, src.Customers(t.Context(), f, ""))
	if diff := cmp.Diff([]string{"9", "101", "105"}, customerIDs(pages)); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	if len(pages) != 2 || pages[0].Next != "101" || pages[1].Next != "" || pages[0].Total != 3 {
		t.Errorf("pages %+v", pages)
	}
	rest := allPages(t, src.Customers(t.Context(), f, "101"))
	if diff := cmp.Diff([]string{"105"}, customerIDs(rest)); diff != "" {
		t.Errorf("after 101 (-want +got):\n%s", diff)
	}
	if n := len(srv.Requests()); n != 0 {
		t.Errorf("%d requests, want none: the ids are known", n)
	}
}

func TestSpec_F2_SubDealers(t *testing.T) {
	t.Parallel()
	d := smallDealer()
	srv := newServer(t, d)
	src := newSource(t, srv, pageSize(2))
	f := adcimport.CustomerFilter{SubDealerIDs: []string{"56", "34", "12"}}
	pages := allPages(t, src.Customers(t.Context(), f, ""))
	var cursors []adcimport.Cursor
	for _, p := range pages {
		cursors = append(cursors, p.Next)
	}
	var want []string
	for _, branch := range []string{"12", "34"} {
		var of []string
		for _, c := range d.Customers {
			if c.SubDealerID == branch {
				of = append(of, c.ID)
			}
		}
		slices.Sort(of)
		want = append(want, of...)
	}
	if diff := cmp.Diff(want, customerIDs(pages)); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]adcimport.Cursor{"b12:106", "b12:109", "b34:104", ""}, cursors); diff != "" {
		t.Errorf("cursors (-want +got):\n%s", diff)
	}
	if n, all := srv.Count("GetCustomerListByBranchId"), srv.Count("GetCustomerList_V2"); n != 6 || all != 0 {
		t.Errorf("%d lists by branch and %d of all, want 6 and 0: with terminated ones, and without", n, all)
	}
}

func TestBranchThatIsNoSubDealer(t *testing.T) {
	t.Parallel()
	srv := newServer(t, smallDealer())
	src := newSource(t, srv, func(c *alarmcom.Config) { c.Assumptions.BranchIsNotSubDealer = true })
	pages := allPages(t, src.Customers(t.Context(), adcimport.CustomerFilter{SubDealerIDs: []string{"12"}}, ""))
	if diff := cmp.Diff(idRange(101, 110), customerIDs(pages)); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	if srv.Count("GetCustomerListByBranchId") != 0 {
		t.Error("asked by branch")
	}
}

// Resuming after any page delivers exactly the rest, with every filter.
func TestCustomersResume(t *testing.T) {
	t.Parallel()
	filters := map[string]adcimport.CustomerFilter{
		"all":         {},
		"ids":         {CustomerIDs: []string{"102", "108", "101"}},
		"sub-dealer":  {SubDealerIDs: []string{"34"}},
		"sub-dealers": {SubDealerIDs: []string{"34", "12", "11", "56"}},
	}
	src := newSource(t, newServer(t, smallDealer()), pageSize(2))
	for name, f := range filters {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pages := allPages(t, src.Customers(t.Context(), f, ""))
			for i, p := range pages {
				if last := i == len(pages)-1; (p.Next == "") != last {
					t.Fatalf("page %d of %d has Next %q", i, len(pages), p.Next)
				}
				if p.Next == "" {
					continue
				}
				rest := allPages(t, src.Customers(t.Context(), f, p.Next))
				if diff := cmp.Diff(customerIDs(pages[i+1:]), customerIDs(rest)); diff != "" {
					t.Errorf("after %q (-want +got):\n%s", p.Next, diff)
				}
			}
		})
	}
}

// A cursor does not slip when the list changes before a resume.
func TestCustomersResumeInAChangedList(t *testing.T) {
	t.Parallel()
	srv := newServer(t, smallDealer())
	src := newSource(t, srv, pageSize(3))
	srv.Update(func(d *adcimporttest.Dealer) {
		d.Customers = slices.DeleteFunc(d.Customers, func(c adcimport.Customer) bool { return c.ID == "103" || c.ID == "104" })
	})
	srv.AddCustomers(adcimport.Customer{ID: "50"}, adcimport.Customer{ID: "1000"})
	pages := allPages(t, src.Customers(t.Context(), adcimport.CustomerFilter{}, "103"))
	if diff := cmp.Diff(append(idRange(105, 110), "1000"), customerIDs(pages)); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
}

func TestCustomersOfNone(t *testing.T) {
	t.Parallel()
	for name, dealer := range map[string]*adcimporttest.Dealer{"none": {}, "one": {Customers: []adcimport.Customer{{ID: "7"}}}} {
		for op, f := range map[string]adcimport.CustomerFilter{
			"list": {}, "branch": {SubDealerIDs: []string{"12", "34"}},
		} {
			t.Run(name+" by "+op, func(t *testing.T) {
				t.Parallel()
				pages := allPages(t, newSource(t, newServer(t, dealer)).Customers(t.Context(), f, ""))
				want := []string(nil)
				if op == "list" && name == "one" {
					want = []string{"7"}
				}
				if diff := cmp.Diff(want, customerIDs(pages)); diff != "" || len(pages) != 1 || pages[0].Next != "" {
					t.Errorf("pages %+v", pages)
				}
			})
		}
	}
}

// Lists may come without a wrapper, without a result, twice the same id, and
// with members nobody knows.
func TestListsAsTheyMayCome(t *testing.T) {
	t.Parallel()
	const head, tail = `<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>`, `</Body></Envelope>`
	v2 := func(inner string) string {
		return head + `<GetCustomerList_V2Response xmlns="http://www.alarm.com/WebServices">` + inner + `</GetCustomerList_V2Response>` + tail
	}
	for name, test := range map[string]struct {
		body string
		want []string
	}{
		"empty wrapper":    {v2(`<GetCustomerList_V2Result><Success>1</Success><CustomerIds/></GetCustomerList_V2Result>`), nil},
		"one":              {v2(`<GetCustomerList_V2Result><Success>true</Success><CustomerIds><int> 5 </int></CustomerIds></GetCustomerList_V2Result>`), []string{"5"}},
		"repeated":         {v2(`<GetCustomerList_V2Result><Success>true</Success><CustomerIds><int>9</int><int>5</int><int>9</int></CustomerIds></GetCustomerList_V2Result>`), []string{"5", "9"}},
		"unknown members":  {v2(`<GetCustomerList_V2Result><New><int>4</int></New><Success>true</Success><CustomerIds><int>5</int></CustomerIds></GetCustomerList_V2Result>`), []string{"5"}},
		"byte order mark":  {"\uFEFF" + v2(`<GetCustomerList_V2Result><Success>true</Success><CustomerIds><int>5</int></CustomerIds></GetCustomerList_V2Result>`), []string{"5"}},
		"comment in an id": {v2(`<GetCustomerList_V2Result><Success>true</Success><CustomerIds><int>1<!-- -->2</int></CustomerIds></GetCustomerList_V2Result>`), []string{"12"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, nil)
			srv.Fail(failAlways("GetCustomerList_V2", alarmcomtest.Reply{Body: []byte(test.body)}))
			pages := allPages(t, newSource(t, srv).Customers(t.Context(), adcimport.CustomerFilter{}, ""))
			if diff := cmp.Diff(test.want, customerIDs(pages)); diff != "" {
				t.Errorf("ids (-want +got):\n%s", diff)
			}
		})
	}
}

func TestListThatIsNoList(t *testing.T) {
	t.Parallel()
	for _, inner := range []string{"<int>abc</int>", "<int></int>", "<int><a>5</a></int>", "<int>99999999999999999999</int>"} {
		srv := newServer(t, nil)
		srv.Fail(failAlways("GetCustomerList_V2", alarmcomtest.Reply{Body: []byte(
			`<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><GetCustomerList_V2Response><GetCustomerList_V2Result><CustomerIds>` +
				inner + `</CustomerIds></GetCustomerList_V2Result></GetCustomerList_V2Response></Body></Envelope>`)}))
		err := firstError(t, newSource(t, srv).Customers(t.Context(), adcimport.CustomerFilter{}, ""))
		if !strings.Contains(err.Error(), "malformed") || strings.Contains(err.Error(), "abc") {
			t.Errorf("%s: error %q", inner, err)
		}
	}
}

func TestCustomersRefused(t *testing.T) {
	t.Parallel()
	src := newSource(t, newServer(t, smallDealer()))
	for name, test := range map[string]struct {
		f    adcimport.CustomerFilter
		from adcimport.Cursor
		want error
	}{
		"id":          {f: adcimport.CustomerFilter{CustomerIDs: []string{"12", "12x"}}, want: &adcimport.InvalidFilterError{Field: "CustomerFilter.CustomerIDs", Part: "12x", Rule: "must be a positive whole number without leading zeros"}},
		"zeros":       {f: adcimport.CustomerFilter{CustomerIDs: []string{"012"}}, want: &adcimport.InvalidFilterError{Field: "CustomerFilter.CustomerIDs", Part: "012", Rule: "must be a positive whole number without leading zeros"}},
		"sub-dealer":  {f: adcimport.CustomerFilter{SubDealerIDs: []string{"-1"}}, want: &adcimport.InvalidFilterError{Field: "CustomerFilter.SubDealerIDs", Part: "-1", Rule: "must be a positive whole number without leading zeros"}},
		"text":        {from: "x", want: &alarmcom.CursorError{Listing: "customers", Cursor: "x"}},
		"of a branch": {from: "b12:5", want: &alarmcom.CursorError{Listing: "customers", Cursor: "b12:5"}},
		"of a list":   {f: adcimport.CustomerFilter{SubDealerIDs: []string{"12"}}, from: "5", want: &alarmcom.CursorError{Listing: "customers by sub-dealer", Cursor: "5"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := firstError(t, src.Customers(t.Context(), test.f, test.from))
			if diff := cmp.Diff(test.want, err); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if err.Error() == "" {
				t.Error("no text")
			}
		})
	}
}

// What is known goes out before an error of the next list does.
func TestErrorOfALaterBranch(t *testing.T) {
	t.Parallel()
	srv := newServer(t, smallDealer())
	srv.Fail(func(_ string, id, _ int) *alarmcomtest.Reply {
		if id != 34 {
			return nil
		}
		return &alarmcomtest.Reply{Fault: &alarmcomtest.Fault{Text: "x"}}
	})
	src := newSource(t, srv)
	var got []string
	var failed error
	for p, err := range src.Customers(t.Context(), adcimport.CustomerFilter{SubDealerIDs: []string{"12", "34"}}, "") {
		if err != nil {
			failed = err
			continue
		}
		got = append(got, fmt.Sprintf("%d %s", len(p.Items), p.Next))
	}
	var e *alarmcom.Error
	if !errors.As(failed, &e) || e.Fault == nil || e.ID != "34" {
		t.Errorf("error %v", failed)
	}
	if diff := cmp.Diff([]string{"3 b12:109"}, got); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}

func TestCustomersBreakAndAgain(t *testing.T) {
	t.Parallel()
	src := newSource(t, newServer(t, smallDealer()), pageSize(1))
	pages := src.Customers(t.Context(), adcimport.CustomerFilter{}, "")
	for range 2 {
		n := 0
		for p, err := range pages {
			if err != nil || p.Items[0].ID != strconv.Itoa(101+n) {
				t.Fatalf("page %d: %v, %v", n, p, err)
			}
			if n++; n == 3 {
				break
			}
		}
	}
}

func TestListingsEndWithTheContextsError(t *testing.T) {
	t.Parallel()
	src := newSource(t, newServer(t, smallDealer()), pageSize(2))
	if err := firstError(t, src.Customers(canceled(), adcimport.CustomerFilter{}, "")); !errors.Is(err, context.Canceled) {
		t.Errorf("customers: %v", err)
	}
	if err := firstError(t, src.Customers(canceled(), adcimport.CustomerFilter{CustomerIDs: []string{"1"}}, "")); !errors.Is(err, context.Canceled) {
		t.Errorf("customers by id: %v", err)
	}
	if err := firstError(t, src.Users(canceled(), adcimport.UserFilter{}, "")); !errors.Is(err, context.Canceled) {
		t.Errorf("users: %v", err)
	}
	why := errors.New("told to stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	var last error
	for _, err := range src.Customers(ctx, adcimport.CustomerFilter{}, "") {
		last = err
		cancel(why)
	}
	if !errors.Is(last, why) {
		t.Errorf("in the middle: %v", last)
	}
}

// Fault 84: what the filter does not include is told apart by the lists.
func TestFault84_listsTellWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	d := &adcimporttest.Dealer{Customers: []adcimport.Customer{
		{ID: "1"},
		{ID: "2", Terminated: true, SubDealerID: "12"},
		{ID: "3", Demo: true},
		{ID: "4", Commitment: true, SubDealerID: "12"},
		{ID: "5", Terminated: true, Commitment: true},
	}}
	gone := func(id string) adcimport.Customer { return adcimport.Customer{ID: id, Terminated: true} }
	promised := adcimport.Customer{ID: "4", Commitment: true}
	id := func(id string) adcimport.Customer { return adcimport.Customer{ID: id} }
	type customers = []adcimport.Customer
	for name, test := range map[string]struct {
		in       adcimport.Include
		all, sub customers
		lists    int // of all, and of the sub-dealer
	}{
		"default":    {adcimport.Include{}, customers{id("1"), gone("2"), id("3"), promised, gone("5")}, customers{gone("2"), id("4")}, 5},
		"terminated": {adcimport.Include{Terminated: true}, customers{id("1"), id("2"), id("3"), promised, {ID: "5", Commitment: true}}, customers{id("2"), id("4")}, 3},
		"commitment": {adcimport.Include{Commitment: true}, customers{id("1"), gone("2"), id("3"), id("4"), gone("5")}, customers{gone("2"), id("4")}, 4},
		"both":       {adcimport.Include{Terminated: true, Commitment: true}, customers{id("1"), id("2"), id("3"), id("4"), id("5")}, customers{id("2"), id("4")}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, d)
			src := newSource(t, srv)
			list := func(f adcimport.CustomerFilter) (all []adcimport.Customer) {
				f.Include = test.in
				for _, p := range allPages(t, src.Customers(t.Context(), f, "")) {
					all = append(all, p.Items...)
				}
				return all
			}
			if diff := cmp.Diff(test.all, list(adcimport.CustomerFilter{})); diff != "" {
				t.Errorf("all (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.sub, list(adcimport.CustomerFilter{SubDealerIDs: []string{"12"}})); diff != "" {
				t.Errorf("of the sub-dealer (-want +got):\n%s", diff)
			}
			if n := len(srv.Requests()); n != test.lists {
				t.Errorf("%d lists, want %d", n, test.lists)
			}
		})
	}
}

// A list of what is left out that cannot be had keeps nobody out, and is said.
func TestFault84_listOfWhatIsLeftOutFails(t *testing.T) {
	t.Parallel()
	srv := newServer(t, &adcimporttest.Dealer{Customers: []adcimport.Customer{{ID: "1"}, {ID: "2", Terminated: true}}})
	calls := 0
	srv.Fail(func(_ string, _, _ int) *alarmcomtest.Reply {
		if calls++; calls > 1 {
			return &alarmcomtest.Reply{Status: 500}
		}
		return nil
	})
	src := newSource(t, srv, func(c *alarmcom.Config) { c.MaxRetries = -1 })
	if diff := cmp.Diff([]string{"1"}, customerIDs(allPages(t, src.Customers(t.Context(), adcimport.CustomerFilter{}, "")))); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	for _, want := range []bool{true, false} { // once
		said := src.Warnings(t.Context(), adcimport.RunInfo{Summary: adcimport.Summary{Kind: adcimport.KindCustomer}})
		if got := len(said) == 1 && strings.Contains(said[0], "not all counted"); got != want {
			t.Errorf("warned %q", said)
		}
	}
}
