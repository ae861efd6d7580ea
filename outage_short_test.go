package adcimport_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// duringRun is what can be out of order once a run has begun.
var duringRun = slices.DeleteFunc(slices.Clone(outOfOrder), func(op string) bool { return op == "check" })

// faults 1, 2, 7: whatever operation is out of order for some minutes, and however few
// records a night brings, or a limit allows: they come in in that run, and nobody is
// blamed. Also where nobody is known yet who could be a witness.
func TestOutage_shortAndFew(t *testing.T) {
	t.Parallel()
	for _, op := range duringRun {
		for _, known := range []int{0, 1, 30} {
			for _, fresh := range []int{1, 2, 12} {
				for _, limit := range []int{0, 1, 5} {
					for _, away := range []time.Duration{500 * time.Millisecond, 3 * time.Minute} {
						t.Run(fmt.Sprintf("%s for %v, %d known, %d new, limit %d", op, away, known, fresh, limit), func(t *testing.T) {
							t.Parallel()
							synctest.Test(t, func(t *testing.T) { shortOutage(t, op, known, fresh, limit, away) })
						})
					}
				}
			}
		}
	}
}

func shortOutage(t *testing.T, op string, known, fresh, limit int, away time.Duration) {
	t.Helper()
	b := newBreaker(known)
	imp := importerOf(t, b.config())
	if s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, upsert); err != nil || s.Counts.Created != known {
		t.Fatal(s, err)
	}
	b.change(known + fresh)
	b.touch(1)
	b.set(op, errBoom)
	time.AfterFunc(away, func() { b.set(op, nil) })
	o := upsert
	if o.Limit = limit; limit > 0 {
		fresh = min(fresh, limit)
	}
	s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, o)
	completed(t, s, err, adcimport.Counts{Read: known + fresh, Created: fresh, Updated: known})
	b.once(t, idsUpTo(known+fresh)...)
}

// What fails for good for the only record that a night brings is that record's failure
// where somebody who is known can tell: nothing is waited for, and it rests after some
// nights. Where nobody can, as for a create, the run waits for the operation at its end,
// once, and holds nothing against the record. Nor is anything held against one that is
// told to come back later.
func TestBlame_alone(t *testing.T) {
	t.Parallel()
	busy := &adcimport.CallError{End: "end", Operation: "op", Code: "rate_limited", Status: 429}
	for _, known := range []int{0, 1, 30} {
		for op, tells := range map[string]bool{"detail": known > 0, "find": known > 0, "reps": true, "match": known > 0, "create": false, "update": false} {
			for name, err := range map[string]error{"nothing said": errBoom, "429": busy} {
				if known == 0 && (op == "update" || op == "detail" && name == "429") { // a service that is too busy for the only one pauses the run
					continue
				}
				t.Run(fmt.Sprintf("%s, %d known, %s", op, known, name), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { blamedAlone(t, op, known, err, tells && name != "429") })
				})
			}
		}
	}
}

func blamedAlone(t *testing.T, op string, known int, failed error, tells bool) {
	t.Helper()
	b := newBreaker(known)
	imp := importerOf(t, b.config())
	if s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, upsert); err != nil || s.Counts.Created != known {
		t.Fatal(s, err)
	}
	b.err = failed
	if op == "update" {
		b.bad["1"] = op
	} else {
		b.change(known + 1)
		b.bad[strconv.Itoa(known+1)] = op
	}
	rested := 0
	for night := range 8 {
		if op == "update" {
			b.Update(func(d *adcimporttest.Dealer) { d.Customers[0].LastName = fmt.Sprint("Changed", night) })
		}
		began := time.Now()
		s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, upsert)
		if err != nil || s.Counts.Failed+s.ByReason[adcimport.ReasonResting] != 1 {
			t.Fatalf("night %d: %v, %v, %v", night, s, s.ByReason, err)
		}
		rested += s.ByReason[adcimport.ReasonResting]
		if took := time.Since(began); tells && took > 0 || took > 6*time.Minute {
			t.Errorf("night %d took %v", night, took)
		}
		sleepBubble(24*time.Hour - time.Since(began))
	}
	if (rested > 0) != tells {
		t.Errorf("it rested %d times", rested)
	}
}
