package adcimport_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// faults 1, 2, 7, 14: whatever operation fails for one record or two, with whatever
// error, and for however long: everybody else is in, every night, also who is new.
// A record that is only told to come back later is busy, and nothing is counted
// against it. Who is well again comes in within a week.
func TestBlame_anyOperationOfAFew(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"detail", "find", "reps", "match", "create", "update"} {
		for _, bad := range [][]string{{"3"}, {"20"}, {"3", "4"}, {"1", "9", "12"}} {
			for name, err := range map[string]error{
				"nothing said": errBoom,
				"429":          &adcimport.CallError{End: "end", Operation: op, Code: "rate_limited", Status: 429},
				"refused":      &adcimport.CallError{End: "end", Operation: op, Code: "refused", Status: 403},
			} {
				t.Run(fmt.Sprintf("%s of %v, %s", op, bad, name), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { blameOf(t, op, bad, err, name == "429") })
				})
			}
		}
	}
}

func blameOf(t *testing.T, op string, bad []string, failed error, busy bool) {
	t.Helper()
	b := newBreaker(20)
	imp := importerOf(t, b.config())
	n, rested := 20, 0
	if op == "update" { // they are in already
		if s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, upsert); err != nil || s.Counts.Created != n {
			t.Fatal(s, err)
		}
	}
	b.err = failed
	for _, id := range bad {
		b.bad[id] = op
	}
	for night := range 8 {
		began := time.Now()
		b.touch(night)
		before := len(b.asked(op))
		s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, upsert)
		if err != nil || s.Status != adcimport.StatusCompleted {
			t.Fatalf("night %d: %v, %v", night, s, err)
		}
		if s.Counts.Read != n || s.Counts.Failed+s.ByReason[adcimport.ReasonResting] != len(bad) {
			t.Errorf("night %d: %v, %v", night, s, s.ByReason)
		}
		if c := s.Counts; c.Read != c.Created+c.Linked+c.Updated+c.Unchanged+c.Skipped+c.Failed {
			t.Errorf("night %d: %+v is no sum", night, c)
		}
		if busy && s.ByReason[adcimport.ReasonBusy] != len(bad) {
			t.Errorf("night %d: %v", night, s.ByReason)
		}
		rested += s.ByReason[adcimport.ReasonResting]
		if took := time.Since(began); took > 20*time.Minute || !busy && took > 6*time.Minute {
			t.Errorf("night %d took %v", night, took)
		}
		if calls := len(b.asked(op)) - before; calls > 10*n {
			t.Errorf("night %d: %d calls", night, calls)
		}
		n++
		b.change(n)
		sleepBubble(24*time.Hour - time.Since(began))
	}
	b.bad = map[string]string{}
	if busy != (rested == 0) {
		t.Errorf("they rested %d times", rested)
	}
	for range 7 {
		if s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, upsert); err != nil {
			t.Fatal(s, err)
		}
		sleepBubble(24 * time.Hour)
	}
	b.once(t, idsUpTo(n)...)
	s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, upsert)
	completed(t, s, err, adcimport.Counts{Read: n, Unchanged: n})
}

// fault 27: a detail whose id is another than the listed one fails its record, which
// is created under neither; also when it is read by its id, in doubt or deferred.
func TestFault27_detailWithAnotherID(t *testing.T) {
	t.Parallel()
	for name, other := range map[string]string{"another": "7", "none": "", "another listed one": "2", "no text": "\xff"} {
		for _, lost := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, reply lost %v", name, lost), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					r := newRig(3)
					r.src.Update(func(d *adcimporttest.Dealer) { d.Customers = append(d.Customers, plainCustomer("007")) })
					wrong := !lost
					r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
						c, err := r.src.Source.CustomerDetail(ctx, id)
						if id == "007" && wrong {
							c.ID = other
						}
						return c, err
					}
					if lost { // the first night it is right, and its create is lost
						create := r.sink.Sink.CreateCustomers
						r.sink.create = func(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
							for i, rec := range recs {
								if rec.AlarmComID == "007" {
									recs = append(recs[:i:i], recs[i+1:]...)
									wrong = true
									res, err := create(ctx, recs)
									return append(res, adcimport.WriteResult{}), err
								}
							}
							return create(ctx, recs)
						}
					}
					for night := range 3 {
						s, err := r.customers(t)
						if err != nil || s.Status != adcimport.StatusCompleted || s.Counts.Failed != 1 || s.ByReason[adcimport.ReasonInvalidRecord] != 1 {
							t.Fatalf("night %d: %v, %v, %v", night, s, s.ByReason, err)
						}
						r.once(t, "1", "2", "3")
						sleepBubble(24 * time.Hour)
					}
					wrong, r.src.detail, r.sink.create = false, nil, nil
					s, err := r.customers(t)
					completed(t, s, err, adcimport.Counts{Read: 4, Created: 1, Skipped: 3})
					r.once(t, "1", "2", "3", "007")
				})
			})
		}
	}
}
