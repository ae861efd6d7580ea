package adcimport_test

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// unwraps is a wrapper as the comment of Sink asks for.
type unwraps struct{ adcimport.Sink }

func (u unwraps) Unwrap() any { return u.Sink }

// decorates has the sink in a field with a name.
type decorates struct {
	adcimport.CustomerSink
	adcimport.UserSink
	next adcimport.Sink
}

// fault 37: struct{ adcimport.Sink } around the real sink hid every ability, and
// nobody said so: reps were not linked, and unknown offices accepted. It is said in
// the log, by Check, and in each summary.
func TestFault37_wrappersThatHideAbilities(t *testing.T) {
	t.Parallel()
	const hidden = "hides, for want of a method Unwrap() any: "
	for name, tt := range map[string]struct {
		wrap func(*adcimport.Config)
		want []string // hidden ones, in words
	}{
		"no wrapper": {wrap: func(*adcimport.Config) {}},
		"a sink":     {func(c *adcimport.Config) { c.Sink = struct{ adcimport.Sink }{c.Sink} }, []string{"the sink", "RepFinder", "CustomerOptionsChecker"}},
		"a sink, by a pointer": {
			func(c *adcimport.Config) { c.Sink = &struct{ adcimport.Sink }{c.Sink} }, []string{"the sink", "RepFinder", "CustomerOptionsChecker"},
		},
		"a sink, twice": {
			func(c *adcimport.Config) { c.Sink = struct{ adcimport.Sink }{struct{ adcimport.Sink }{c.Sink}} }, []string{"the sink", "RepFinder"},
		},
		"a sink, behind a good wrapper": {
			func(c *adcimport.Config) { c.Sink = unwraps{struct{ adcimport.Sink }{c.Sink}} }, []string{"the sink", "RepFinder"},
		},
		"a sink in a field": {
			func(c *adcimport.Config) { c.Sink = decorates{c.Sink, c.Sink, c.Sink} }, []string{"the sink", "RepFinder"},
		},
		"half a sink": {
			func(c *adcimport.Config) {
				c.Sink = adcimport.CustomersOnlySink(struct{ adcimport.CustomerSink }{c.Sink})
			}, []string{"the sink", "RepFinder"},
		},
		"a source": {
			func(c *adcimport.Config) { c.Source = struct{ adcimport.Source }{c.Source} }, []string{"the source", "CustomerDetailer", "SubDealerLister"},
		},
		"a good wrapper":        {wrap: func(c *adcimport.Config) { c.Sink = unwraps{c.Sink} }},
		"good wrappers":         {wrap: func(c *adcimport.Config) { c.Sink = unwraps{unwraps{c.Sink}} }},
		"a good half":           {wrap: func(c *adcimport.Config) { c.Sink = adcimport.CustomersOnlySink(c.Sink) }},
		"a wrapper of nothing":  {wrap: func(c *adcimport.Config) { c.Source = adcimport.CustomersOnly(pagesOf([]string{"1"})) }},
		"an embedded real sink": {wrap: func(c *adcimport.Config) { c.Sink = struct{ *adcimporttest.Sink }{new(adcimporttest.Sink)} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(2)
			r.src.Full = true
			tt.wrap(&r.cfg)
			var log bytes.Buffer
			r.cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
			imp := r.importer(t)
			if err := imp.Check(t.Context()); err != nil {
				t.Fatal(err)
			}
			said := slices.Collect(strings.Lines(log.String()))
			s, err := r.customers(t)
			if err != nil {
				t.Fatal(s, err)
			}
			if !strings.Contains(log.String(), "sink_abilities=") {
				t.Errorf("the log does not say what the sink can do:\n%s", &log)
			}
			check := func(where string, lines []string) {
				t.Helper()
				at := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, hidden) })
				if tt.want == nil && at >= 0 || tt.want != nil && at < 0 {
					t.Fatalf("%s says %q", where, lines)
				}
				for _, want := range tt.want {
					if !strings.Contains(lines[at], want) {
						t.Errorf("%s says %q, without %s", where, lines[at], want)
					}
				}
			}
			check("Check", said)
			check("the summary", s.Warnings)
		})
	}
}

// What a run is asked for that its sink cannot do is in the summary.
func TestFault37_whatASinkCannotDo(t *testing.T) {
	t.Parallel()
	type plain struct {
		adcimport.CustomerSink
		adcimport.UserSink
	}
	options := adcimport.CustomerOptions{OfficeID: "nowhere"}
	upsert := adcimport.CustomerOptions{RunOptions: adcimport.RunOptions{Mode: adcimport.Upsert}}
	for name, tt := range map[string]struct {
		can  bool
		rep  string
		o    adcimport.CustomerOptions
		want string
	}{
		"reps":                  {rep: "jdoe", want: "no RepFinder"},
		"reps, and a default":   {rep: "jdoe", o: adcimport.CustomerOptions{DefaultRepID: "7"}, want: "no RepFinder"},
		"no reps":               {},
		"options":               {o: options, want: "no CustomerOptionsChecker"},
		"tags":                  {o: adcimport.CustomerOptions{TagIDs: []string{"7"}}, want: "no CustomerOptionsChecker"},
		"updates":               {o: upsert, want: "no CustomerUpdater"},
		"reps that are found":   {can: true, rep: "jdoe"},
		"updates that are made": {can: true, o: upsert},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(2)
			r.src.Dealer.Customers[1].SalesRepLogin = tt.rep
			if !tt.can {
				r.cfg.Sink = plain{r.sink, r.sink}
			}
			s, err := r.importer(t).ImportCustomers(t.Context(), adcimport.CustomerFilter{}, tt.o)
			if err != nil {
				t.Fatal(s, err)
			}
			warned := func(text string) bool {
				return slices.ContainsFunc(s.Warnings, func(w string) bool { return strings.Contains(w, text) })
			}
			if tt.want != "" && !warned(tt.want) || tt.want == "" && warned("the sink is no") {
				t.Errorf("warnings %q", s.Warnings)
			}
		})
	}
}
