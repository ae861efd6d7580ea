package adcimporttest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
)

var errFault = errors.New("injected")

func TestFaultySinkWrites(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault  adcimporttest.Fault
		status adcimport.WriteStatus // -1: no result
		err    error
		held   int
	}{
		"none":         {adcimporttest.Fault{}, adcimport.WriteCreated, nil, 1},
		"before":       {adcimporttest.Fault{Before: errFault}, adcimport.WriteNotSent, errFault, 0},
		"after":        {adcimporttest.Fault{After: errFault}, adcimport.WriteCreated, errFault, 1},
		"lost":         {adcimporttest.Fault{Lost: errFault}, adcimport.WriteUnknown, nil, 1},
		"crash":        {adcimporttest.Fault{Crash: true}, -1, adcimporttest.ErrCrashed, 0},
		"crash behind": {adcimporttest.Fault{Crash: true, Lost: errFault}, -1, adcimporttest.ErrCrashed, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var inner adcimporttest.Sink
			faults := adcimporttest.NewFaults(adcimporttest.OnCall("CreateUsers", 1, tt.fault))
			results, err := faults.Sink(&inner).CreateUsers(t.Context(), []adcimport.UserRecord{{AlarmComID: "1"}})
			if !errors.Is(err, tt.err) || (err != nil) != (tt.err != nil) {
				t.Errorf("error %v, want %v", err, tt.err)
			}
			if tt.status < 0 && len(results) != 0 || tt.status >= 0 && (len(results) != 1 || results[0].Status != tt.status) {
				t.Errorf("results %+v", results)
			}
			if got := len(inner.Users()); got != tt.held {
				t.Errorf("%d users, want %d", got, tt.held)
			}
			if faults.Crashed() != tt.fault.Crash {
				t.Errorf("crashed: %t", faults.Crashed())
			}
		})
	}
}

// A crash stops source, sink and store together, until the restart.
func TestFaultsCrashTogether(t *testing.T) {
	t.Parallel()
	f := adcimporttest.NewFaults(adcimporttest.OnCall("", 2, adcimporttest.Fault{Crash: true}))
	source, sink, store := f.Source(new(adcimporttest.Source)), f.Sink(new(adcimporttest.Sink)), f.Store(new(adcimport.MemoryStore))
	list := func() (err error) {
		for _, e := range source.Users(t.Context(), adcimport.UserFilter{}, "") {
			err = e
		}
		return err
	}
	find := func() error {
		_, err := sink.FindUsers(t.Context(), nil)
		return err
	}
	known := func() error {
		_, err := store.Records(t.Context(), ledger.Scope{Account: "l", Kind: adcimport.KindUser}, "", nil)
		return err
	}
	if err := find(); err != nil {
		t.Fatal(err)
	}
	for what, call := range map[string]func() error{"list": list, "find": find, "known": known} {
		if err := call(); !errors.Is(err, adcimporttest.ErrCrashed) {
			t.Errorf("%s after the crash: %v", what, err)
		}
	}
	if n := len(f.Calls()); n != 2 {
		t.Errorf("%d calls took place", n)
	}
	f.Restart()
	if err := errors.Join(list(), find(), known()); err != nil {
		t.Errorf("after the restart: %v", err)
	}
}

func TestFaultySourcePages(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault adcimporttest.Fault
		pages int
	}{
		"before": {adcimporttest.Fault{Before: errFault}, 1},
		"lost":   {adcimporttest.Fault{Lost: errFault}, 1},
		"after":  {adcimporttest.Fault{After: errFault}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src := adcimporttest.FaultySource(
				&adcimporttest.Source{Dealer: adcimporttest.NewDealer(1, 0, 9), PageSize: 3},
				adcimporttest.OnCall("Users", 2, tt.fault),
			)
			n := 0
			var last error
			for _, err := range src.Users(t.Context(), adcimport.UserFilter{}, "") {
				if last = err; err == nil {
					n++
				}
			}
			if n != tt.pages || !errors.Is(last, errFault) {
				t.Errorf("%d pages and %v, want %d", n, last, tt.pages)
			}
		})
	}
}

func TestFaultDelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := adcimporttest.FaultySink(new(adcimporttest.Sink), adcimporttest.OnCall("FindUsers", 1, adcimporttest.Fault{Delay: time.Hour}))
		start := time.Now()
		if _, err := sink.FindUsers(t.Context(), nil); err != nil || time.Since(start) != time.Hour {
			t.Errorf("%v after %s", err, time.Since(start))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		slow := adcimporttest.FaultySink(new(adcimporttest.Sink), adcimporttest.OnCall("", 1, adcimporttest.Fault{Delay: time.Hour}))
		results, err := slow.CreateUsers(ctx, make([]adcimport.UserRecord, 1))
		if !errors.Is(err, context.DeadlineExceeded) || results[0].Status != adcimport.WriteNotSent {
			t.Errorf("%v, %v", results, err)
		}
	})
}

func TestPlansTakeTheFirstFault(t *testing.T) {
	t.Parallel()
	first, second := adcimporttest.Fault{Before: errFault}, adcimporttest.Fault{After: errFault}
	plan := adcimporttest.Plans(adcimporttest.OnCall("Renew", 2, first), adcimporttest.OnCall("", 7, second))
	for call, want := range map[adcimporttest.FaultCall]adcimporttest.Fault{
		{Method: "Renew", N: 2, Total: 7}:  first,
		{Method: "Renew", N: 3, Total: 7}:  second,
		{Method: "Commit", N: 2, Total: 8}: {},
	} {
		if got := plan(call); got != want {
			t.Errorf("%+v: %+v, want %+v", call, got, want)
		}
	}
}

func TestSeededFaultsAreTheSameAgain(t *testing.T) {
	t.Parallel()
	faults := func(seed uint64) (hit []int) {
		plan := adcimporttest.SeededFaults(seed, 30, adcimporttest.Fault{Before: errFault}, adcimporttest.Fault{After: errFault})
		for n := range 200 {
			if plan(adcimporttest.FaultCall{Total: n}) != (adcimporttest.Fault{}) {
				hit = append(hit, n)
			}
		}
		return hit
	}
	if diff := cmp.Diff(faults(1), faults(1)); diff != "" {
		t.Errorf("the same seed (-first +second):\n%s", diff)
	}
	if cmp.Equal(faults(1), faults(2)) {
		t.Error("another seed gives the same faults")
	}
	if n := len(faults(1)); n < 40 || n > 80 {
		t.Errorf("%d faults in 200 calls, want about 60", n)
	}
	if adcimporttest.SeededFaults(1, 100)(adcimporttest.FaultCall{}) != (adcimporttest.Fault{}) {
		t.Error("a fault out of none")
	}
}

// Reads, look-ups of candidates and links fail as creates do, also where the sink does
// nothing else.
func TestFaultySink_abilities(t *testing.T) {
	t.Parallel()
	type (
		reads struct {
			adcimport.Sink
			adcimport.CustomerReader
			adcimport.UserReader
		}
		matches struct {
			adcimport.Sink
			adcimport.CustomerMatcher
			adcimport.UserMatcher
		}
	)
	inner := new(adcimporttest.Sink)
	id := inner.TypeInCustomer(adcimport.CustomerRecord{LastName: "Lee"})
	for name, tt := range map[string]struct {
		sink adcimport.Sink
		call func(s adcimport.Sink) error
	}{
		"ReadCustomers": {reads{inner, inner, inner}, func(s adcimport.Sink) error {
			_, err := able[adcimport.CustomerReader](t, s).ReadCustomers(t.Context(), []string{id})
			return err
		}},
		"ReadUsers": {inner, func(s adcimport.Sink) error {
			_, err := able[adcimport.UserReader](t, s).ReadUsers(t.Context(), nil)
			return err
		}},
		"MatchCustomers": {matches{inner, inner, inner}, func(s adcimport.Sink) error {
			_, err := able[adcimport.CustomerMatcher](t, s).MatchCustomers(t.Context(), nil)
			return err
		}},
		"MatchUsers": {inner, func(s adcimport.Sink) error {
			_, err := able[adcimport.UserMatcher](t, s).MatchUsers(t.Context(), nil)
			return err
		}},
		"LinkCustomers": {matches{inner, inner, inner}, func(s adcimport.Sink) error {
			r, err := able[adcimport.CustomerMatcher](t, s).LinkCustomers(t.Context(), []adcimport.CustomerLink{{ID: id, AlarmComID: "1"}})
			if len(r) != 1 || r[0].Status != adcimport.WriteNotSent {
				t.Errorf("a link that was not made is %+v", r)
			}
			return err
		}},
	} {
		faulty := adcimporttest.FaultySink(tt.sink, adcimporttest.OnCall(name, 1, adcimporttest.Fault{Before: errFault}))
		if err := tt.call(faulty); !errors.Is(err, errFault) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, ok := adcimporttest.FaultySink(reads{inner, inner, inner}, nil).(adcimport.CustomerMatcher); ok {
		t.Error("a sink that recognises nobody does, once it is faulty")
	}
}

// able is the sink with an ability.
func able[T any](t *testing.T, s adcimport.Sink) T {
	t.Helper()
	able, ok := s.(T)
	if !ok {
		t.Fatalf("%T lost an ability", s)
	}
	return able
}
