package adcimport_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// TestEngine_fault25_twoLinksOfOneAccount imports the same customers and users
// under two links of one account, whose sink finds nobody: the ledger alone knows
// (fault 25: 40 become 80, 10 users are mailed twice).
func TestEngine_fault25_twoLinksOfOneAccount(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		accounts [2]string
		together bool
		times    int
	}{
		"one after the other": {accounts: [2]string{"crm", "crm"}, times: 1},
		"at the same time":    {accounts: [2]string{"crm", "crm"}, together: true, times: 1},
		"account of one link": {accounts: [2]string{"east", "east"}, times: 1},
		"without an account":  {times: 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				dealer := adcimporttest.NewDealer(1, 40, 10)
				customers, users := 40, len(dealer.ImportableUsers(true))
				sink, store := &adcimporttest.Sink{KeepsNoID: true}, new(adcimport.MemoryStore)
				ended := make(chan error, 2)
				for i, link := range []string{"east", "west"} {
					imp, err := adcimport.New(adcimport.Config{
						Link: link, SinkAccount: tt.accounts[i], Source: &adcimporttest.Source{Dealer: dealer, PageSize: 7}, Sink: sink, Store: store, BatchSize: 5,
					})
					if err != nil {
						t.Fatal(err)
					}
					go func() { ended <- importBoth(t.Context(), imp) }()
					if !tt.together {
						if err := <-ended; err != nil {
							t.Fatal(err)
						}
					}
				}
				for range map[bool]int{true: 2}[tt.together] {
					if err := <-ended; err != nil {
						t.Fatal(err)
					}
				}
				got := [3]int{len(sink.Customers()), len(sink.Users()), len(sink.Emails())}
				if diff := cmp.Diff([3]int{tt.times * customers, tt.times * users, tt.times * users}, got); diff != "" {
					t.Errorf("customers, users, mails (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// importBoth brings users and customers, and waits while another link is at work.
func importBoth(ctx context.Context, imp *adcimport.Importer) error {
	for _, start := range []func() (*adcimport.Run, error){
		func() (*adcimport.Run, error) {
			return imp.StartUsers(ctx, adcimport.UserFilter{}, adcimport.UserOptions{CanLogin: true})
		},
		func() (*adcimport.Run, error) {
			return imp.StartCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
		},
	} {
		run, err := start()
		for errors.Is(err, adcimport.ErrRunInProgress) {
			<-time.After(time.Second)
			run, err = start()
		}
		if err != nil {
			return err
		}
		if _, err := run.Wait(ctx); err != nil {
			return err
		}
	}
	return imp.Close(ctx)
}

// A start in the background beside the run of another link of the account waits for
// its turn, also where its host dies meanwhile (fault 25).
func TestStart_waitsForAnotherLink(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		east, west := newRig(20), newRig(20)
		west.store, west.sink, west.cfg.Link, west.cfg.Store, west.cfg.Sink = east.store, east.sink, "isp-2", east.store, east.sink
		west.cfg.NewID = func() string { return "west-1" }
		east.cfg.SinkAccount, west.cfg.SinkAccount = "crm", "crm"
		east.slowDetails(10 * time.Second)
		first := east.startCustomers(t, east.importer(t))
		sleepBubble(time.Second)
		host := west.importer(t)
		second := west.startCustomers(t, host)
		if _, err := west.importer(t).ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}); !errors.Is(err, adcimport.ErrRunInProgress) {
			t.Errorf("in the foreground: %v", err)
		}
		if again := west.startCustomers(t, host); again != second {
			t.Error("a second run for the same")
		}
		if err := host.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s, err := ended(t, first); err != nil {
			t.Fatal(s, err)
		}
		s, err := ended(t, resumed(t, west.importer(t), "west-1")[0])
		completed(t, s, err, adcimport.Counts{Read: 20, Skipped: 20})
		east.once(t, idsUpTo(20)...)
	})
}
