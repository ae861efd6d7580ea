package adcimport_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// silentSink loses the replies of updates.
type silentSink struct {
	*tapSink
	lost  func(call int, id string) bool
	done  bool // what is lost was done all the same
	short bool // results end with the first that is lost
	calls int
	sent  map[string]int
}

func (s *silentSink) UpdateCustomers(ctx context.Context, ids []string, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	s.calls++
	res := make([]adcimport.WriteResult, len(recs))
	for i, rec := range recs {
		s.sent[rec.AlarmComID]++
		lost := s.lost(s.calls, rec.AlarmComID)
		if lost && s.short {
			return res[:i], nil
		}
		if !lost || s.done {
			one, err := s.tapSink.UpdateCustomers(ctx, ids[i:i+1], recs[i:i+1])
			if err != nil {
				return res, err
			}
			if !lost {
				res[i] = one[0]
			}
		}
	}
	return res, nil
}

// fault 79: an update whose reply was lost was failed/not_sent. It is sent again, and
// what stays without a reply has a reason of its own.
func TestFault79_lostUpdatesAreRepeated(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		sink    silentSink
		updated int
		reason  adcimport.Reason // of the others
	}{
		"one, once":            {silentSink{lost: func(call int, id string) bool { return call == 1 && id == "2" }}, 4, ""},
		"one, once, and done":  {silentSink{done: true, lost: func(call int, id string) bool { return call == 1 && id == "2" }}, 4, ""},
		"all, once":            {silentSink{lost: func(call int, _ string) bool { return call == 1 }}, 4, ""},
		"all, at the second":   {silentSink{lost: func(call int, id string) bool { return call == 2 || id == "3" && call < 3 }}, 4, ""},
		"results that are cut": {silentSink{short: true, lost: func(call int, id string) bool { return call == 1 && id == "2" }}, 4, ""},
		"one, always":          {silentSink{lost: func(_ int, id string) bool { return id == "2" }}, 3, adcimport.ReasonUnconfirmed},
		"one, always, done":    {silentSink{done: true, lost: func(_ int, id string) bool { return id == "2" }}, 3, adcimport.ReasonUnconfirmed},
		"two, always":          {silentSink{lost: func(_ int, id string) bool { return id == "2" || id == "4" }}, 2, adcimport.ReasonUnconfirmed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(4)
				sink := tt.sink
				sink.tapSink, sink.sent = r.sink, make(map[string]int)
				r.cfg.Sink = &sink
				if _, err := r.customers(t); err != nil {
					t.Fatal(err)
				}
				change := func(name string) {
					r.src.Update(func(d *adcimporttest.Dealer) {
						for i := range d.Customers {
							d.Customers[i].LastName = name
						}
					})
				}
				upsert := adcimport.RunOptions{Mode: adcimport.Upsert}
				change("Changed")
				s, err := r.customers(t, upsert)
				want := adcimport.Counts{Read: 4, Updated: tt.updated, Failed: 4 - tt.updated}
				if diff := cmp.Diff(want, s.Counts); diff != "" || err != nil {
					t.Fatalf("%v (-want +got):\n%s", err, diff)
				}
				if s.ByReason[tt.reason] != s.Counts.Failed {
					t.Errorf("reasons %v", s.ByReason)
				}
				r.agrees(t, s)
				for id, n := range sink.sent {
					if n > 6 { // with others, alone, and after all others, each twice
						t.Errorf("%s was sent %d times", id, n)
					}
				}
				for o, err := range r.importer(t).Outcomes(t.Context(), s.RunID) {
					if err != nil || o.SinkID == "" {
						t.Errorf("%+v, %v", o, err)
					}
				}
				sink.lost = func(int, string) bool { return false } // the next night
				s, err = r.customers(t, upsert)
				completed(t, s, err, adcimport.Counts{Read: 4, Updated: 4 - tt.updated, Unchanged: tt.updated})
				for _, c := range r.sink.Customers() {
					if c.Record.LastName != "Changed" {
						t.Errorf("%s was not changed", c.Record.AlarmComID)
					}
				}
			})
		})
	}
}

// Whose create was lost and then refused, and who was typed in since with the Alarm.com
// id but as somebody else, is updated: what was once sent says nothing of what is there.
func TestUpsert_typedInAfterAFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(2)
		sent := 0
		r.sink.create = func(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
			if recs[len(recs)-1].AlarmComID != "2" {
				return r.sink.Sink.CreateCustomers(ctx, recs)
			}
			res, err := r.sink.Sink.CreateCustomers(ctx, recs[:len(recs)-1])
			if sent++; sent > 1 {
				return append(res, adcimport.WriteResult{Status: adcimport.WriteRejected, Err: errBoom}), err
			}
			return append(res, adcimport.WriteResult{}), err
		}
		s, err := r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 2, Created: 1, Failed: 1})
		if _, err := r.sink.Sink.CreateCustomers(t.Context(), []adcimport.CustomerRecord{{AlarmComID: "2", LastName: "Hand"}}); err != nil {
			t.Fatal(err)
		}
		s, err = r.customers(t, adcimport.RunOptions{Mode: adcimport.Upsert})
		completed(t, s, err, adcimport.Counts{Read: 2, Updated: 1, Unchanged: 1})
		for _, c := range r.sink.Customers() {
			if c.Record.LastName == "Hand" {
				t.Errorf("customer %s is not updated", c.Record.AlarmComID)
			}
		}
	})
}
