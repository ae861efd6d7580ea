package importui_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
)

// lived stores a completed run of acme's with one record as it left it.
func (w *world) lived(t *testing.T, k adcimport.Kind, o adcimport.Outcome, r ledger.Record) {
	t.Helper()
	o.SourceID, o.Kind, o.RunID, o.At = r.ID, k, "lived", time.Now()
	l, err := w.store.Acquire(t.Context(), ledger.LeaseRequest{
		Scope: ledger.Scope{Account: "acme", Kind: k}, Link: "acme", RunID: "lived", Owner: "a former night", TTL: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	tally := ledger.Tally{Counts: adcimport.Counts{Read: 1}, ByReason: map[adcimport.Reason]int{o.Reason: 1}}
	tally.Counts.Add(o.Action)
	_, err = w.store.Commit(t.Context(), l, ledger.Commit{Seq: 1, Outcomes: []adcimport.Outcome{o}, Records: []ledger.Record{r}, Tally: tally})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.store.Release(t.Context(), l, ledger.End{Status: adcimport.StatusCompleted}); err != nil {
		t.Fatal(err)
	}
}

// What waits for a day, for a person, or for both to look, says so in the words of an
// office, on the page of the record and on that of its run.
func TestStates_ofRecords(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		kind    adcimport.Kind
		outcome adcimport.Outcome
		record  ledger.Record
		page    []string // of the record
		run     []string
	}{
		"resting": {
			adcimport.KindCustomer,
			adcimport.Outcome{Action: adcimport.ActionSkipped, Reason: adcimport.ReasonResting},
			ledger.Record{State: ledger.StateResting, Attempts: 5},
			[]string{"several nights in a row. We will try again on ", "Retry"},
			[]string{"Import Summary"},
		},
		"in doubt": {
			adcimport.KindUser,
			adcimport.Outcome{Action: adcimport.ActionFailed, Reason: adcimport.ReasonInDoubt},
			ledger.Record{State: ledger.StateParked, Sent: 1, Unproved: 1},
			[]string{"May have been created: look for it in SecurityTrax, then choose.", "Retry"},
			[]string{"1 needs you", "May have been created: look for it in SecurityTrax, then choose."},
		},
		"failed": {
			adcimport.KindCustomer,
			adcimport.Outcome{Action: adcimport.ActionFailed, Reason: adcimport.ReasonSourceFailed},
			ledger.Record{State: ledger.StateFailed, Attempts: 1},
			[]string{"Retry"},
			[]string{"1 needs you"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tt.record.ID = "1000001"
			w.lived(t, tt.kind, tt.outcome, tt.record)
			kinds := map[adcimport.Kind]string{adcimport.KindCustomer: "customers", adcimport.KindUser: "users"}[tt.kind]
			w.get(t, "maria", "/imports/acme/records/"+kinds+"/1000001").is(t, http.StatusOK).says(t, tt.page...)
			w.get(t, "maria", "/imports/acme/runs/lived").is(t, http.StatusOK).says(t, tt.run...)
		})
	}
}

// A run that was pruned is told as one that was, and another dealer's as nothing more.
func TestStates_pruned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := w.runs(t, "maria", "acme", "customers", w.walk(t, "maria", "acme", "customers", nil))
	imp, err := w.set.Importer(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := imp.Prune(context.WithoutCancel(t.Context()), time.Now().Add(time.Hour)); err != nil || n != 1 {
		t.Fatalf("%d runs pruned, %v", n, err)
	}
	w.get(t, "maria", path).is(t, http.StatusNotFound).says(t, "Older than 90 days and removed.")
	id := w.sources["acme"].Dealer.Importable()[0].ID
	w.get(t, "maria", "/imports/acme/records/customers/"+id).is(t, http.StatusOK).says(t, "Imported")
}

// Without an office nothing can be run, and the page says where to make one.
func TestStates_noOffice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sinks["bolt"].Choices = adcimporttest.SinkChoices{}
	start := w.get(t, "sam", "/imports/bolt/customers/start").is(t, http.StatusOK)
	page := w.post(t, "sam", "/imports/bolt/customers/options", map[string][]string{"draft": {start.draft(t)}}).is(t, http.StatusOK)
	page.says(t, "Office Location", "SecurityTrax has no office yet. Make one under Company Settings")
	if !strings.Contains(page.body, `class="primary" disabled data-once>Run Import<`) {
		t.Error("Run Import is on")
	}
}

// What to do about a failed run is said once: by what it failed of, which need not be
// mended by going on with it.
func TestStates_failedRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l, err := w.store.Acquire(t.Context(), ledger.LeaseRequest{
		Scope: ledger.Scope{Account: "acme", Kind: adcimport.KindCustomer}, Link: "acme", RunID: "failed", Owner: "a former night", TTL: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	end := ledger.End{Status: adcimport.StatusFailed, Failure: &adcimport.Failure{End: "sink", Code: "invalid_options", At: time.Now()}}
	if _, err := w.store.Release(t.Context(), l, end); err != nil {
		t.Fatal(err)
	}
	page := w.get(t, "maria", "/imports/acme/runs/failed").is(t, http.StatusOK)
	page.says(t, "0 were imported; nothing is lost.", "Start another import with other options.")
	if strings.Contains(page.body, "Resume.") {
		t.Error("the headline says to resume it")
	}
	if n := strings.Count(page.body, `class="primary"`); n > 1 || !strings.Contains(page.body, `class="quiet" data-once>Resume`) {
		t.Errorf("%d buttons stand out, or Resume does", n)
	}
}
