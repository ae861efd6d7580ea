//go:build unix

package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// row is what became of one dealer.
type row struct {
	link, failure               string
	status                      adcimport.RunStatus
	counts                      adcimport.Counts
	lost, doubled, notices      int
	crashes, slices             int // ends as crash_loop, after each of which it was resumed; times that a worker had the job
	mistaken, sharesWithAnother bool
}

// result is what became of a fleet.
type result struct {
	rows            []row
	took            time.Duration
	kills, stood    int
	repeats, resets int // notices that came again by their id; runs that ended as crash_loop and were resumed
	open            int // intents that are left
	created         int
}

// result compares what SecurityTrax has with what Alarm.com has, by the fakes themselves.
func (h *host) result(ctx context.Context) (*result, error) {
	r := &result{took: time.Since(h.began), kills: h.fleet.killed, stood: h.fleet.stood, resets: h.resets()}
	for i, d := range h.dealers {
		e := h.jobs[d.link]
		st, err := h.store.Run(ctx, e.RunID)
		if err != nil {
			return nil, err
		}
		job, err := h.imports.River().JobGet(ctx, e.JobID)
		if err != nil {
			return nil, err
		}
		line := row{
			link: d.link, status: st.Status, counts: st.Counts, notices: len(h.told.of(e.RunID)), slices: len(job.AttemptedBy),
			crashes:  h.crashes[e.RunID],
			mistaken: d.mistaken, sharesWithAnother: d.shared || i+1 < len(h.dealers) && h.dealers[i+1].shared,
		}
		if st.Failure != nil {
			line.failure = st.Failure.String()
		}
		if !d.mistaken {
			line.lost, line.doubled = compare(d)
			line.failure += h.asked[d.link]
			if line.lost > 0 {
				line.failure += fmt.Sprint(st.ByReason)
			}
		}
		r.rows = append(r.rows, line)
		open, err := h.openRecords(ctx, d)
		if err != nil {
			return nil, err
		}
		r.open += open
	}
	r.created, r.repeats = h.created(), h.told.repeated()
	return r, nil
}

// openRecords are those of an account that were sent, and of which nobody knows yet.
func (h *host) openRecords(ctx context.Context, d *dealer) (n int, err error) {
	scope := ledger.Scope{Account: cmp.Or(d.account.SinkAccount, d.link), Kind: adcimport.KindCustomer}
	for _, err := range h.store.List(ctx, scope, ledger.Query{States: []ledger.RecordState{ledger.StateOpen}}) {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// compare says how many customers are missing, and how many there are too many.
func compare(d *dealer) (lost, doubled int) {
	have := make(map[string]int)
	for _, c := range d.office.fake.Customers() {
		have[c.AlarmComID]++
	}
	for _, c := range d.people.Importable() {
		if have[c.ID] == 0 {
			lost++
		}
		delete(have, c.ID)
	}
	return lost, len(d.office.fake.Customers()) - len(d.people.Importable()) + lost
}

// wrong says in words what should not be.
func (r *result) wrong() (all []string) {
	for i := range r.rows {
		w := &r.rows[i]
		want := adcimport.StatusCompleted
		if w.mistaken {
			want = adcimport.StatusFailed
		}
		if w.status != want || w.mistaken != strings.Contains(w.failure, "auth") {
			all = append(all, fmt.Sprintf("%s is %s (%s), want %s", w.link, w.status, w.failure, want))
		}
		if w.lost+w.doubled > 0 {
			all = append(all, fmt.Sprintf("%s: %d lost, %d doubled", w.link, w.lost, w.doubled))
		}
		if w.notices != 1+w.crashes {
			all = append(all, fmt.Sprintf("%s was told %d times, want %d", w.link, w.notices, 1+w.crashes))
		}
	}
	if r.open > 0 {
		all = append(all, fmt.Sprintf("%d records are open", r.open))
	}
	return all
}

// table is what the program prints.
func (r *result) table() string {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "dealer\tstatus\tread\tcreated\tlinked\tskipped\tfailed\tlost\tdoubled\tnotices\tslices\tfailure")
	var sum row
	healthy := 0
	for i := range r.rows {
		w := &r.rows[i]
		if w.status == adcimport.StatusCompleted {
			healthy++
		}
		name := w.link
		if w.sharesWithAnother {
			name += " (shared)"
		}
		c := w.counts
		_, _ = fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n",
			name, w.status, c.Read, c.Created, c.Linked, c.Skipped, c.Failed,
			w.lost, w.doubled, w.notices, w.slices, w.failure)
		sum.counts.Read += c.Read
		sum.counts.Created += c.Created
		sum.lost += w.lost
		sum.doubled += w.doubled
		sum.notices += w.notices
	}
	_ = t.Flush() // into memory
	fmt.Fprintf(&b, "\n%d of %d dealers complete: %d customers in SecurityTrax, %d lost, %d doubled, %d notices (%d came again)\n",
		healthy, len(r.rows), r.created, sum.lost, sum.doubled, sum.notices, r.repeats)
	fmt.Fprintf(&b, "%d workers killed, %d stood still, %d runs resumed after crash_loop, %.1f s\n",
		r.kills, r.stood, r.resets, r.took.Seconds())
	for _, w := range r.wrong() {
		fmt.Fprintf(&b, "WRONG: %s\n", w)
	}
	return b.String()
}
