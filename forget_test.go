package adcimport_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
)

// sinkIDs are the ids in the sink of customers by their Alarm.com ids.
func (r *rig) sinkIDs(ids ...string) []string {
	var list []string
	for _, id := range ids {
		for _, c := range r.sink.Customers() {
			if c.Record.AlarmComID == id {
				list = append(list, c.ID)
			}
		}
	}
	return list
}

// fault 38: what was deleted in the sink stayed unchanged for ever, and there was no
// way to bring it back. It is said, and forgotten, and comes again: also where the
// sink remembers the idempotency keys of what it deleted.
func TestFault38_deletedAndBroughtAgain(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		deleted []string
		forget  func(ctx context.Context, imp *adcimport.Importer) error
	}{
		"one": {[]string{"7"}, func(ctx context.Context, imp *adcimport.Importer) error {
			return imp.Forget(ctx, adcimport.KindCustomer, "7")
		}},
		"some, one named twice": {[]string{"1", "12", "20"}, func(ctx context.Context, imp *adcimport.Importer) error {
			return imp.Forget(ctx, adcimport.KindCustomer, "20", "1", "20", "12")
		}},
		"all": {idsUpTo(20), func(ctx context.Context, imp *adcimport.Importer) error {
			n, err := imp.ForgetAll(ctx, adcimport.KindCustomer)
			if n != 20 {
				return fmt.Errorf("%d forgotten: %w", n, err)
			}
			return err
		}},
		"one, and all are forgotten": {[]string{"3"}, func(ctx context.Context, imp *adcimport.Importer) error {
			_, err := imp.ForgetAll(ctx, adcimport.KindCustomer)
			return err
		}},
		"again and again": {[]string{"5"}, func(ctx context.Context, imp *adcimport.Importer) error {
			return errors.Join(imp.Forget(ctx, adcimport.KindCustomer, "5"), imp.Forget(ctx, adcimport.KindCustomer, "5"))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(20)
			r.sink.HonourKeys = true
			s, err := r.customers(t)
			completed(t, s, err, adcimport.Counts{Read: 20, Created: 20})
			r.sink.DeleteCustomers(r.sinkIDs(tt.deleted...)...)
			imp := r.importer(t)

			// Nobody is told that it is unchanged: neither of a retry nor of an update.
			s, err = imp.RetryRecords(t.Context(), adcimport.KindCustomer, tt.deleted...)
			completed(t, s, err, adcimport.Counts{Read: len(tt.deleted), Failed: len(tt.deleted)})
			if s.ByReason[adcimport.ReasonGoneInSink] != len(tt.deleted) {
				t.Errorf("retried: %v", s.ByReason)
			}
			r.src.Update(func(d *adcimporttest.Dealer) {
				for i := range d.Customers {
					d.Customers[i].LastName = "Changed"
				}
			})
			s, err = r.customers(t, adcimport.RunOptions{Mode: adcimport.Upsert})
			completed(t, s, err, adcimport.Counts{Read: 20, Updated: 20 - len(tt.deleted), Failed: len(tt.deleted)})
			if s.ByReason[adcimport.ReasonGoneInSink] != len(tt.deleted) {
				t.Errorf("updated: %v", s.ByReason)
			}
			r.agrees(t, s)

			if err := tt.forget(t.Context(), imp); err != nil {
				t.Fatal(err)
			}
			s, err = r.customers(t)
			if s.Counts.Created != len(tt.deleted) || s.Counts.Created+s.Counts.Linked+s.Counts.Skipped != 20 || err != nil {
				t.Errorf("brought again: %+v, %v", s.Counts, err)
			}
			r.once(t, idsUpTo(20)...)
			s, err = r.customers(t)
			completed(t, s, err, adcimport.Counts{Read: 20, Skipped: 20})
		})
	}
}

// fault 38: a user who was deleted, with the login.
func TestFault38_users(t *testing.T) {
	t.Parallel()
	synctest.Test(t, testFault38Users)
}

func testFault38Users(t *testing.T) {
	r := newRig(0)
	r.sink.HonourKeys, r.sink.UniqueUsernames = true, true
	r.src.Dealer = &adcimporttest.Dealer{Users: []adcimport.User{
		{ID: "u1", LoginName: "ada", Email: "ada@example.com"}, {ID: "u2", LoginName: "bo", Email: "bo@example.com"},
	}}
	s, _ := r.users(t, true)
	completed(t, s, nil, adcimport.Counts{Read: 2, Created: 2})
	r.sink.DeleteUsers(r.sink.Users()[0].ID)
	imp := r.importer(t)
	s, err := imp.RetryRecords(t.Context(), adcimport.KindUser, "u1", "u2")
	completed(t, s, err, adcimport.Counts{Read: 2, Unchanged: 1, Failed: 1})
	if err := imp.Forget(t.Context(), adcimport.KindUser, "u1"); err != nil {
		t.Fatal(err)
	}
	s, _ = r.users(t, true)
	completed(t, s, nil, adcimport.Counts{Read: 2, Created: 1, Skipped: 1})
	if n := len(r.sink.Users()); n != 2 {
		t.Errorf("%d users", n)
	}
}

// What is forgotten loses attempts and doubts, and is what no run ever saw.
func TestImporter_Forget_doubtsAndAttempts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(6)
		r.sink.KeepsNoID = true // nothing is ever proved
		r.lost("2", 9, time.Hour)
		bad := map[string]bool{"4": true}
		r.badDetails(bad)
		s, _ := r.customers(t)
		if s.ByReason[adcimport.ReasonInDoubt] != 1 || s.Counts.Failed != 2 {
			t.Fatalf("%+v", s)
		}
		imp := r.importer(t)
		if err := imp.Forget(t.Context(), adcimport.KindCustomer, "2", "4"); err != nil {
			t.Fatal(err)
		}
		scope := ledger.Scope{Account: "isp-1", Kind: adcimport.KindCustomer}
		got, err := r.store.Records(t.Context(), scope, "", []string{"2", "4"})
		want := map[string]ledger.Record{"2": {ID: "2", Generation: 1}, "4": {ID: "4", Generation: 1}}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if n, err := imp.ForgetAll(t.Context(), adcimport.KindCustomer); n != 4 || err != nil { // the others
			t.Errorf("%d, %v", n, err)
		}
		if n, err := imp.ForgetAll(t.Context(), adcimport.KindCustomer); n != 0 || err != nil {
			t.Errorf("twice: %d, %v", n, err)
		}
	})
}

func TestImporter_Forget_isRefused(t *testing.T) {
	t.Parallel()
	r := newRig(3)
	s, err := r.customers(t)
	completed(t, s, err, adcimport.Counts{Read: 3, Created: 3})
	imp := r.importer(t)
	ctx, kind := t.Context(), adcimport.KindCustomer
	if err := imp.Forget(ctx, kind, "1", "999"); !errors.Is(err, adcimport.ErrNotFound) {
		t.Errorf("nothing known: %v", err)
	}
	for name, err := range map[string]error{"no id": imp.Forget(ctx, kind), "no kind": imp.Forget(ctx, "", "1")} {
		if _, ok := errors.AsType[*adcimport.InvalidFilterError](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := imp.ForgetAll(ctx, "lead"); err == nil {
		t.Error("a kind that is none is taken")
	}
	scope := ledger.Scope{Account: "isp-1", Kind: kind}
	if _, err := r.store.Acquire(ctx, ledger.LeaseRequest{Scope: scope, Link: "isp-1", RunID: "run-x", Owner: "other", TTL: time.Minute}); err != nil {
		t.Fatal(err)
	}
	if err := imp.Forget(ctx, kind, "1"); !errors.Is(err, adcimport.ErrRunInProgress) {
		t.Errorf("beside a run: %v", err)
	}
	if n, err := imp.ForgetAll(ctx, kind); n != 0 || !errors.Is(err, adcimport.ErrRunInProgress) {
		t.Errorf("all, beside a run: %d, %v", n, err)
	}
}
