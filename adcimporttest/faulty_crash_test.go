package adcimporttest_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
)

// TestSpec_B1_CrashAtEveryCall kills an import of users who can log in at every
// call, before it and behind it, and lets the next process go on. Of users who may
// have been created, and are not there, a person says that they are sent again.
func TestSpec_B1_CrashAtEveryCall(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]adcimporttest.Fault{
		"before": {Crash: true},
		"behind": {Crash: true, Lost: errFault},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			for n := 1; ; n++ {
				crashed := false
				synctest.Test(t, func(t *testing.T) { crashed = crashAt(t, n, fault) })
				if !crashed || t.Failed() {
					break
				}
				calls = n
			}
			if calls < 10 {
				t.Errorf("the import has only %d calls", calls)
			}
		})
	}
}

// crashAt reports whether the import came to its n-th call.
func crashAt(t *testing.T, n int, fault adcimporttest.Fault) bool {
	t.Helper()
	dealer := adcimporttest.NewDealer(2, 0, 12)
	sink := adcimporttest.Sink{Strict: true}
	sink.Choices.PermissionGroups = []adcimport.Choice{{ID: "4"}}
	faults := adcimporttest.NewFaults(adcimporttest.OnCall("", n, fault))
	cfg := adcimport.Config{
		Link: "link", BatchSize: 4,
		Source: faults.Source(&adcimporttest.Source{Dealer: dealer, PageSize: 5}),
		Sink:   faults.Sink(&sink),
		Store:  faults.Store(new(adcimport.MemoryStore)),
	}
	first := importUsers(t, cfg)
	crashed := faults.Crashed()
	if (first != nil) != crashed || crashed && !errors.Is(first, adcimporttest.ErrCrashed) {
		t.Errorf("crash at call %d: %v", n, first)
	}
	if crashed {
		faults.Restart()
		time.Sleep(2 * time.Minute) // the lease is over
		if err := importUsers(t, cfg); err != nil {
			t.Errorf("after a crash at call %d: %v", n, err)
		}
		retryParked(t, cfg)
	}
	want := len(dealer.ImportableUsers(true))
	if users, mails := len(sink.Users()), len(sink.Emails()); users != want || mails != want {
		t.Errorf("after a crash at call %d: %d users and %d login mails, want %d", n, users, mails, want)
	}
	return crashed
}

func retryParked(t *testing.T, cfg adcimport.Config) {
	t.Helper()
	var parked []string
	for r, err := range cfg.Store.List(t.Context(), ledger.Scope{Account: "link", Kind: adcimport.KindUser},
		ledger.Query{States: []ledger.RecordState{ledger.StateParked}}) {
		if err != nil {
			t.Fatal(err)
		}
		parked = append(parked, r.ID)
	}
	if len(parked) == 0 {
		return
	}
	imp, err := adcimport.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	_, err = imp.RetryRecords(t.Context(), adcimport.KindUser, parked...)
	if err = errors.Join(err, imp.Close(t.Context())); err != nil {
		t.Error(err)
	}
}

func importUsers(t *testing.T, cfg adcimport.Config) error {
	t.Helper()
	imp, err := adcimport.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	_, err = imp.ImportUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{Active: true, CanLogin: true, PermissionGroupID: "4"})
	return errors.Join(err, imp.Close(t.Context()))
}
