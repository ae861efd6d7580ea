package adcimport_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
)

// readingSink cannot be read for some customers.
type readingSink struct {
	*adcimporttest.Sink
	bad  map[string]bool // by the sink's ids
	down *int            // how many calls to come fail, whomever they ask for
}

func (s readingSink) ReadCustomers(ctx context.Context, ids []string) (map[string]adcimport.CustomerRecord, error) {
	if *s.down--; *s.down >= 0 || slices.ContainsFunc(ids, func(id string) bool { return s.bad[id] }) {
		return nil, &adcimport.CallError{End: "sink", Operation: "read", Code: "unavailable", Status: 500}
	}
	return s.Sink.ReadCustomers(ctx, ids)
}

// One record that cannot be read keeps no other from being updated (L1), and one that
// is gone says so.
func TestSpec_L8_readsThatFail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(60)
		sink := readingSink{r.sink.Sink, make(map[string]bool), new(int)}
		r.cfg.Sink = sink
		r.cfg.CustomerMapping = adcimport.DefaultCustomerMapping().With(
			adcimport.Rule{From: []string{"PrimaryEmail"}, To: "Email", Overwrite: adcimport.OverwriteIfEmpty})
		s, err := r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 60, Created: 60})
		for _, id := range r.sinkIDs("3", "41") {
			sink.bad[id] = true
		}
		r.sink.DeleteCustomers(r.sinkIDs("20")...)
		r.src.Update(func(d *adcimporttest.Dealer) {
			for i := range d.Customers {
				d.Customers[i].PrimaryEmail = "new@example.com"
			}
		})
		upsert := adcimport.RunOptions{Mode: adcimport.Upsert}
		s, err = r.customers(t, upsert)
		completed(t, s, err, adcimport.Counts{Read: 60, Updated: 57, Failed: 3})
		r.agrees(t, s)
		want := map[adcimport.Reason]int{adcimport.ReasonSinkFailed: 2, adcimport.ReasonGoneInSink: 1}
		if diff := cmp.Diff(want, s.ByReason); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		clear(sink.bad)
		s, err = r.customers(t, upsert)
		completed(t, s, err, adcimport.Counts{Read: 60, Updated: 2, Unchanged: 57, Failed: 1})
	})
}

// A sink that cannot be read for anybody is nobody's fault, also where one record
// alone is to be read: another one is the witness, and the run waits (fault 2).
func TestSpec_L8_readsThatFailForAll(t *testing.T) {
	t.Parallel()
	for _, changed := range []int{1, 2, 40} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(60)
			sink := readingSink{r.sink.Sink, make(map[string]bool), new(int)}
			r.cfg.Sink = sink
			r.cfg.CustomerMapping = adcimport.DefaultCustomerMapping().With(
				adcimport.Rule{From: []string{"PrimaryEmail"}, To: "Email", Overwrite: adcimport.OverwriteIfEmpty})
			s, err := r.customers(t)
			completed(t, s, err, adcimport.Counts{Read: 60, Created: 60})
			r.src.Update(func(d *adcimporttest.Dealer) {
				for i := range d.Customers[:changed] {
					d.Customers[i].PrimaryEmail = "new@example.com"
				}
			})
			*sink.down = 9
			s, err = r.customers(t, adcimport.RunOptions{Mode: adcimport.Upsert})
			completed(t, s, err, adcimport.Counts{Read: 60, Updated: changed, Unchanged: 60 - changed})
			if *sink.down >= 0 {
				t.Errorf("%d reads were still to fail", *sink.down)
			}
		})
	}
}

// Users: emptied fields are cleared, and if_empty and never hold for them, too.
func TestSpec_L8_users(t *testing.T) {
	t.Parallel()
	r := newRig(0)
	r.src.Dealer.Users = []adcimport.User{{
		ID: "u1", LoginName: "ada", FirstName: "Ada", Email: "ada@example.com", Phone: "555-0100", Address: adcimport.Address{City: "Boise", Zip: "83702"},
	}}
	r.cfg.UserMapping = adcimport.DefaultUserMapping().With(
		adcimport.Rule{From: []string{"Phone"}, To: "CellPhone", Overwrite: adcimport.OverwriteIfEmpty},
		adcimport.Rule{From: []string{"FirstName"}, To: "FirstName", Overwrite: adcimport.OverwriteNever})
	run := func(want adcimport.Counts) adcimport.UserRecord {
		t.Helper()
		s, err := r.importer(t).ImportUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{RunOptions: adcimport.RunOptions{Mode: adcimport.Upsert}})
		completed(t, s, err, want)
		return r.sink.Users()[0].Record
	}
	first := run(adcimport.Counts{Read: 1, Created: 1})
	r.sink.EditUser(r.sink.Users()[0].ID, func(rec *adcimport.UserRecord) {
		rec.CellPhone, rec.FirstName, rec.Active, rec.PermissionGroupID = "555-0199", "Addie", true, "7"
	})
	r.src.Update(func(d *adcimporttest.Dealer) {
		u := &d.Users[0]
		u.FirstName, u.Email, u.Phone, u.Address.Zip = "Changed", "", "555-0111", ""
	})
	got := run(adcimport.Counts{Read: 1, Updated: 1})
	want := first
	want.CellPhone, want.FirstName, want.Active, want.PermissionGroupID, want.Email, want.Address.Zip = "555-0199", "Addie", true, "7", "", ""
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	run(adcimport.Counts{Read: 1, Unchanged: 1})
}

// fault 30: over a sink that cannot be read a late rep is not linked, since people may
// have chosen another; the summary says so, in each run, until users came first.
func TestFault30_withoutAReader(t *testing.T) {
	t.Parallel()
	for name, chosen := range map[string]string{"nobody chose": "", "people chose": "55", "the same": "71"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := ownRig()
			r.sink.RepIDs = nil
			r.cfg.Sink = struct {
				adcimport.Sink
				adcimport.CustomerUpdater
				adcimport.RepFinder
			}{r.sink, r.sink.Sink, r.sink.Sink}
			s, err := r.customers(t)
			completed(t, s, err, adcimport.Counts{Read: 1, Created: 1})
			r.sink.EditCustomer(r.sink.Customers()[0].ID, func(rec *adcimport.CustomerRecord) { rec.RepID = chosen })
			r.sink.RepIDs = map[string]string{"jo": "71"}
			for range 2 {
				s, err = r.customers(t, adcimport.RunOptions{Mode: adcimport.Upsert})
				completed(t, s, err, adcimport.Counts{Read: 1, Unchanged: 1})
				if got := r.sink.Customers()[0].Record.RepID; got != chosen {
					t.Errorf("rep %q, want %q", got, chosen)
				}
				if !slices.ContainsFunc(s.Warnings, func(w string) bool { return strings.Contains(w, "not linked") }) {
					t.Errorf("warnings %q", s.Warnings)
				}
			}
		})
	}
}

// oldStore has fingerprints of the version before, which say nothing of empty fields.
type oldStore struct{ adcimport.StateStore }

func (s oldStore) Records(ctx context.Context, sc ledger.Scope, runID string, ids []string) (map[string]ledger.Record, error) {
	found, err := s.StateStore.Records(ctx, sc, runID, ids)
	for id, r := range found {
		r.Fingerprint = r.Fingerprint[:min(32, len(r.Fingerprint))]
		found[id] = r
	}
	return found, err
}

// What an older version stored is not updated for nothing, and nothing of it is cleared.
func TestOwnership_olderFingerprints(t *testing.T) {
	t.Parallel()
	r := ownRig()
	s, err := r.customers(t)
	completed(t, s, err, adcimport.Counts{Read: 1, Created: 1})
	r.cfg.Store = oldStore{r.store}
	upsert := adcimport.RunOptions{Mode: adcimport.Upsert}
	s, err = r.customers(t, upsert)
	completed(t, s, err, adcimport.Counts{Read: 1, Unchanged: 1})
	r.src.Update(func(d *adcimporttest.Dealer) {
		d.Customers[0].PrimaryEmail, d.Customers[0].SalesRepLogin, d.Customers[0].LastName = "", "kim", "Changed"
	})
	s, err = r.customers(t, upsert)
	completed(t, s, err, adcimport.Counts{Read: 1, Updated: 1})
	if got := r.sink.Customers()[0].Record; got.Email == "" || got.RepID != "71" || got.LastName != "Changed" {
		t.Errorf("%+v", got)
	}
}
