package adcimport_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
)

// fault 57: a LeaseTTL of 60 was accepted, and every run lost its lease.
func TestFault57_aTimeWithoutItsUnitIsRefused(t *testing.T) {
	t.Parallel()
	for field, of := range map[string]func(*adcimport.Config) *time.Duration{
		"Config.LeaseTTL":   func(c *adcimport.Config) *time.Duration { return &c.LeaseTTL },
		"Config.SettleTime": func(c *adcimport.Config) *time.Duration { return &c.SettleTime },
		"Config.MaxPause":   func(c *adcimport.Config) *time.Duration { return &c.MaxPause },
		"Config.MaxOutage":  func(c *adcimport.Config) *time.Duration { return &c.MaxOutage },
	} {
		for d, refused := range map[time.Duration]bool{
			1: true, 60: true, 86_400: true, 300_000: true, time.Millisecond - 1: true,
			0: false, time.Millisecond: false, time.Minute: false,
		} {
			r := newRig(1)
			*of(&r.cfg) = d
			_, err := adcimport.New(r.cfg)
			if isInvalidOption(err, field) != refused || !refused && err != nil {
				t.Errorf("%s %v: %v", field, d, err)
			}
		}
	}
}

// invalidOptions are all that an error says is wrong.
func invalidOptions(err error) []string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []string
		for _, e := range joined.Unwrap() {
			all = append(all, invalidOptions(e)...)
		}
		return all
	}
	if inner := errors.Unwrap(err); inner != nil {
		return invalidOptions(inner)
	}
	if e, ok := errors.AsType[*adcimport.InvalidOptionsError](err); ok {
		return []string{fmt.Sprintf("%s %q", e.Field, e.Value)}
	}
	return nil
}

// fault 74: "TagIDs: does not exist", of the first mistake alone. Every mistake is
// told, with what was given.
func TestFault74_allMistakesWithTheirValues(t *testing.T) {
	t.Parallel()
	r := newRig(1)
	r.sink.Choices.CustomerTags = []adcimport.Choice{{ID: "a"}}
	imp := r.importer(t)
	customers := func(o adcimport.CustomerOptions) error {
		_, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, o)
		return err
	}
	for name, tt := range map[string]struct {
		err  error
		want []string
	}{
		"of the sink": {
			customers(adcimport.CustomerOptions{OfficeID: "no", DefaultRepID: "77", TagIDs: []string{"a", "b", "c"}}),
			[]string{`OfficeID "no"`, `DefaultRepID "77"`, `TagIDs "b"`, `TagIDs "c"`},
		},
		"of a run": {
			customers(adcimport.CustomerOptions{RunOptions: adcimport.RunOptions{
				Mode: 9, Limit: -1, MaxFailures: -2, MaxFailureShare: 1.5, RunID: "a b", Labels: map[string]string{"z": "\x00secret", "": "y"},
			}}),
			[]string{`Mode "9"`, `Limit "-1"`, `MaxFailures "-2"`, `MaxFailureShare "1.5"`, `RunID "a b"`, `Labels ""`, `Labels "z"`},
		},
		"of users": {
			func() error {
				_, err := imp.StartUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{PermissionGroupID: "404"})
				return err
			}(),
			[]string{`PermissionGroupID "404"`},
		},
		"of a config": {
			func() error {
				_, err := adcimport.New(adcimport.Config{Concurrency: -3, LeaseTTL: 60, Notifiers: []adcimport.Notifier{nil}})
				return err
			}(),
			[]string{
				`Config.Link ""`, `Config.Source ""`, `Config.Sink ""`, `Config.Store ""`, `Config.Concurrency "-3"`,
				`Config.LeaseTTL "60ns"`, `Config.Notifiers ""`,
			},
		},
	} {
		if diff := cmp.Diff(tt.want, invalidOptions(tt.err)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if strings.Contains(fmt.Sprint(tt.err), "secret") {
			t.Errorf("%s: a label is told: %v", name, tt.err)
		}
	}
}

func TestNew_namesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for field, change := range map[string]func(*adcimport.Config){
		"Config.Link":        func(c *adcimport.Config) { c.Link = "" },
		"Config.Source":      func(c *adcimport.Config) { c.Source = nil },
		"Config.Sink":        func(c *adcimport.Config) { c.Sink = nil },
		"Config.Store":       func(c *adcimport.Config) { c.Store = nil },
		"Config.Concurrency": func(c *adcimport.Config) { c.Concurrency = -1 },
		"Config.BatchSize":   func(c *adcimport.Config) { c.BatchSize = -1 },
		"Config.LeaseTTL":    func(c *adcimport.Config) { c.LeaseTTL = -time.Second },
		"Config.SettleTime":  func(c *adcimport.Config) { c.SettleTime = -1 },
		"Config.Notifiers":   func(c *adcimport.Config) { c.Notifiers = []adcimport.Notifier{nil} },
	} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			r := newRig(1)
			change(&r.cfg)
			if imp, err := adcimport.New(r.cfg); imp != nil || !isInvalidOption(err, field) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("mapping", func(t *testing.T) {
		t.Parallel()
		r := newRig(1)
		r.cfg.UserMapping = adcimport.Mapping{Rules: []adcimport.Rule{{From: []string{"Nonsense"}, To: "Email"}}}
		_, err := adcimport.New(r.cfg)
		if _, ok := errors.AsType[*adcimport.MappingError](err); !ok {
			t.Errorf("got %v", err)
		}
	})
}

// What is wrong with filter, options or link is said before anything is written
// (SPEC A1, A8).
func TestImporter_refusals(t *testing.T) {
	t.Parallel()
	opts := func(o adcimport.RunOptions) adcimport.CustomerOptions {
		return adcimport.CustomerOptions{RunOptions: o}
	}
	tests := map[string]struct {
		f     adcimport.CustomerFilter
		o     adcimport.CustomerOptions
		rig   func(*rig)
		field string // of an InvalidFilterError or InvalidOptionsError
		is    error
	}{
		"F1 empty id":        {f: adcimport.CustomerFilter{CustomerIDs: []string{"1", ""}}, field: "CustomerFilter.CustomerIDs"},
		"F2 spaces":          {f: adcimport.CustomerFilter{SubDealerIDs: []string{" 1"}}, field: "CustomerFilter.SubDealerIDs"},
		"mode":               {o: opts(adcimport.RunOptions{Mode: 9}), field: "Mode"},
		"limit":              {o: opts(adcimport.RunOptions{Limit: -1}), field: "Limit"},
		"failures":           {o: opts(adcimport.RunOptions{MaxFailures: -2}), field: "MaxFailures"},
		"share":              {o: opts(adcimport.RunOptions{MaxFailureShare: 1.1}), field: "MaxFailureShare"},
		"share that is none": {o: opts(adcimport.RunOptions{MaxFailureShare: math.NaN()}), field: "MaxFailureShare"},
		"O1 unknown office":  {o: adcimport.CustomerOptions{OfficeID: "no"}, field: "OfficeID"},
		"O2 unknown rep":     {o: adcimport.CustomerOptions{DefaultRepID: "no"}, field: "DefaultRepID"},
		"O3 unknown tag":     {o: adcimport.CustomerOptions{TagIDs: []string{"no"}}, field: "TagIDs"},
		"A1 source":          {rig: func(r *rig) { r.src.check = errBoom }, is: adcimport.ErrNotLinked},
		"A1 sink":            {rig: func(r *rig) { r.sink.check = errBoom }, is: adcimport.ErrNotLinked},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(3)
			if tt.rig != nil {
				tt.rig(r)
			}
			imp := r.importer(t)
			s, err := imp.ImportCustomers(t.Context(), tt.f, tt.o)
			refusal(t, err, tt.field, tt.is)
			if s == nil || s.Status != adcimport.StatusFailed || s.Link != "isp-1" {
				t.Errorf("summary %+v", s)
			}
			run, err := imp.StartCustomers(t.Context(), tt.f, tt.o)
			refusal(t, err, tt.field, tt.is)
			if run != nil {
				t.Error("started")
			}
			n := 0
			for _, err := range imp.ImportCustomersSeq(t.Context(), tt.f, tt.o) {
				refusal(t, err, tt.field, tt.is)
				n++
			}
			if n != 1 {
				t.Errorf("%d elements", n)
			}
			calls := r.store.count()
			if calls["Acquire"]+calls["Commit"]+calls["Intend"] > 0 || len(r.snapshot(t)) > 0 {
				t.Errorf("the state was written: %v", calls)
			}
			r.once(t)
		})
	}
}

func refusal(t *testing.T, err error, field string, is error) {
	t.Helper()
	filter, ok := errors.AsType[*adcimport.InvalidFilterError](err)
	switch {
	case is != nil:
		if !errors.Is(err, is) || !errors.Is(err, errBoom) {
			t.Errorf("got %v", err)
		}
	case ok && filter.Field == field, isInvalidOption(err, field):
	default:
		t.Errorf("got %v", err)
	}
}

// The caller's slices are neither kept nor changed.
func TestImporter_keepsNothingOfTheCaller(t *testing.T) {
	t.Parallel()
	r := newRig(3)
	r.sink.Choices.CustomerTags = []adcimport.Choice{{ID: "a"}, {ID: "b"}}
	f := adcimport.CustomerFilter{CustomerIDs: []string{"1", "1", "2"}}
	o := adcimport.CustomerOptions{TagIDs: []string{"a"}}
	seq := r.importer(t).ImportCustomersSeq(t.Context(), f, o)
	if diff := cmp.Diff([]string{"1", "1", "2"}, f.CustomerIDs); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	f.CustomerIDs[0], o.TagIDs[0] = "3", "b"
	for _, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
	}
	r.once(t, "1", "2")
	if got := r.sink.Customers()[0].Record.TagIDs; got[0] != "a" {
		t.Errorf("tags %v", got)
	}
}

func TestMode_String(t *testing.T) {
	t.Parallel()
	for m, want := range map[adcimport.Mode]string{
		adcimport.CreateOnly: "create-only", adcimport.Upsert: "upsert", adcimport.LinkExisting: "link-existing", 42: "Mode(42)",
	} {
		if got := m.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// A service that wants to be left alone says nothing about the link.
func TestCheckOfABusyService(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"paused":  &adcimport.PausedError{Until: time.Unix(2e9, 0), Err: errBoom},
		"limited": errors.Join(errBoom, adcimport.ErrRateLimited),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(1)
			r.sink.check = err
			if got := r.importer(t).Check(t.Context()); !errors.Is(got, err) || errors.Is(got, adcimport.ErrNotLinked) {
				t.Errorf("%v, want %v and no ErrNotLinked", got, err)
			}
		})
	}
}
