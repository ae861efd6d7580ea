package adcimport_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// actor is a notifier that does something with the importer that tells it.
type actor struct {
	teller

	imp *adcimport.Importer
	do  func(ctx context.Context, imp *adcimport.Importer, s adcimport.Summary) error
}

func (a *actor) Notify(ctx context.Context, s adcimport.Summary) error {
	if err := a.teller.Notify(ctx, s); err != nil {
		return err
	}
	return a.do(ctx, a.imp, s)
}

// actorRig has 12 customers and a user.
func actorRig(t *testing.T, do func(context.Context, *adcimport.Importer, adcimport.Summary) error) (*rig, *actor) {
	t.Helper()
	r, a := newRig(12), &actor{do: do}
	r.src.Dealer.Users = []adcimport.User{{ID: "1", LoginName: "a"}}
	r.cfg.Notifiers = []adcimport.Notifier{a}
	a.imp = r.importer(t)
	return r, a
}

// TestNotifiers_start lets notifiers start and resume runs (fault 46): each run
// is told once.
func TestNotifiers_start(t *testing.T) {
	t.Parallel()
	importUsers := func(ctx context.Context, imp *adcimport.Importer) error {
		_, err := imp.ImportUsers(ctx, adcimport.UserFilter{}, adcimport.UserOptions{})
		return err
	}
	afterCustomers := func(do func(context.Context, *adcimport.Importer) error) func(context.Context, *adcimport.Importer, adcimport.Summary) error {
		return func(ctx context.Context, imp *adcimport.Importer, s adcimport.Summary) error {
			if s.Kind != adcimport.KindCustomer {
				return nil
			}
			return do(ctx, imp)
		}
	}
	for name, tt := range map[string]struct {
		do   func(context.Context, *adcimport.Importer, adcimport.Summary) error
		told []string
	}{
		"imports users": {afterCustomers(importUsers), []string{"run-1 completed", "run-2 completed"}},
		"imports users with a context of its own": {
			afterCustomers(func(_ context.Context, imp *adcimport.Importer) error { return importUsers(context.Background(), imp) }), //nolint:contextcheck // on purpose: a host's may have nothing to do with it
			[]string{"run-1 completed", "run-2 completed"},
		},
		"starts users": {
			afterCustomers(func(ctx context.Context, imp *adcimport.Importer) error {
				_, err := imp.StartUsers(ctx, adcimport.UserFilter{}, adcimport.UserOptions{})
				return err
			}), []string{"run-1 completed", "run-2 completed"},
		},
		"starts the same five times": {func(ctx context.Context, imp *adcimport.Importer, s adcimport.Summary) error {
			if s.RunID == "run-6" {
				return nil
			}
			_, err := imp.StartCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
			return err
		}, []string{"run-1 completed", "run-2 completed", "run-3 completed", "run-4 completed", "run-5 completed", "run-6 completed"}},
		"resumes what was interrupted": {func(ctx context.Context, imp *adcimport.Importer, _ adcimport.Summary) error {
			_, err := imp.ResumeInterrupted(ctx)
			return err
		}, []string{"run-1 completed"}},
		"resumes what is complete": {func(ctx context.Context, imp *adcimport.Importer, s adcimport.Summary) error {
			if _, err := imp.StartResume(ctx, s.RunID); !errors.Is(err, errors.ErrUnsupported) {
				return err
			}
			return nil
		}, []string{"run-1 completed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r, a := actorRig(t, tt.do)
				run, err := a.imp.StartCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
				if err != nil {
					t.Fatal(err)
				}
				if s, err := ended(t, run); err != nil {
					t.Fatal(s, err)
				}
				synctest.Wait() // for the runs that it started
				if diff := cmp.Diff(tt.told, a.all()); diff != "" {
					t.Errorf("told (-want +got):\n%s", diff)
				}
				r.once(t, idsUpTo(12)...)
				if err := a.imp.Close(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// Missed notices, each of which starts a run, are told once; so is one that is
// slow while other runs start.
func TestNotifiers_toldOnce(t *testing.T) {
	t.Parallel()
	t.Run("missed", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			fails := true
			_, a := actorRig(t, func(ctx context.Context, imp *adcimport.Importer, s adcimport.Summary) error {
				if fails {
					return errBoom
				}
				if s.RunID <= "run-4" {
					_, err := imp.StartUsers(ctx, adcimport.UserFilter{}, adcimport.UserOptions{})
					if err != nil && !errors.Is(err, adcimport.ErrRunInProgress) {
						return err
					}
				}
				return nil
			})
			for range 4 {
				if _, err := a.imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}); err != nil {
					t.Fatal(err)
				}
			}
			fails, a.told = false, nil
			sleepBubble(time.Minute) // nobody else is telling of it any more
			if _, err := a.imp.ResumeInterrupted(t.Context()); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			got := slices.Sorted(slices.Values(a.all()))
			if unique := slices.Compact(slices.Clone(got)); len(unique) != len(got) || len(got) < 5 || got[3] != "run-4 completed" {
				t.Errorf("told %v", got)
			}
		})
	})
	t.Run("slow", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, a := actorRig(t, func(context.Context, *adcimport.Importer, adcimport.Summary) error {
				sleepBubble(10 * time.Second)
				return nil
			})
			var runs []*adcimport.Run
			for range 5 {
				run, err := a.imp.StartCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
				if err != nil {
					t.Fatal(err)
				}
				runs = append(runs, run)
				synctest.Wait() // it ended, and is being told
			}
			for _, run := range runs {
				if s, err := ended(t, run); err != nil {
					t.Error(s, err)
				}
			}
			want := []string{"run-1 completed", "run-2 completed", "run-3 completed", "run-4 completed", "run-5 completed"}
			if diff := cmp.Diff(want, a.all()); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
		})
	})
}

// A notifier's context ends; a run that shall not end with it has another one.
func TestNotifiers_longImport(t *testing.T) {
	t.Parallel()
	for name, own := range map[string]bool{"its own context": true, "the notice's": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				slow := false
				r, a := actorRig(t, func(ctx context.Context, imp *adcimport.Importer, s adcimport.Summary) error { //nolint:contextcheck // as above
					if s.RunID != "run-1" {
						return nil
					}
					if own {
						ctx = context.Background()
					}
					slow = true
					_, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{RunOptions: adcimport.RunOptions{Mode: adcimport.Upsert}})
					slow = false
					return err
				})
				r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
					if slow {
						sleepBubble(time.Minute)
					}
					return r.src.Source.CustomerDetail(ctx, id)
				}
				if s, err := a.imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}); err != nil {
					t.Fatal(s, err)
				}
				st, err := r.store.Run(t.Context(), "run-2")
				want := ledger.StatusHeld
				if own {
					want = adcimport.StatusCompleted
				}
				if err != nil || st.Status != want {
					t.Errorf("the second is %s: %v", st.Status, err)
				}
			})
		})
	}
}

// TestNotifiers_Close closes the importer within and beside a notifier.
func TestNotifiers_Close(t *testing.T) {
	t.Parallel()
	const limit = 30 * time.Second // of a notifier; Close gives it ten more to be remembered
	for name, tt := range map[string]struct {
		do    func(ctx context.Context, imp *adcimport.Importer) error
		takes time.Duration // until Close, beside the notifier, returns
		fails bool
	}{
		"within, with its context": {func(ctx context.Context, imp *adcimport.Importer) error { return imp.Close(ctx) }, 0, false},
		"within, with another": {
			func(_ context.Context, imp *adcimport.Importer) error { return imp.Close(context.Background()) }, limit + 10*time.Second, true, //nolint:contextcheck // on purpose: a host's may have nothing to do with it
		},
		"slow":        {func(context.Context, *adcimport.Importer) error { sleepBubble(limit / 2); return nil }, limit / 2, false},
		"its context": {func(ctx context.Context, _ *adcimport.Importer) error { <-ctx.Done(); return ctx.Err() }, limit, false},
		"much slower": {func(context.Context, *adcimport.Importer) error { sleepBubble(10 * limit); return nil }, limit + 10*time.Second, true},
		"imports": {func(_ context.Context, imp *adcimport.Importer) error {
			_, err := imp.ImportUsers(context.Background(), adcimport.UserFilter{}, adcimport.UserOptions{}) //nolint:contextcheck // on purpose: a host's may have nothing to do with it
			return err
		}, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, a := actorRig(t, func(ctx context.Context, imp *adcimport.Importer, s adcimport.Summary) error {
					if s.RunID != "run-1" {
						return nil
					}
					return tt.do(ctx, imp)
				})
				run, err := a.imp.StartCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
				if err != nil {
					t.Fatal(err)
				}
				synctest.Wait() // the notifier is at work, or did it
				before := time.Now()
				err = a.imp.Close(context.Background())
				if took := time.Since(before); took != tt.takes || (err != nil) != tt.fails {
					t.Errorf("took %s: %v", took, err)
				}
				if s, err := ended(t, run); err != nil || s.Status != adcimport.StatusCompleted {
					t.Errorf("%+v %v", s, err)
				}
				sleepBubble(20 * limit) // whatever it does, it ends
			})
		})
	}
}
