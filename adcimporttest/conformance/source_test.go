package conformance_test

import (
	"context"
	"iter"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/adcimporttest/conformance"
)

// dealerCase is a source over a believable dealer on several pages.
func dealerCase(change func(*adcimporttest.Source)) conformance.SourceCase {
	d := adcimporttest.NewDealer(3, 40, 12)
	src := &adcimporttest.Source{Dealer: d, PageSize: 5}
	change(src)
	c := conformance.SourceCase{
		Source: src, Empty: new(adcimporttest.Source), Customers: d.Clone().Customers, Users: d.Clone().Users, Away: newAwaySource(),
		Account: account{src},
	}
	return c
}

func TestSourceSuite(t *testing.T) {
	t.Parallel()
	sources := map[string]func(*adcimporttest.Source){
		"partial": func(*adcimporttest.Source) {},
		"full":    func(s *adcimporttest.Source) { s.Full = true },
	}
	for name, change := range sources {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conformance.RunSource(t, func(*testing.T) conformance.SourceCase { return dealerCase(change) })
		})
	}
}

// A half is held to the rules on its half.
func TestSourceSuiteOnHalves(t *testing.T) {
	t.Parallel()
	halves := map[string]func(adcimport.Source) adcimport.Source{
		"customers": func(s adcimport.Source) adcimport.Source { return adcimport.CustomersOnly(s) },
		"users":     func(s adcimport.Source) adcimport.Source { return adcimport.UsersOnly(s) },
	}
	for name, half := range halves {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := conformance.TestSource(func() (conformance.SourceCase, error) {
				c := dealerCase(func(*adcimporttest.Source) {})
				c.Source, c.Empty = half(c.Source), half(c.Empty)
				return c, nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// Fault 49: a source whose listings never end fails the suite, and does not hang it.
func TestSourceSuiteEnds(t *testing.T) {
	t.Parallel()
	err := conformance.TestSource(func() (conformance.SourceCase, error) {
		c := dealerCase(func(s *adcimporttest.Source) { s.Full = true })
		c.Source = adcimport.CustomersOnly(endlessCustomers{c.Customers[:1]})
		return c, nil
	})
	if err == nil || !strings.Contains(err.Error(), "does not end") {
		t.Errorf("error %v", err)
	}
}

// endlessCustomers goes on for ever, with the same records and a new cursor.
type endlessCustomers struct{ items []adcimport.Customer }

func (e endlessCustomers) Customers(
	ctx context.Context, _ adcimport.CustomerFilter, from adcimport.Cursor,
) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return adcimport.Pages(ctx, from, func(_ context.Context, at adcimport.Cursor) (adcimport.Page[adcimport.Customer], error) {
		return adcimport.Page[adcimport.Customer]{Items: e.items, Next: next(at)}, nil
	})
}

func next(at adcimport.Cursor) adcimport.Cursor {
	n, _ := strconv.Atoi(string(at))
	return adcimport.Cursor(strconv.Itoa(n + 1))
}

// A case without records is a mistake of the case: a suite that tests nothing
// must not pass.
func TestSourceSuiteWantsRecords(t *testing.T) {
	t.Parallel()
	err := conformance.TestSource(func() (conformance.SourceCase, error) {
		return conformance.SourceCase{Source: new(adcimporttest.Source)}, nil
	})
	want := map[string]bool{"customers_all": true, "users_all": true}
	if diff := cmp.Diff(want, brokenRules(err)); diff != "" {
		t.Errorf("rules that are broken (-want +got):\n%s", diff)
	}
}
