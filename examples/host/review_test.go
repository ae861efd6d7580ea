//go:build unix

package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/examples/host/fakes"
)

// typeIn lets somebody type the first n customers of a dealer into SecurityTrax, and
// returns SecurityTrax' ids by Alarm.com's.
func typeIn(d fakes.Dealer, n int) map[string]string {
	ids := make(map[string]string)
	for _, c := range d.People.Importable()[:n] {
		ids[c.ID] = d.SecurityTrax.TypeInCustomer(map[string]any{
			"fname": c.FirstName, "lname": c.LastName, "business_name": c.CompanyName, "primary_phone": c.PrimaryPhoneNumber,
			"email": strings.ToLower(c.PrimaryEmail), "address1": c.InstallAddress.Street1, "city": c.InstallAddress.City,
			"state": c.InstallAddress.State, "zip": c.InstallAddress.Zip, "record_type": "customer",
		})
	}
	return ids
}

// Who was typed in by hand waits, is listed without anything personal, and is decided on
// a page or by a table; the next run does it, and nobody is there twice.
func TestReview(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, 20, 0, nil)
	typed := typeIn(w.dealers[0], 4)
	p := w.host()
	run := p.customers("dealer-01")
	w.completed(run)
	ends, _ := w.notices(run)
	for _, s := range ends {
		if s.ToReview() != len(typed) {
			t.Fatalf("told of %d to review, want %d: %v", s.ToReview(), len(typed), s)
		}
	}
	const page = "/links/dealer-01/review/customer"
	var list []adcimport.Review
	p.get(page, &list)
	_, table := p.ask(http.MethodGet, page+"?form=csv", "")
	if len(list) != len(typed) || strings.Count(table, "\r\n") != len(typed)+1 {
		t.Fatalf("%+v\n%s", list, table)
	}
	_, text := p.ask(http.MethodGet, page, "")
	_, excel := p.ask(http.MethodGet, page+"?form=excel", "")
	if table == excel || !strings.HasPrefix(excel, "\ufeffsource_id,") {
		t.Errorf("a table for Excel: %q", excel)
	}
	w.says(text + table + excel)
	for _, v := range list {
		if len(v.Candidates) != 1 || v.Candidates[0].ID != typed[v.SourceID] || len(v.Candidates[0].Evidence) < 2 {
			t.Errorf("%+v", v)
		}
	}
	var both adcimport.CustomerComparison
	p.get(page+"/"+list[0].SourceID, &both)
	if len(both.Candidates) != 1 || both.Customer.LastName+both.Customer.BusinessName == "" || both.Candidates[0].ID != typed[list[0].SourceID] {
		t.Errorf("both sides: %+v", both)
	}
	p.decideWrongly(page, list[0].SourceID)

	first := `[{"SourceID": "` + list[0].SourceID + `", "LinkTo": "` + typed[list[0].SourceID] + `"}]`
	if status, reply := p.ask(http.MethodPost, page, first); status != http.StatusAccepted {
		t.Fatalf("%d %s", status, reply)
	}
	rows := strings.Split(strings.TrimSuffix(table, "\r\n"), "\r\n")
	for i := range rows {
		if i > 0 && !strings.HasPrefix(rows[i], list[0].SourceID+",") {
			rows[i] += "link"
		}
	}
	if status, reply := p.ask(http.MethodPost, page, strings.Join(rows, "\r\n"), "Content-Type", "text/csv"); status != http.StatusAccepted {
		t.Fatalf("%d %s", status, reply)
	}
	w.completed(p.customers("dealer-01"))
	w.customersAreThere(w.dealers...)
	if p.get(page, &list); len(list) > 0 {
		t.Errorf("still there: %+v", list)
	}
	for _, c := range w.dealers[0].SecurityTrax.Customers() {
		if id := typed[c.AlarmComID]; id != "" && id != c.ID || id == "" && slices.Contains(ids(typed), c.ID) {
			t.Errorf("%s is linked to %s", c.AlarmComID, c.ID)
		}
	}
}

func ids(typed map[string]string) (list []string) {
	for _, id := range typed {
		list = append(list, id)
	}
	return list
}

// decideWrongly makes mistakes, of which nothing is stored.
func (p *process) decideWrongly(page, id string) {
	p.tb.Helper()
	for _, c := range []struct{ path, body, form, says string }{
		{page, `[{"SourceID": "` + id + `", "LinkTo": "none"}]`, "application/json", "none"},
		{page, `[{"SourceID": "0", "Create": true}]`, "application/json", "does not wait"},
		{page, `link all`, "application/json", "body"},
		{page, "source_id,candidate,decision\n" + id + ",1,perhaps\n", "text/csv", "line 2"},
		{"/links/dealer-01/review/dealer", `[]`, "application/json", "kind"},
	} {
		if status, reply := p.ask(http.MethodPost, c.path, c.body, "Content-Type", c.form); status != http.StatusBadRequest || !strings.Contains(reply, c.says) {
			p.tb.Errorf("%s: %d %s", c.body, status, reply)
		}
	}
}
