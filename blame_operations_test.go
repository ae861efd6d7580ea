package adcimport_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
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

// Who is tried again is read by the id. Where that fails for one, it fails that one alone,
// and says how; one that has come in meanwhile is none that failed. What is said clearly is
// of everybody.
func TestBlame_readingByID(t *testing.T) {
	t.Parallel()
	busy := &adcimport.CallError{End: "source", Operation: "by id", Code: "rate_limited", Status: 429}
	for name, tt := range map[string]struct {
		failed error
		known  bool // an import in between has brought it in
		want   adcimport.Counts
		reason adcimport.Reason
		err    error
	}{
		"nothing said":       {errBoom, false, adcimport.Counts{Read: 3, Created: 2, Failed: 1}, adcimport.ReasonSourceFailed, nil},
		"429":                {busy, false, adcimport.Counts{Read: 3, Created: 2, Failed: 1}, adcimport.ReasonBusy, nil},
		"nothing, of a done": {errBoom, true, adcimport.Counts{Read: 3, Unchanged: 3}, "", nil},
		"a clear word":       {errLogin, false, adcimport.Counts{}, "", adcimport.ErrAuth},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBreaker(20)
				cfg := b.config()
				imp := importerOf(t, cfg)
				b.err, b.bad = errBoom, map[string]string{"3": "detail", "4": "detail", "5": "detail"}
				first, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
				completed(t, first, err, adcimport.Counts{Read: 20, Created: 17, Failed: 3})
				if tt.known {
					b.bad = nil
					s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
					completed(t, s, err, adcimport.Counts{Read: 20, Created: 3, Skipped: 17})
				}
				b.err, b.bad = tt.failed, map[string]string{"3": "by id"}
				s, err := imp.RetryFailed(t.Context(), first.RunID)
				if tt.err != nil {
					if !errors.Is(err, tt.err) {
						t.Errorf("got %v, %v", s, err)
					}
					return
				}
				completed(t, s, err, tt.want)
				if tt.reason != "" && s.ByReason[tt.reason] != 1 {
					t.Errorf("reasons %v", s.ByReason)
				}
				stored, err := cfg.Store.Records(t.Context(), ledger.Scope{Account: "isp-1", Kind: adcimport.KindCustomer}, "", []string{"3"})
				if got := stored["3"]; err != nil || tt.known != (got.State == ledger.StateNone && got.Attempts == 0) {
					t.Errorf("stored: %+v, %v", got, err)
				}
			})
		})
	}
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
