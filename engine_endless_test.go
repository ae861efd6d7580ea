package adcimport_test

import (
	"context"
	"iter"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// pagedCustomers is an own source whose pages are made by their number.
type pagedCustomers func(n int) adcimport.Page[adcimport.Customer]

func (f pagedCustomers) Customers(context.Context, adcimport.CustomerFilter, adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return func(yield func(adcimport.Page[adcimport.Customer], error) bool) {
		for n := 0; ; n++ {
			if p := f(n); !yield(p, nil) || p.Next == "" {
				return
			}
		}
	}
}

func pageOf(next string, ids ...int) adcimport.Page[adcimport.Customer] {
	p := adcimport.Page[adcimport.Customer]{Next: adcimport.Cursor(next)}
	for _, id := range ids {
		p.Items = append(p.Items, plainCustomer(strconv.Itoa(id)))
	}
	return p
}

// Fault 49: an own source that goes on for ever ends with an error.
func TestFault49_ownSourceWithoutEnd(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		page pagedCustomers
		says string
		read int
	}{
		"a cursor stands still":    {func(n int) adcimport.Page[adcimport.Customer] { return pageOf("c", n) }, `cursor "c" came before`, 1},
		"two cursors alternate":    {func(n int) adcimport.Page[adcimport.Customer] { return pageOf(strconv.Itoa(n%2), n) }, "came before", 2},
		"the same page for ever":   {func(n int) adcimport.Page[adcimport.Customer] { return pageOf(strconv.Itoa(n+1), 1, 2) }, "brought nothing new", -1},
		"pages wrap round":         {func(n int) adcimport.Page[adcimport.Customer] { return pageOf(strconv.Itoa(n+1), n%7, (n+1)%7) }, "brought nothing new", -1},
		"empty pages for ever":     {func(n int) adcimport.Page[adcimport.Customer] { return pageOf(strconv.Itoa(n + 1)) }, "brought nothing new", 0},
		"everything comes twice":   {func(n int) adcimport.Page[adcimport.Customer] { return allTwice(n, 50) }, "", 100},
		"thousands of empty pages": {func(n int) adcimport.Page[adcimport.Customer] { return atTheEnd(n, 9000) }, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(0)
			r.cfg.Source = adcimport.CustomersOnly(test.page)
			sum, err := r.customers(t)
			if test.says == "" && err != nil || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
				t.Fatalf("error %v, want one that says %q", err, test.says)
			}
			if test.read >= 0 && sum.Counts.Read != test.read {
				// A page whose cursor came before is not taken: where it leads is not known.
				t.Errorf("%d read, want %d", sum.Counts.Read, test.read)
			}
		})
	}
}

func allTwice(n, pages int) adcimport.Page[adcimport.Customer] {
	if n == 2*pages-1 {
		return pageOf("", n%pages+1)
	}
	return pageOf(strconv.Itoa(n+1), n%pages+1)
}

func atTheEnd(n, empty int) adcimport.Page[adcimport.Customer] {
	if n == empty {
		return pageOf("", 1)
	}
	return pageOf(strconv.Itoa(n + 1))
}

// Fault 49: Pages ends by itself.
func TestFault49_pages(t *testing.T) {
	t.Parallel()
	n := 0
	for _, err := range adcimport.Pages(t.Context(), "a", func(context.Context, adcimport.Cursor) (adcimport.Page[int], error) {
		n++
		return adcimport.Page[int]{Next: "a"}, nil
	}) {
		if err == nil || n > 1 {
			t.Fatalf("%d pages, %v", n, err)
		}
	}
}

// Fault 32: text of an own source that is no UTF-8 fails its record, by field.
func TestFault32_ownSource(t *testing.T) {
	t.Parallel()
	broken := plainCustomer("1")
	broken.FirstName, broken.InstallAddress.City, broken.CentralStation.AccountNumber = "Ren\xe9e", "\xff", "A\xc3"
	broken.Extra = map[string]string{"note": "caf\xe9", "k\xe9y": "x", "fine": "é"}
	r := newRig(0)
	r.cfg.Source = adcimport.CustomersOnly(pagedCustomers(func(int) adcimport.Page[adcimport.Customer] {
		return adcimport.Page[adcimport.Customer]{Items: []adcimport.Customer{broken, plainCustomer("2")}}
	}))
	var got []string
	imp := r.importer(t)
	for o, err := range imp.ImportCustomersSeq(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		var line strings.Builder
		line.WriteString(o.SourceID + " " + string(o.Action) + " " + string(o.Reason))
		for _, f := range o.Fields {
			line.WriteString(" " + f.Field)
		}
		got = append(got, line.String())
	}
	want := []string{
		"1 failed invalid_record FirstName InstallAddress.City CentralStation.AccountNumber Extra.note Extra", "2 created ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

// Fault 32: the same for users.
func TestFault32_ownSourceOfUsers(t *testing.T) {
	t.Parallel()
	r := newRig(0)
	r.cfg.Source = &adcimporttest.Source{Full: true, Dealer: &adcimporttest.Dealer{Users: []adcimport.User{
		{ID: "1", FirstName: "A", LastName: "B", LoginName: "l\xe9", RoleIDs: []string{"1", "\xe9", "\xe9"}, Address: adcimport.Address{Zip: "\xe9"}},
	}}}
	sum, err := r.importer(t).ImportUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{})
	if err != nil || sum.Counts.Failed != 1 || sum.ByReason[adcimport.ReasonInvalidRecord] != 1 {
		t.Errorf("%+v, %v", sum, err)
	}
}
