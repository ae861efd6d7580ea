package secrets_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"iter"
	"net/http"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/audit"
	"github.com/securitytrax/adcimport/links"
	"github.com/securitytrax/adcimport/report"
	"github.com/securitytrax/adcimport/riverimport"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// live is what happens to a link: a preview, imports with failures of every kind, reviews
// and decisions, retries, updates, a run that is cut off, jobs, an audit and reports.
func (w *life) live(t *testing.T) {
	t.Helper()
	quote(w.alarm, w.crm)
	w.preview(t)
	first := w.customers(t, adcimport.CustomerOptions{})
	if first.Counts.Created == 0 || first.Counts.Failed == 0 || first.ToReview() == 0 {
		t.Fatalf("a life without trouble: %v", first)
	}
	w.users(t)
	w.review(t)
	w.cutOff(t)
	w.retry(t, first.RunID)
	w.edit()
	w.customers(t, adcimport.CustomerOptions{RunOptions: adcimport.RunOptions{Mode: adcimport.Upsert, Match: adcimport.MatchLink}})
	w.jobs(t)
	w.audit(t)
	w.outage(t)
	for info, err := range w.imp.Runs(t.Context()) {
		w.fail(err)
		w.report(t, info.RunID)
	}
}

func (w *life) preview(t *testing.T) {
	t.Helper()
	plan, err := w.imp.PlanCustomers(adcimport.CustomerFilter{}, customersOf(w.crm))
	if err != nil {
		t.Fatal(err)
	}
	w.fail(report.WritePreview(t.Context(), &w.reports, plan))
	w.print(&w.reports, plan.String())
}

func (w *life) customers(t *testing.T, o adcimport.CustomerOptions) adcimport.Summary {
	t.Helper()
	o.OfficeID = customersOf(w.crm).OfficeID
	s, err := w.imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, o)
	w.fail(err)
	if s == nil {
		t.Fatal(err)
	}
	for o, err := range w.imp.Outcomes(t.Context(), s.RunID) {
		if w.fail(err); o.Action == adcimport.ActionCreated {
			w.imported = o.SourceID
		}
	}
	return *s
}

func (w *life) users(t *testing.T) {
	t.Helper()
	s, err := w.imp.ImportUsers(t.Context(), adcimport.UserFilter{}, usersOf(w.crm))
	w.fail(err)
	if s == nil || s.Counts.Created == 0 {
		t.Fatalf("users: %v, %v", s, err)
	}
}

// review looks at who waits, and decides about some.
func (w *life) review(t *testing.T) {
	t.Helper()
	var decisions []adcimport.Decision
	for v, err := range w.imp.ToReview(t.Context(), adcimport.KindCustomer) {
		if err != nil {
			t.Fatal(err)
		}
		w.print(&w.reports, v)
		switch len(decisions) % 3 {
		case 0:
			decisions = append(decisions, adcimport.Decision{SourceID: v.SourceID, LinkTo: v.Candidates[0].ID})
		case 1:
			decisions = append(decisions, adcimport.Decision{SourceID: v.SourceID, Create: true})
		}
	}
	w.fail(report.WriteReview(&w.reports, w.imp.ToReview(t.Context(), adcimport.KindCustomer)))
	if err := w.imp.Decide(t.Context(), adcimport.KindCustomer, decisions...); err != nil || len(decisions) == 0 {
		t.Fatalf("%d decisions: %v", len(decisions), err)
	}
	w.fail(w.imp.Decide(t.Context(), adcimport.KindCustomer, adcimport.Decision{SourceID: "none", LinkTo: "1"}))
}

// cutOff ends a run in its middle, with what it had sent.
func (w *life) cutOff(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := 0
	for _, err := range w.imp.ImportCustomersSeq(ctx, adcimport.CustomerFilter{}, customersOf(w.crm)) {
		if w.fail(err); done > 5 {
			cancel()
		}
		done++
	}
	for o, err := range w.imp.InFlight(t.Context(), adcimport.KindCustomer) {
		w.print(&w.reports, o)
		w.fail(err)
	}
}

func (w *life) retry(t *testing.T, runID string) {
	t.Helper()
	w.crm.Fail(nil)
	s, err := w.imp.RetryFailed(t.Context(), runID)
	w.fail(err)
	w.print(&w.reports, s)
	w.alarm.Fail(nil)
	for info, err := range w.imp.Runs(t.Context()) {
		if w.fail(err); info.Status != adcimport.StatusCompleted {
			_, err := w.imp.Resume(t.Context(), info.RunID)
			w.fail(err)
		}
	}
}

// outage has either service fail everything in turn, with texts that quote.
func (w *life) outage(t *testing.T) {
	t.Helper()
	quoted := personLast + " " + personMail + "@example.com " + digitsOf(2) + " " + crmPassword + faultText
	all := adcimport.CustomerOptions{RunOptions: adcimport.RunOptions{Mode: adcimport.Upsert}, OfficeID: customersOf(w.crm).OfficeID}
	for _, away := range []func(status int){
		func(status int) {
			w.alarm.Fail(func(string, int, int) *alarmcomtest.Reply {
				if status == 0 {
					return &alarmcomtest.Reply{Fault: &alarmcomtest.Fault{Text: quoted, Code: personLast}}
				}
				return &alarmcomtest.Reply{Status: status, Body: []byte(`{"message":"` + quoted + `"}`)}
			})
		},
		func(status int) {
			w.crm.Fail(func(*http.Request, int) *securitytraxtest.Reply {
				return &securitytraxtest.Reply{Status: cmp.Or(status, http.StatusBadRequest), Body: []byte(`{"errors":[{"title":"` + quoted + `"}]}`)}
			})
		},
	} {
		for _, status := range []int{0, http.StatusForbidden, http.StatusBadGateway} {
			away(status)
			w.fail(w.imp.Check(t.Context()))
			s, err := w.imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, all)
			w.fail(err)
			w.print(&w.reports, s)
			_, err = w.imp.CustomerCandidates(t.Context(), w.imported)
			w.fail(err)
		}
		w.alarm.Fail(nil)
		w.crm.Fail(nil)
	}
	w.crm.ChangePassword(wrongPassword)
	w.crm.ExpireTokens()
	w.fail(w.imp.Check(t.Context()))
}

// edit is what people change between two runs.
func (w *life) edit() {
	for i, r := range w.crm.Customers() {
		if i%4 == 0 {
			w.crm.Edit("customers", r.ID, map[string]any{"primary_phone": digitsOf(i), "lname": "Zyxlasted"})
		}
	}
}

// jobs imports once more through River, where there is a database for it.
func (w *life) jobs(t *testing.T) {
	t.Helper()
	if w.place.pool == nil {
		return
	}
	if err := riverimport.Migrate(t.Context(), w.place.pool, riverimport.MigrateOptions{}); err != nil {
		t.Fatal(err)
	}
	set, err := links.New(links.Config{Open: func(context.Context, string) (adcimport.Config, error) { return w.cfg, nil }})
	if err != nil {
		t.Fatal(err)
	}
	im, err := riverimport.New(riverimport.Config{
		Pool: w.place.pool, Store: w.place.store, Set: set, Queues: map[string]int{"imports": 1}, Queue: "imports", LeaseTTL: leaseTTL, Logger: w.logger(),
		River: &river.Config{FetchCooldown: 10 * time.Millisecond, FetchPollInterval: 50 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := im.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, o := range []adcimport.CustomerOptions{customersOf(w.crm), {OfficeID: "no office"}} { // one is done, one fails
		o.Mode = adcimport.Upsert
		e, err := im.Enqueue(t.Context(), riverimport.Job{Link: w.cfg.Link, Kind: adcimport.KindCustomer, CustomerOptions: o})
		if err != nil {
			t.Fatal(err)
		}
		w.ended(t, im, e.JobID)
	}
	w.fail(im.Stop(t.Context()))
	w.fail(set.Close(t.Context()))
}

func (w *life) ended(t *testing.T, im *riverimport.Imports, id int64) {
	t.Helper()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for tries := 0; ; tries++ {
		row, err := im.River().JobGet(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		switch row.State { //nolint:exhaustive // the others are not the end
		case rivertype.JobStateCompleted, rivertype.JobStateCancelled, rivertype.JobStateDiscarded:
			return
		}
		if tries > 1500 {
			t.Fatalf("job %d is %s: %+v", id, row.State, row.Errors)
		}
		<-look.C
	}
}

func (w *life) audit(t *testing.T) {
	t.Helper()
	found := 0
	for f, err := range audit.Customers(t.Context(), audit.Config{Link: w.cfg.Link, Source: w.cfg.Source, Sink: w.cfg.Sink, Store: w.cfg.Store}) {
		w.print(&w.reports, f)
		w.fail(err)
		found++
	}
	if found == 0 {
		t.Error("the audit found nothing")
	}
}

// report writes a run in every form.
func (w *life) report(t *testing.T, runID string) {
	t.Helper()
	run, err := report.Of(t.Context(), w.imp, runID, report.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = errors.Join(report.WriteText(&out, run), writeRows(&out, run.Rows))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.reports.Write(out.Bytes())
}

func writeRows(out *bytes.Buffer, rows iter.Seq2[adcimport.Outcome, error]) error {
	return errors.Join(report.WriteCSV(out, rows, report.All), report.WriteJSONL(out, rows, report.All), report.Excel{}.WriteCSV(out, rows, report.Failures))
}
