package alarmcom_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

// chosen are sub-dealers with three customers each: 121 to 123 of 12, and so on.
func chosen() (*adcimporttest.Dealer, adcimport.CustomerFilter) {
	d, f := &adcimporttest.Dealer{}, adcimport.CustomerFilter{}
	for _, branch := range []string{"12", "34", "56", "78", "90"} {
		f.SubDealerIDs = append(f.SubDealerIDs, branch)
		for i := range 3 {
			d.Customers = append(d.Customers, adcimport.Customer{ID: fmt.Sprint(branch, i+1), SubDealerID: branch})
		}
	}
	return d, f
}

// fault 10: a sub-dealer whose list cannot be had keeps no other one's customers out,
// wherever it stands, and the listing ends with an error that names it. It can be
// gone on with from every cursor, and what is owed is asked for again. A service that
// is away is no sub-dealer's matter.
func TestFault10_closedSubDealers(t *testing.T) {
	t.Parallel()
	fault, gone := alarmcomtest.Reply{Fault: &alarmcomtest.Fault{Text: "no such branch"}}, alarmcomtest.Reply{Status: 503}
	for name, tt := range map[string]struct {
		reply  alarmcomtest.Reply
		closed func(branch, n int) bool // by the call, counted of all
		lacks  string                   // the sub-dealers that are named; empty: none
		code   string                   // of the error; empty: there is none
		most   int                      // calls
	}{
		"nobody":         {fault, func(int, int) bool { return false }, "", "", 5},
		"the first":      {fault, func(b, _ int) bool { return b == 12 }, "12", "refused", 10}, // a list that is a fault costs a probe of the login
		"in the middle":  {fault, func(b, _ int) bool { return b == 56 }, "56", "refused", 10},
		"the last":       {fault, func(b, _ int) bool { return b == 90 }, "90", "refused", 10},
		"a row":          {fault, func(b, _ int) bool { return b >= 34 && b < 90 }, "34, 56, 78", "refused", 16},
		"all but one":    {fault, func(b, _ int) bool { return b != 56 }, "12, 34, 78, 90", "refused", 19},
		"all":            {fault, func(int, int) bool { return true }, "", "unavailable", 10},
		"denied":         {alarmcomtest.Reply{Status: 403}, func(b, _ int) bool { return b == 34 }, "34", "denied", 8},
		"a page":         {alarmcomtest.Reply{Body: []byte("<html>")}, func(b, _ int) bool { return b == 34 }, "34", "refused", 8},
		"no reply":       {gone, func(b, _ int) bool { return b == 34 }, "34", "refused", 8},
		"for a moment":   {fault, func(b, n int) bool { return b == 34 && n < 5 }, "", "", 8},
		"away":           {gone, func(int, int) bool { return true }, "", "unavailable", 3},
		"away, later":    {gone, func(_, n int) bool { return n > 2 }, "", "unavailable", 6},
		"away, at last":  {gone, func(_, n int) bool { return n > 4 }, "", "unavailable", 6},
		"away, too soon": {gone, func(b, n int) bool { return b == 12 || n > 6 }, "", "unavailable", 8},
		"401":            {alarmcomtest.Reply{Status: 401}, func(b, _ int) bool { return b == 34 }, "", "auth", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, f := chosen()
			f.Include.Terminated = true // one list of each
			srv := newServer(t, d)
			calls := 0
			srv.Fail(func(op string, branch, _ int) *alarmcomtest.Reply {
				if op == "GetDealerId" { // whether a fault is of the login
					return nil
				}
				if calls++; op == "GetCustomerListByBranchId" && tt.closed(branch, calls) {
					return &tt.reply
				}
				return nil
			})
			src := newSource(t, srv, pageSize(2), func(c *alarmcom.Config) { c.MaxRetries = -1 })
			ids, cursors, err := walk(t, src, f, "")
			if calls > tt.most {
				t.Errorf("%d calls, want at most %d", calls, tt.most)
			}
			code := ""
			if call, ok := errors.AsType[*adcimport.CallError](err); ok {
				code = call.Code
			}
			named := err != nil && strings.Contains(err.Error(), "sub-dealers "+tt.lacks+" cannot")
			if code != tt.code || (err != nil) != (tt.code != "") || named != (tt.lacks != "") {
				t.Errorf("error %v, code %q", err, code)
			}
			warned := fmt.Sprint(src.Warnings(t.Context(), adcimport.RunInfo{Summary: adcimport.Summary{Kind: adcimport.KindCustomer}}))
			if strings.Contains(warned, "sub-dealers "+tt.lacks+":") != (tt.lacks != "") {
				t.Errorf("warnings: %s", warned)
			}
			for _, c := range d.Customers {
				if closed := slices.Contains(strings.Split(tt.lacks, ", "), c.SubDealerID); slices.Contains(ids, c.ID) == closed && (tt.lacks != "" || tt.code == "") {
					t.Errorf("%s of %s: delivered %v", c.ID, c.SubDealerID, !closed)
				}
			}
			goneOnWith(t, srv, src, f, ids, cursors)
		})
	}
}

// walk returns what a listing delivers, and the cursors between its pages by the
// number of ids before.
func walk(
	t *testing.T, src *alarmcom.Source, f adcimport.CustomerFilter, from adcimport.Cursor,
) (ids []string, cursors map[int]adcimport.Cursor, err error) {
	t.Helper()
	cursors = map[int]adcimport.Cursor{}
	for page, perr := range src.Customers(t.Context(), f, from) {
		if err != nil {
			t.Error("an error is not the last")
		}
		if err = perr; err != nil {
			continue
		}
		for _, c := range page.Items {
			ids = append(ids, c.ID)
		}
		if page.Next != "" {
			cursors[len(ids)] = page.Next
		}
	}
	return ids, cursors, err
}

// goneOnWith resumes a listing at each of its cursors, when all lists can be had
// again: everybody is delivered once, before or after.
func goneOnWith(
	t *testing.T, srv *alarmcomtest.Server, src *alarmcom.Source, f adcimport.CustomerFilter, ids []string, cursors map[int]adcimport.Cursor,
) {
	t.Helper()
	srv.Fail(nil)
	d, _ := chosen()
	for n, cursor := range cursors {
		rest, _, err := walk(t, src, f, cursor)
		all := append(slices.Clone(ids[:n]), rest...)
		slices.Sort(all)
		var want []string
		for _, c := range d.Customers {
			want = append(want, c.ID)
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, all); err != nil || diff != "" {
			t.Errorf("from %s: %v (-want +got):\n%s", cursor, err, diff)
		}
	}
}

// A cursor that owes lists still does so where they fail again, and goes on from
// within one of them.
func TestFault10_owedAgain(t *testing.T) {
	t.Parallel()
	d, f := chosen()
	srv := newServer(t, d)
	closed := map[int]bool{12: true, 34: true}
	srv.Fail(func(op string, branch, _ int) *alarmcomtest.Reply {
		if op == "GetCustomerListByBranchId" && closed[branch] {
			return &alarmcomtest.Reply{Fault: &alarmcomtest.Fault{Text: "closed"}}
		}
		return nil
	})
	src := newSource(t, srv, pageSize(2))
	for i, step := range []struct {
		open int
		from adcimport.Cursor
		want []string
		err  bool
	}{
		{0, "b90:902!12,34", []string{"903"}, true},
		{0, "b90:903!12,34", nil, true},
		{12, "b90:903!12,34", []string{"121", "122", "123"}, true},
		{12, "o12:122!34", []string{"123"}, true},
		{34, "o12:122!34", []string{"123", "341", "342", "343"}, false},
		{34, "o34:343", nil, false},
	} {
		delete(closed, step.open)
		ids, _, err := walk(t, src, f, step.from)
		if diff := cmp.Diff(step.want, ids); diff != "" || (err != nil) != step.err {
			t.Errorf("step %d: %v (-want +got):\n%s", i, err, diff)
		}
	}
	for _, bad := range []adcimport.Cursor{"b12:5!", "b12:5!34,12", "b12:5!x", "o12", "ob12:5", "5!12", "b12:5!012"} {
		if _, _, err := walk(t, src, f, bad); err == nil {
			t.Errorf("%s is taken for a cursor", bad)
		}
	}
}
