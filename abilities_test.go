package adcimport_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// Abilities are found behind wrappers, and those of a half belong to it.
func TestAbilities_unwrap(t *testing.T) {
	t.Parallel()
	r := newRig(3)
	r.src.Dealer.SubDealers = []adcimport.Choice{{ID: "1", Name: "North"}}
	r.src.Dealer.Roles = []adcimport.Choice{{ID: "2", Name: "Rep"}}
	r.sink.Choices = adcimporttest.SinkChoices{
		Offices: []adcimport.Choice{{ID: "3"}}, Reps: []adcimport.Choice{{ID: "4"}}, CustomerTags: []adcimport.Choice{{ID: "5"}},
		PermissionGroups: []adcimport.Choice{{ID: "6"}}, UserTags: []adcimport.Choice{{ID: "7"}},
	}
	r.cfg.Source = wrappedSource{wrappedSource{r.src, r.src}, r.src}
	r.cfg.Sink = wrappedSink{wrappedSink{r.sink, r.sink}, r.sink}
	imp := r.importer(t)
	customers, err := imp.CustomerChoices(t.Context())
	want := adcimport.CustomerChoices{
		SubDealers: []adcimport.Choice{{ID: "1", Name: "North"}}, Offices: []adcimport.Choice{{ID: "3"}},
		Reps: []adcimport.Choice{{ID: "4"}}, CustomerTags: []adcimport.Choice{{ID: "5"}},
	}
	if diff := cmp.Diff(want, customers); diff != "" || err != nil {
		t.Errorf("F6 O8 %v (-want +got):\n%s", err, diff)
	}
	users, err := imp.UserChoices(t.Context())
	wantUsers := adcimport.UserChoices{
		SubDealers: want.SubDealers, Roles: []adcimport.Choice{{ID: "2", Name: "Rep"}},
		PermissionGroups: []adcimport.Choice{{ID: "6"}}, UserTags: []adcimport.Choice{{ID: "7"}},
	}
	if diff := cmp.Diff(wantUsers, users); diff != "" || err != nil {
		t.Errorf("F6 O8 %v (-want +got):\n%s", err, diff)
	}
	s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}) // details too
	completed(t, s, err, adcimport.Counts{Read: 3, Created: 3})
	if r.src.Calls().Checks == 0 || r.sink.CallCounts()["CheckCustomerOptions"] != 1 {
		t.Error("a check was not found")
	}
}

// wrappedSource has nothing but the interface, and says what it wraps.
type wrappedSource struct {
	adcimport.Source
	inner any
}

func (w wrappedSource) Unwrap() any {
	if deeper, ok := w.Source.(wrappedSource); ok {
		return deeper
	}
	return w.inner
}

type wrappedSink struct {
	adcimport.Sink
	inner any
}

func (w wrappedSink) Unwrap() any { return w.inner }

// A source or sink without any ability works, and has no lists.
func TestAbilities_none(t *testing.T) {
	t.Parallel()
	r := newRig(0)
	r.cfg.Source = adcimport.CustomersOnly(struct{ adcimport.CustomerSource }{pagesOf([]string{"1"})})
	r.cfg.Sink = struct{ adcimport.Sink }{r.sink}
	imp := r.importer(t)
	got, err := imp.CustomerChoices(t.Context())
	if diff := cmp.Diff(adcimport.CustomerChoices{}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{DefaultRepID: "9"})
	completed(t, s, err, adcimport.Counts{Read: 1, Created: 1})
	if rep := r.sink.Customers()[0].Record.RepID; rep != "9" {
		t.Errorf("rep %q", rep)
	}
}

func TestHalves(t *testing.T) {
	t.Parallel()
	customers := func(imp *adcimport.Importer) error {
		_, err := imp.ImportCustomers(context.Background(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
		return err
	}
	users := func(imp *adcimport.Importer) error {
		_, err := imp.ImportUsers(context.Background(), adcimport.UserFilter{}, adcimport.UserOptions{})
		return err
	}
	type importing = func(*adcimport.Importer) error
	for name, tt := range map[string]struct {
		half       func(*rig)
		works, not importing
	}{
		"CustomersOnly":     {func(r *rig) { r.cfg.Source = adcimport.CustomersOnly(r.src) }, customers, users},
		"UsersOnly":         {func(r *rig) { r.cfg.Source = adcimport.UsersOnly(r.src) }, users, customers},
		"CustomersOnlySink": {func(r *rig) { r.cfg.Sink = adcimport.CustomersOnlySink(r.sink) }, customers, users},
		"UsersOnlySink":     {func(r *rig) { r.cfg.Sink = adcimport.UsersOnlySink(r.sink) }, users, customers},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(2)
			r.src.Dealer.Users = []adcimport.User{{ID: "1", LoginName: "a"}}
			tt.half(r)
			imp := r.importer(t)
			if err := tt.works(imp); err != nil {
				t.Errorf("the half that is there: %v", err)
			}
			if err := tt.not(imp); !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("the half that is not: %v", err)
			}
		})
	}
	sink := adcimport.UsersOnlySink(&adcimporttest.Sink{})
	res, err := sink.CreateCustomers(t.Context(), make([]adcimport.CustomerRecord, 2))
	want := []adcimport.WriteResult{{Status: adcimport.WriteNotSent}, {Status: adcimport.WriteNotSent}}
	if diff := cmp.Diff(want, res); diff != "" || !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// Pages keeps the convention of Source.
func TestPages(t *testing.T) {
	t.Parallel()
	fetch := func(_ context.Context, c adcimport.Cursor) (adcimport.Page[int], error) {
		n := 0
		if c != "" {
			var err error
			if n, err = strconv.Atoi(string(c)); err != nil {
				return adcimport.Page[int]{}, err
			}
		}
		page := adcimport.Page[int]{Items: []int{n}}
		if n < 3 {
			page.Next = adcimport.Cursor(strconv.Itoa(n + 1))
		}
		return page, nil
	}
	read := func(ctx context.Context, from adcimport.Cursor, stop int) (got []int, last error) {
		for p, err := range adcimport.Pages(ctx, from, fetch) {
			if err != nil {
				if len(p.Items) > 0 || p.Next != "" {
					t.Errorf("a page with an error: %v", p)
				}
				last = err
				continue
			}
			if got = append(got, p.Items...); len(got) == stop {
				break
			}
		}
		return got, last
	}
	canceled, cancel := context.WithCancelCause(t.Context())
	cancel(errBoom)
	for name, tt := range map[string]struct {
		canceled bool
		from     adcimport.Cursor
		stop     int
		want     []int
		err      error
	}{
		"all":      {false, "", 0, []int{0, 1, 2, 3}, nil},
		"resume":   {false, "2", 0, []int{2, 3}, nil},
		"break":    {false, "", 2, []int{0, 1}, nil},
		"error":    {false, "x", 0, nil, strconv.ErrSyntax},
		"canceled": {true, "", 0, nil, errBoom},
	} {
		for range 2 { // ranging again starts again
			ctx := t.Context()
			if tt.canceled {
				ctx = canceled
			}
			got, err := read(ctx, tt.from, tt.stop)
			if !slices.Equal(got, tt.want) || !errors.Is(err, tt.err) {
				t.Errorf("%s: got %v, %v", name, got, err)
			}
		}
	}
}

// tellingSink notes what it is told of a run that it may warn about.
type tellingSink struct {
	*adcimporttest.Sink
	retries *[]string
}

func (s tellingSink) Unwrap() any { return s.Sink }

func (s tellingSink) Warnings(_ context.Context, run adcimport.RunInfo) []string {
	*s.retries = append(*s.retries, run.RetryOf)
	return nil
}

func TestWarner_isToldWhichRunIsRetried(t *testing.T) {
	t.Parallel()
	l := linkLab(2)
	var retries []string
	l.cfg.Sink = tellingSink{l.sink, &retries}
	imp := l.importer(t)
	first, err := imp.ImportUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{})
	if err != nil {
		t.Fatal(err)
	}
	run, err := imp.StartRetryFailed(t.Context(), first.RunID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"", first.RunID}, retries); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
