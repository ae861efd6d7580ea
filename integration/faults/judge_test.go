package faults_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/match"
)

// The judge's table: what each failure of each operation makes of the run and of its
// record, in the first night, in the second, and after a week. Each line is such a
// week, through the public API: 12 customers change every night, and come with Upsert.

// seen is what an operation fails with.
type seen struct {
	name string
	err  error
}

func allSeen(op string) []seen {
	call := func(code string, status int) error {
		return &adcimport.CallError{End: "service", Operation: op, Code: code, Status: status}
	}
	return []seen{
		{"no clear word (5xx, a reset, a time-out, a page, an error of its own kind)", errors.New("boom")},
		{"refused, without a word about the record (403, a redirect)", call("refused", 403)},
		{"to come back later (429), whenever it is asked", call("rate_limited", 429)},
		{"a login that is refused (401)", adcimport.ErrAuth},
	}
}

// told is what the others, its witnesses, say.
type told struct {
	name      string
	customers int
	bad       func(id string) bool
}

func allTold() []told {
	return []told{
		{"work", people, func(id string) bool { return id == "107" }},
		{"fail too", people, func(string) bool { return true }},
		{"there are none", 1, func(string) bool { return true }},
	}
}

var judged = []string{"list", "detail", "look-up", "reps", "matches", "create", "update"} //nolint:gochecknoglobals // the operations, in order

// judgeRow is a line of the table.
type judgeRow struct{ op, seen, told, owner, first, second, week string }

func judgeRows(t *testing.T) []judgeRow {
	t.Helper()
	var rows []judgeRow
	for _, op := range judged {
		for _, s := range allSeen(op) {
			for _, w := range allTold() {
				switch {
				case op == "list" && w.name != "fail too":
					continue
				case op == "list":
					w.name = "(it is of nobody)"
				}
				synctest.Test(t, func(t *testing.T) { rows = append(rows, judgeWeek(t, op, s, w)) })
			}
		}
	}
	return rows
}

func judgeWeek(t *testing.T, op string, s seen, w told) judgeRow {
	t.Helper()
	b := &sick{
		Source: &adcimporttest.Source{Dealer: dealer(w.customers), PageSize: 5}, Sink: &adcimporttest.Sink{},
		op: op, err: s.err, bad: w.bad,
	}
	b.Update(func(d *adcimporttest.Dealer) {
		for i := range d.Customers {
			d.Customers[i].SalesRepLogin = "rep" + d.Customers[i].ID
		}
	})
	imp, err := adcimport.New(adcimport.Config{
		Link: "acme", Source: adcimport.CustomersOnly(b), Sink: adcimport.CustomersOnlySink(b), Store: new(adcimport.MemoryStore),
		Concurrency: 1, // a refused login ends the run at one place
	})
	if err != nil {
		t.Fatal(err)
	}
	all := adcimport.CustomerOptions{RunOptions: adcimport.RunOptions{Mode: adcimport.Upsert}}
	if b.well = op == "update"; b.well { // they are in already
		if _, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, all); err != nil {
			t.Fatal(err)
		}
	}
	b.well = false
	var nights []*adcimport.Summary
	for night := range 8 {
		began := time.Now()
		b.Update(func(d *adcimporttest.Dealer) {
			for i := range d.Customers {
				d.Customers[i].LastName = fmt.Sprint("Night", night)
			}
		})
		sum, _ := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, all)
		nights = append(nights, sum)
		time.Sleep(24*time.Hour - time.Since(began))
	}
	return judgeRow{op, s.name, w.name, ownerOf(nights), textOf(nights[0]), textOf(nights[1]), textOf(nights[7])}
}

// ownerOf says whose failure it was taken for.
func ownerOf(nights []*adcimport.Summary) string {
	first, rested := nights[0], 0
	for _, s := range nights {
		rested += s.ByReason[adcimport.ReasonResting]
	}
	switch {
	case first.Failure != nil && first.Failure.Code == "auth":
		return "the login"
	case first.Failure != nil:
		return "the operation"
	case first.ByReason[adcimport.ReasonBusy] > 0:
		return "nobody: nothing is counted"
	case rested > 0:
		return "the record, which rests for days after five nights"
	}
	return "not proved: nothing is counted"
}

// sick is a source and a sink one operation of which fails for some.
type sick struct {
	*adcimporttest.Source
	*adcimporttest.Sink

	op   string
	err  error
	bad  func(id string) bool
	mu   sync.Mutex
	well bool
}

func (*sick) Check(context.Context) error { return nil }

func (b *sick) say(op string, ids ...string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.well && op == b.op && slices.ContainsFunc(ids, b.bad) {
		return b.err
	}
	return nil
}

func (b *sick) Customers(ctx context.Context, f adcimport.CustomerFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	if err := b.say("list", "all"); err != nil {
		return func(yield func(adcimport.Page[adcimport.Customer], error) bool) {
			yield(adcimport.Page[adcimport.Customer]{}, err)
		}
	}
	return b.Source.Customers(ctx, f, from)
}

func (b *sick) CustomerDetail(ctx context.Context, id string) (adcimport.Customer, error) {
	if err := b.say("detail", id); err != nil {
		return adcimport.Customer{}, err
	}
	return b.Source.CustomerDetail(ctx, id)
}

func (b *sick) FindReps(_ context.Context, logins []string) (map[string]string, error) {
	ids := make([]string, len(logins))
	for i, login := range logins {
		ids[i] = strings.TrimPrefix(login, "rep")
	}
	return map[string]string{}, b.say("reps", ids...)
}

func (b *sick) MatchCustomers(ctx context.Context, records []match.Customer) ([]match.CustomerCandidate, error) {
	for _, r := range records {
		if err := b.say("matches", r.ID); err != nil {
			return nil, err
		}
	}
	return b.Sink.MatchCustomers(ctx, records)
}

func (b *sick) FindCustomers(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
	for _, k := range keys {
		if err := b.say("look-up", k.ID); err != nil {
			return nil, err
		}
	}
	return b.Sink.FindCustomers(ctx, keys)
}

// each writes one record after the other. One that fails was not sent.
func (b *sick) each(op string, recs []adcimport.CustomerRecord, write func(i int) ([]adcimport.WriteResult, error)) ([]adcimport.WriteResult, error) {
	results := make([]adcimport.WriteResult, len(recs))
	var failed error
	for i, r := range recs {
		results[i].Status = adcimport.WriteNotSent
		if err := b.say(op, r.AlarmComID); err != nil {
			failed = err
			continue
		}
		one, err := write(i)
		if err != nil {
			return results, err
		}
		results[i] = one[0]
	}
	return results, failed
}

func (b *sick) CreateCustomers(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	return b.each("create", recs, func(i int) ([]adcimport.WriteResult, error) { return b.Sink.CreateCustomers(ctx, recs[i:i+1]) })
}

func (b *sick) UpdateCustomers(ctx context.Context, ids []string, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	return b.each("update", recs, func(i int) ([]adcimport.WriteResult, error) {
		return b.Sink.UpdateCustomers(ctx, ids[i:i+1], recs[i:i+1])
	})
}

// judgeText is the section of the document.
func judgeText(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("\n## Whose failure it is\n\n" +
		"The importer alone judges what a source or a sink says of a failed call, by what others say after it. Each line is a week " +
		"of one run a night over a dealer whose 12 customers change every day (mode Upsert), with the defaults; one of them fails, or all, " +
		"or there is only one. What is not sure to have been sent is not of this table: see creates in doubt.\n\n" +
		"| operation | fails with | others | whose it is | the first night | the second | after a week |\n|---|---|---|---|---|---|---|\n")
	for _, r := range judgeRows(t) {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", r.op, r.seen, r.told, r.owner, r.first, r.second, r.week)
	}
	return b.String()
}
