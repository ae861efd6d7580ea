//go:build unix

package main

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
)

// Every page once: start, progress, list, failures, CSV, retry, cancel, resume; and what
// is said to mistakes. Nothing personal is in any reply.
func TestPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, 50, 10, nil)
	p := w.host()
	run := p.post("/links/dealer-01/runs", customersOf, "Idempotency-Key", "form-1")
	if again := p.post("/links/dealer-01/runs", customersOf, "Idempotency-Key", "form-1"); run != "form-1" || again != run {
		t.Errorf("a form that is sent twice has the runs %q and %q", run, again)
	}
	var info adcimport.RunInfo
	w.wait("progress", func() bool {
		p.get("/links/dealer-01/runs/form-1", &info)
		return info.Counts.Created > 0 && info.Total > info.Counts.Created && info.Alive
	})
	if status, reply := p.ask(http.MethodPost, "/links/dealer-01/runs", customersOf); status != http.StatusConflict {
		t.Errorf("a second run beside it: %d %s", status, reply)
	}
	users := p.users("dealer-02")
	w.completed("form-1", users)
	w.once("form-1", users)

	var failed []adcimport.Outcome
	p.get("/links/dealer-01/runs/form-1/failed", &failed)
	incomplete := w.dealers[0].People.Incomplete()
	for _, o := range failed {
		if o.Reason != adcimport.ReasonInvalidRecord || !slices.ContainsFunc(incomplete, func(c adcimport.Customer) bool { return c.ID == o.SourceID }) {
			t.Errorf("failed: %+v", o)
		}
	}
	if len(failed) == 0 || len(failed) != len(incomplete) {
		t.Errorf("%d records failed, want %d", len(failed), len(incomplete))
	}
	_, table := p.ask(http.MethodGet, "/links/dealer-01/runs/form-1/csv", "")
	_, failures := p.ask(http.MethodGet, "/links/dealer-01/runs/form-1/csv?part=failures", "")
	if n := strings.Count(failures, "\r\n"); n != len(failed)+1 || strings.Count(table, "\r\n") <= n || !strings.HasPrefix(table, "run_id,kind,") {
		t.Errorf("%d lines of failures, of a table of %d", n, strings.Count(table, "\r\n"))
	}
	if _, excel := p.ask(http.MethodGet, "/links/dealer-01/runs/form-1/csv?form=excel", ""); !strings.HasPrefix(excel, "\ufeffrun_id,kind,") {
		t.Errorf("a table for Excel: %.40q", excel)
	}
	retry := p.post("/links/dealer-01/runs/form-1/retry", "")
	w.completed(retry)
	p.get("/links/dealer-01/runs/"+retry, &info)
	if info.RetryOf != "form-1" || info.Counts.Read != len(failed) {
		t.Errorf("retry: %+v", info)
	}

	w.canceled(p)
	var page struct{ Runs []adcimport.RunInfo }
	_, list := p.ask(http.MethodGet, "/runs", "")
	if err := json.Unmarshal([]byte(list), &page); err != nil || len(page.Runs) != 4 {
		t.Errorf("%v: %s", err, list)
	}
	_, choices := p.ask(http.MethodGet, "/links/dealer-01/choices", "")
	w.says(list + table + choices)
	p.mistakes()
	if took := p.term(); took > 10*time.Second {
		t.Errorf("the end took %v", took)
	}
}

// canceled cancels a run of the second dealer, and goes on with it.
func (w *world) canceled(p *process) {
	w.tb.Helper()
	d := w.dealers[1]
	run := p.customers(d.Link)
	w.wait("details of the second dealer", func() bool { return d.AlarmCom.Count("GetCustomerInfo_V2") > 10 })
	if status, reply := p.ask(http.MethodPost, "/links/dealer-02/runs/"+run+"/cancel", ""); status != http.StatusAccepted {
		w.tb.Fatalf("cancel: %d %s", status, reply)
	}
	w.wait("the end of what is canceled", func() bool {
		ends, _ := w.notices(run)
		return len(ends) == 1
	})
	ends, _ := w.notices(run)
	for _, s := range ends {
		if s.Status != adcimport.StatusCanceled {
			w.tb.Errorf("told as %v", s)
		}
	}
	if status, _ := p.ask(http.MethodPost, "/links/dealer-02/runs/"+run+"/cancel", ""); status != http.StatusConflict {
		w.tb.Errorf("canceled twice: %d", status)
	}
	p.post("/links/dealer-02/runs/"+run+"/resume", "")
	w.wait("the second end", func() bool {
		ends, times := w.notices(run)
		return len(ends) == 2 && sum(times) == 2
	})
	w.customersAreThere(w.dealers...)
}

// mistakes are told to who makes them.
func (p *process) mistakes() {
	p.tb.Helper()
	for _, c := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{http.MethodGet, "/links/nobody/check", "", http.StatusNotFound, "nobody"},
		{http.MethodGet, "/links/dealer-01/runs/none", "", http.StatusNotFound, "none"},
		{http.MethodGet, "/links/dealer-01/runs/none/csv", "", http.StatusNotFound, "none"},
		{http.MethodPost, "/links/dealer-01/runs", `{"kind": "customer"}`, http.StatusBadRequest, "OfficeID"},
		{http.MethodPost, "/links/dealer-01/runs", `{"kind": "dealer"}`, http.StatusBadRequest, "kind"},
		{http.MethodPost, "/links/dealer-01/runs", `{"kind": "user", "user_options": {"Activ": true}}`, http.StatusBadRequest, "Activ"},
		{http.MethodPost, "/links/dealer-01/runs", `office 2`, http.StatusBadRequest, "body"},
		{http.MethodPut, "/links/dealer-01/nightly", `{"kind": "customer", "at": "25:00", "zone": "UTC"}`, http.StatusBadRequest, "At"},
		{http.MethodPut, "/links/nobody/nightly", `{"kind": "customer", "at": "02:00", "zone": "UTC"}`, http.StatusNotFound, "nobody"},
		{http.MethodGet, "/links/dealer-01/check", "", http.StatusOK, "linked"},
	} {
		if status, reply := p.ask(c.method, c.path, c.body); status != c.status || !strings.Contains(reply, c.says) {
			p.tb.Errorf("%s %s %s: %d %s", c.method, c.path, c.body, status, reply)
		}
	}
	if status, _ := p.ask(http.MethodPost, "/links/dealer-01/runs", customersOf, "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden {
		p.tb.Errorf("another site's page starts imports: %d", status)
	}
}

// A night whose time came while no host was up is started once, at the next start; the
// host that is told to end in the middle of it ends soon, and the next one goes on at
// once: it waits for no lease.
func TestNightly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, 40, 0, nil)
	p := w.host("-lease", "1m")
	body := strings.Replace(customersOf, "{", `{"at": "02:30", "zone": "America/Denver", `, 1)
	if status, reply := p.ask(http.MethodPut, "/links/dealer-01/nightly", body); status != http.StatusOK {
		t.Fatalf("%d %s", status, reply)
	}
	p.term()
	w.setTwoDaysAgo()

	p = w.host("-lease", "1m")
	w.wait("details of the night", func() bool { return w.details() > 10 })
	if took := p.term(); took > 10*time.Second {
		t.Errorf("the end took %v", took)
	}
	if w.anyNotice() {
		t.Error("a run that goes on was told of")
	}
	p = w.host("-lease", "1m")
	var page struct{ Runs []adcimport.RunInfo }
	p.get("/runs", &page)
	if len(page.Runs) != 1 || !strings.HasPrefix(page.Runs[0].RunID, "scheduled-") || page.Runs[0].Labels["started_by"] != "schedule" {
		t.Fatalf("%+v", page.Runs)
	}
	w.completed(page.Runs[0].RunID)
	w.customersAreThere(w.dealers...)
}

// setTwoDaysAgo changes the file of the schedules, as time would.
func (w *world) setTwoDaysAgo() {
	w.tb.Helper()
	name := w.file("nightly.json")
	data, err := os.ReadFile(name)
	if err != nil {
		w.tb.Fatal(err)
	}
	var file map[string]any
	if err := json.Unmarshal(data, &file); err != nil {
		w.tb.Fatal(err)
	}
	kept, _ := file["schedules"].([]any)
	one, _ := kept[0].(map[string]any)
	one["since"] = time.Now().Add(-48 * time.Hour)
	if data, err = json.Marshal(file); err != nil {
		w.tb.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o600); err != nil {
		w.tb.Fatal(err)
	}
}
