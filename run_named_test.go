package adcimport_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
)

// A job or a form that names its run may ask twice: there is one run.
func TestRunOptions_RunID(t *testing.T) {
	t.Parallel()
	named := adcimport.RunOptions{RunID: "job-17", Labels: map[string]string{"job": "17"}}
	t.Run("completed", func(t *testing.T) {
		t.Parallel()
		r := newRig(12)
		first, err := r.customers(t, named)
		completed(t, first, err, adcimport.Counts{Read: 12, Created: 12})
		again, err := r.customers(t, named)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, again); diff != "" || again.RunID != "job-17" {
			t.Errorf("asked again (-first +again):\n%s", diff)
		}
		run, err := r.importer(t).StartCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{RunOptions: named})
		if err != nil {
			t.Fatal(err)
		}
		if s, err := run.Wait(t.Context()); err != nil || s.RunID != "job-17" || run.Progress().Counts.Created != 12 {
			t.Errorf("in the background: %v, %v, %+v", s, err, run.Progress())
		}
		run.Cancel() // of no effect on what has ended
		var ids []string
		for o, err := range r.importer(t).ImportCustomersSeq(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{RunOptions: named}) {
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, o.SourceID)
		}
		if len(ids) != 12 {
			t.Errorf("as a sequence: %v", ids)
		}
		info, err := r.importer(t).LookupRun(t.Context(), "job-17")
		if diff := cmp.Diff(named.Labels, info.Labels); err != nil || diff != "" {
			t.Errorf("labels (-want +got): %v\n%s", err, diff)
		}
		if n := len(r.snapshot(t)); n != 1 {
			t.Errorf("%d runs", n)
		}
		r.once(t, idsUpTo(12)...)
	})
	t.Run("interrupted goes on", func(t *testing.T) {
		t.Parallel()
		r := newRig(40)
		for _, err := range r.importer(t).ImportCustomersSeq(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{RunOptions: named}) {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		s, err := r.customers(t, named)
		completed(t, s, err, adcimport.Counts{Read: 40, Created: 40})
		r.agrees(t, s)
	})
	t.Run("failed stays failed", func(t *testing.T) {
		t.Parallel()
		r := newRig(12)
		r.store.before = failOn("Records", 1)
		if s, err := r.customers(t, named); !errors.Is(err, errBoom) || s.Status != adcimport.StatusFailed {
			t.Fatal(s, err)
		}
		r.store.heal()
		s, err := r.customers(t, named)
		if err == nil || s.Status != adcimport.StatusFailed || len(r.sink.Customers()) > 0 {
			t.Errorf("asked again: %v, %v", s, err)
		}
	})
	t.Run("another filter, other options, another kind", func(t *testing.T) {
		t.Parallel()
		r := newRig(2)
		if _, err := r.customers(t, named); err != nil {
			t.Fatal(err)
		}
		imp, o := r.importer(t), adcimport.CustomerOptions{RunOptions: named}
		_, filter := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{CustomerIDs: []string{"1"}}, o)
		o.OfficeID = "7"
		_, options := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, o)
		_, kind := imp.StartUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{RunOptions: named})
		for what, err := range map[string]error{"filter": filter, "options": options, "kind": kind} {
			if !errors.Is(err, adcimport.ErrRunExists) {
				t.Errorf("another %s gives %v", what, err)
			}
		}
		if n := len(r.snapshot(t)); n != 1 {
			t.Errorf("%d runs", n)
		}
	})
}

// A second click, or a second host, comes in between the look for the run and its
// begin: there is one run, and both have it.
func TestRunOptions_RunIDAskedAtTheSameTime(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ sameHost, ended bool }{
		"two hosts": {}, "one host": {sameHost: true}, "two hosts, and it ended": {ended: true}, "one host, and it ended": {true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(40)
				one, two := r.importer(t), r.importer(t)
				if tt.sameHost {
					two = one
				}
				o := adcimport.CustomerOptions{RunOptions: adcimport.RunOptions{RunID: "job-17"}}
				var first *adcimport.Run
				r.store.before = func(method string, n int) error {
					if method != "Acquire" || n != 1 {
						return nil
					}
					var err error
					if first, err = one.StartCustomers(t.Context(), adcimport.CustomerFilter{}, o); err == nil && tt.ended {
						_, err = first.Wait(t.Context())
					}
					return err
				}
				second, err := two.StartCustomers(t.Context(), adcimport.CustomerFilter{}, o)
				if err != nil {
					t.Fatal(err)
				}
				for _, run := range []*adcimport.Run{first, second} {
					s, err := run.Wait(t.Context())
					completed(t, s, err, adcimport.Counts{Read: 40, Created: 40})
				}
				if n := len(r.snapshot(t)); n != 1 || second.ID() != "job-17" {
					t.Errorf("%d runs, and %s", n, second.ID())
				}
				r.once(t, idsUpTo(40)...)
			})
		})
	}
}

func TestRunOptions_namesAndLabelsAreChecked(t *testing.T) {
	t.Parallel()
	many := make(map[string]string)
	for _, c := range "abcdefghi" {
		many[string(c)] = "x"
	}
	for name, tt := range map[string]struct {
		o     adcimport.RunOptions
		field string
	}{
		"id of 64":             {adcimport.RunOptions{RunID: strings.Repeat("a", 64)}, ""},
		"id with all there is": {adcimport.RunOptions{RunID: "Az09._-"}, ""},
		"id of 65":             {adcimport.RunOptions{RunID: strings.Repeat("a", 65)}, "RunID"},
		"id with a space":      {adcimport.RunOptions{RunID: "a b"}, "RunID"},
		"id with an accent":    {adcimport.RunOptions{RunID: "é"}, "RunID"},
		"id with a slash":      {adcimport.RunOptions{RunID: "a/b"}, "RunID"},
		"nine labels":          {adcimport.RunOptions{Labels: many}, "Labels"},
		"label without a key":  {adcimport.RunOptions{Labels: map[string]string{"": "x"}}, "Labels"},
		"long key":             {adcimport.RunOptions{Labels: map[string]string{strings.Repeat("k", 33): "x"}}, "Labels"},
		"long value":           {adcimport.RunOptions{Labels: map[string]string{"k": strings.Repeat("v", 65)}}, "Labels"},
		"no text":              {adcimport.RunOptions{Labels: map[string]string{"k": "\xff"}}, "Labels"},
		"longest":              {adcimport.RunOptions{Labels: map[string]string{strings.Repeat("k", 32): strings.Repeat("v", 64)}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(1)
			_, err := r.customers(t, tt.o)
			if tt.field == "" && err != nil || tt.field != "" && !isInvalidOption(err, tt.field) {
				t.Errorf("got %v, want one of %q", err, tt.field)
			}
			if n := len(r.snapshot(t)); (tt.field == "") != (n == 1) {
				t.Errorf("%d runs were stored", n)
			}
		})
	}
}
