package adcimport_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/match"
)

// breaker is a link between fakes each operation of which can be broken, for all
// records or for some.
type breaker struct {
	*adcimporttest.Source
	*adcimporttest.Sink

	mu     sync.Mutex
	broken map[string]error  // by operation
	bad    map[string]string // operation by record: it fails for that one alone
	err    error             // what that fails with
	calls  map[string][]time.Time
	rows   map[string]error // a clear refusal by operation, for everybody
}

func newBreaker(n int) *breaker {
	d := &adcimporttest.Dealer{Customers: plainCustomers(n)}
	for i := range d.Customers {
		d.Customers[i].SalesRepLogin = "rep" + d.Customers[i].ID
	}
	return &breaker{
		Source: &adcimporttest.Source{Dealer: d, PageSize: 10}, Sink: &adcimporttest.Sink{},
		broken: map[string]error{}, bad: map[string]string{}, calls: map[string][]time.Time{}, rows: map[string]error{},
	}
}

// say is what an operation fails with now; nil: it works.
func (b *breaker) say(op string, ids ...string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls[op] = append(b.calls[op], time.Now())
	if err := b.broken[op]; err != nil {
		return err
	}
	for _, id := range ids {
		if b.bad[id] == op {
			return b.err
		}
	}
	return nil
}

func (b *breaker) set(op string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken[op] = err
}

func (b *breaker) asked(op string) []time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.calls[op])
}

func (b *breaker) Check(context.Context) error { return b.say("check") }

func (b *breaker) Customers(ctx context.Context, f adcimport.CustomerFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return func(yield func(adcimport.Page[adcimport.Customer], error) bool) {
		op := "list"
		if len(f.CustomerIDs) > 0 {
			op = "by id"
		}
		if err := b.say(op, f.CustomerIDs...); err != nil {
			yield(adcimport.Page[adcimport.Customer]{}, err)
			return
		}
		for page, err := range b.Source.Customers(ctx, f, from) {
			if !yield(page, err) || err != nil {
				return
			}
			if err := b.say("next page"); err != nil {
				yield(adcimport.Page[adcimport.Customer]{}, err)
				return
			}
		}
	}
}

func (b *breaker) CustomerDetail(ctx context.Context, id string) (adcimport.Customer, error) {
	if err := b.say("detail", id); err != nil {
		return adcimport.Customer{}, err
	}
	if err := b.rows["detail"]; err != nil {
		return adcimport.Customer{}, err
	}
	return b.Source.CustomerDetail(ctx, id)
}

func (b *breaker) FindCustomers(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
	var ids []string
	for _, k := range keys {
		ids = append(ids, k.ID)
	}
	if err := b.say("find", ids...); err != nil {
		return nil, err
	}
	return b.Sink.FindCustomers(ctx, keys)
}

func (b *breaker) MatchCustomers(ctx context.Context, records []match.Customer) ([]match.CustomerCandidate, error) {
	var ids []string
	for _, r := range records {
		ids = append(ids, r.ID)
	}
	if err := b.say("match", ids...); err != nil {
		return nil, err
	}
	return b.Sink.MatchCustomers(ctx, records)
}

func (b *breaker) FindReps(_ context.Context, logins []string) (map[string]string, error) {
	var ids []string
	for _, login := range logins {
		ids = append(ids, strings.TrimPrefix(login, "rep"))
	}
	return map[string]string{}, b.say("reps", ids...)
}

// write does what can be done, and says of the rest that it was not sent, or, with
// an update, nothing.
func (b *breaker) write(op string, recs []adcimport.CustomerRecord, do func([]adcimport.CustomerRecord, []int) ([]adcimport.WriteResult, error)) ([]adcimport.WriteResult, error) {
	var ids []string
	for _, r := range recs {
		ids = append(ids, r.AlarmComID)
	}
	results := make([]adcimport.WriteResult, len(recs))
	var good []adcimport.CustomerRecord
	var at []int
	var failed error
	for i, id := range ids {
		if err := b.say(op, id); err != nil {
			failed = err
			if results[i].Status = adcimport.WriteNotSent; op == "update" {
				results[i].Status = adcimport.WriteUnknown
			}
			continue
		}
		if err := b.rows[op]; err != nil {
			results[i] = adcimport.WriteResult{Status: adcimport.WriteRejected, Err: err}
			continue
		}
		good, at = append(good, recs[i]), append(at, i)
	}
	if len(good) > 0 {
		done, err := do(good, at)
		if err != nil {
			return nil, err
		}
		for i, res := range done {
			results[at[i]] = res
		}
	}
	return results, failed
}

func (b *breaker) CreateCustomers(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	return b.write("create", recs, func(good []adcimport.CustomerRecord, _ []int) ([]adcimport.WriteResult, error) {
		return b.Sink.CreateCustomers(ctx, good)
	})
}

func (b *breaker) UpdateCustomers(ctx context.Context, ids []string, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	return b.write("update", recs, func(good []adcimport.CustomerRecord, at []int) ([]adcimport.WriteResult, error) {
		some := make([]string, len(at))
		for i, n := range at {
			some[i] = ids[n]
		}
		return b.Sink.UpdateCustomers(ctx, some, good)
	})
}

func (b *breaker) change(n int) {
	b.Update(func(d *adcimporttest.Dealer) {
		for len(d.Customers) < n {
			c := plainCustomer(strconv.Itoa(len(d.Customers) + 1))
			c.SalesRepLogin = "rep" + c.ID
			d.Customers = append(d.Customers, c)
		}
	})
}

// touch changes customers at the source, so that Upsert updates them.
func (b *breaker) touch(n int) {
	b.Update(func(d *adcimporttest.Dealer) {
		for i := range d.Customers {
			d.Customers[i].LastName = fmt.Sprint("Changed", n)
		}
	})
}

func (b *breaker) config() adcimport.Config {
	n := 0
	return adcimport.Config{
		Link: "isp-1", Source: adcimport.CustomersOnly(b), Sink: adcimport.CustomersOnlySink(b), Store: new(adcimport.MemoryStore),
		BatchSize: 10, NewID: func() string { n++; return fmt.Sprintf("run-%d", n) },
	}
}

func importerOf(t *testing.T, cfg adcimport.Config) *adcimport.Importer {
	t.Helper()
	imp, err := adcimport.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = imp.Close(context.WithoutCancel(t.Context())) })
	return imp
}

var upsert = adcimport.CustomerOptions{RunOptions: adcimport.RunOptions{Mode: adcimport.Upsert}}

func (b *breaker) once(t *testing.T, ids ...string) {
	t.Helper()
	var got []string
	for _, c := range b.Sink.Customers() {
		got = append(got, c.Record.AlarmComID)
	}
	slices.Sort(got)
	if diff := cmp.Diff(slices.Sorted(slices.Values(ids)), got); diff != "" {
		t.Errorf("customers in the sink (-want +got):\n%s", diff)
	}
}

var outOfOrder = []string{"check", "list", "next page", "detail", "find", "reps", "match", "create", "update"}

// startInto starts a run in the background that meets an operation out of order: the
// check when it goes on at another host.
func (b *breaker) startInto(t *testing.T, imp *adcimport.Importer, cfg adcimport.Config, op string, failed error) (*adcimport.Importer, *adcimport.Run) {
	t.Helper()
	first := op
	if op == "check" {
		first = "list"
	}
	b.set(first, failed)
	run, err := imp.StartCustomers(t.Context(), adcimport.CustomerFilter{}, upsert)
	if err != nil {
		t.Fatal(err)
	}
	if op != "check" {
		return imp, run
	}
	if err := imp.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.set(first, nil)
	b.set(op, failed)
	imp = importerOf(t, cfg)
	return imp, resumed(t, imp, run.ID())[0]
}

// Whatever operation is out of order for everybody, for whatever time, and with
// whatever error: the run in the background waits, pauses, and goes on by itself.
// Nobody is lost, doubled or blamed.
func TestOutage_ofAnOperation(t *testing.T) {
	t.Parallel()
	for _, op := range outOfOrder {
		for _, away := range []time.Duration{3 * time.Minute, 40 * time.Minute, 20 * time.Hour} {
			for _, err := range []error{errBoom, &adcimport.CallError{End: "end", Operation: "op", Code: "unavailable", Status: 503}} {
				t.Run(fmt.Sprintf("%s, %v, %v", op, away, err), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { outageOf(t, op, away, err) })
				})
			}
		}
	}
}

func outageOf(t *testing.T, op string, away time.Duration, failed error) {
	t.Helper()
	b := newBreaker(20)
	told := &teller{}
	cfg := b.config()
	cfg.Notifiers = []adcimport.Notifier{told}
	imp := importerOf(t, cfg)
	if s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, upsert); err != nil || s.Counts.Created != 20 {
		t.Fatal(s, err)
	}
	b.change(35)
	b.touch(1)
	_, run := b.startInto(t, imp, cfg, op, failed)
	sleepBubble(away)
	b.set(op, nil)
	s, err := ended(t, run)
	completed(t, s, err, adcimport.Counts{Read: 35, Created: 15, Updated: 20})
	if s.Failure != nil {
		t.Errorf("it says %+v", s.Failure)
	}
	b.once(t, idsUpTo(35)...)
	calls := b.asked(op)
	if most := 150 + int(away/time.Minute); len(calls) > most {
		t.Errorf("%d calls, want at most %d", len(calls), most)
	}
}

// An outage is bounded, by the store's clock, over pauses and restarts of the host:
// then the run ends as failed, says since when, and is told.
func TestOutage_lastsTooLong(t *testing.T) {
	t.Parallel()
	for _, op := range slices.DeleteFunc(slices.Clone(outOfOrder), func(op string) bool { return op == "next page" }) { // page by page it gets there
		for _, restarts := range []bool{false, true} {
			for _, failed := range []error{errBoom, &adcimport.PausedError{Err: errBoom}} {
				t.Run(fmt.Sprintf("%s, host restarts %v, %T", op, restarts, failed), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { outageTooLong(t, op, restarts, failed) })
				})
			}
		}
	}
}

func outageTooLong(t *testing.T, op string, restarts bool, failed error) {
	t.Helper()
	b := newBreaker(20)
	told := &teller{}
	cfg := b.config()
	cfg.Notifiers = []adcimport.Notifier{told}
	cfg.MaxOutage = 10 * time.Hour
	imp := importerOf(t, cfg)
	if s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, upsert); err != nil || s.Counts.Created != 20 {
		t.Fatal(s, err)
	}
	b.change(35)
	b.touch(1)
	if p, ok := errors.AsType[*adcimport.PausedError](failed); ok {
		failed = pausing{p.Err}
	}
	began := time.Now()
	imp, run := b.startInto(t, imp, cfg, op, failed)
	id := run.ID()
	for restarts && time.Since(began) < 30*time.Hour {
		select {
		case <-run.Done():
			restarts = false
		case <-time.After(97 * time.Minute):
			if err := imp.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			if imp = importerOf(t, cfg); len(unendedOf(t, imp)) == 0 {
				restarts = false
				continue
			}
			run = resumed(t, imp, id)[0]
		}
	}
	_, err := run.Wait(t.Context())
	took := time.Since(began)
	if paused, ok := errors.AsType[*adcimport.PausedError](err); err == nil || ok {
		t.Errorf("it ends with %v, %v", err, paused)
	}
	info, lerr := imp.LookupRun(t.Context(), id)
	if lerr != nil || info.Status != adcimport.StatusFailed || info.Failure == nil {
		t.Fatalf("%v, %v", info, lerr)
	}
	if since := info.Failure.Since.Sub(began); since < 0 || since > 2*time.Minute {
		t.Errorf("it says that it waited since %v after it began", since)
	}
	if took < 10*time.Hour || took > 12*time.Hour {
		t.Errorf("it took %v", took)
	}
	if all := told.all(); !slices.Contains(all, id+" failed") {
		t.Errorf("told %v", all)
	}
	b.set(op, nil)
	s, err := imp.Resume(t.Context(), id) // a person gives it another chance
	completed(t, s, err, adcimport.Counts{Read: 35, Created: 15, Updated: 20})
	b.once(t, idsUpTo(35)...)
}

// pausing asks for ten minutes whenever it is looked at.
type pausing struct{ error }

func (p pausing) As(target any) bool {
	paused, ok := target.(**adcimport.PausedError)
	if ok {
		*paused = &adcimport.PausedError{Until: time.Now().Add(10 * time.Minute), Err: p.error}
	}
	return ok
}

func unendedOf(t *testing.T, imp *adcimport.Importer) []string {
	t.Helper()
	var ids []string
	for info, err := range imp.Runs(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if !info.Status.Ended() {
			ids = append(ids, info.RunID)
		}
	}
	return ids
}

// Only the failures of one operation are one outage: what works in between ends it.
func TestOutage_endsWithProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(20)
		cfg := b.config()
		cfg.MaxOutage = 2 * time.Hour
		imp := importerOf(t, cfg)
		if s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}); err != nil {
			t.Fatal(s, err)
		}
		b.change(80)
		run, err := imp.StartCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() { // it works for a few calls, every 70 minutes, for a day
			defer close(done)
			for range 20 {
				b.set("detail", errBoom)
				sleepBubble(70 * time.Minute)
				b.set("detail", nil)
				for n := len(b.asked("detail")); len(b.asked("detail")) < n+4; {
					select {
					case <-run.Done():
						return
					case <-time.After(time.Second):
					}
				}
			}
		}()
		s, err := run.Wait(t.Context())
		completed(t, s, err, adcimport.Counts{Read: 80, Created: 60, Skipped: 20})
		<-done
	})
}

// The pauses of one outage grow, up to an hour.
func TestOutage_pausesGrow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(20)
		imp := importerOf(t, b.config())
		run, err := imp.StartCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
		if err != nil {
			t.Fatal(err)
		}
		b.set("list", errBoom)
		var gaps []int
		if _, err := run.Wait(t.Context()); err == nil {
			t.Fatal("it does not fail")
		}
		calls := b.asked("list")
		for i, at := range calls[1:] {
			if gap := at.Sub(calls[i]); gap > 2*time.Minute {
				gaps = append(gaps, int(gap.Round(time.Minute)/time.Minute))
			}
		}
		if len(gaps) < 20 || gaps[0] != 5 || gaps[1] < 10 || gaps[2] < 25 || slices.Max(gaps) > 61 {
			t.Errorf("minutes between the stretches: %v", gaps)
		}
	})
}

// The time that a service asks for is kept: within the run, or by a pause.
func TestOutage_retryAfter(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"list", "detail", "find", "create", "update"} {
		for hint, pauses := range map[time.Duration]bool{2 * time.Minute: false, 2 * time.Hour: true} {
			t.Run(fmt.Sprintf("%s, %v", op, hint), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					b := newBreaker(20)
					imp := importerOf(t, b.config())
					if s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, upsert); err != nil {
						t.Fatal(s, err)
					}
					b.change(30)
					b.touch(1)
					back := time.Now().Add(hint)
					b.set(op, &adcimport.CallError{End: "end", Operation: op, Code: "rate_limited", Status: 429, RetryAfter: hint})
					before := len(b.asked(op))
					time.AfterFunc(hint, func() { b.set(op, nil) })
					s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, upsert)
					if pauses != (s.Status == adcimport.StatusPaused) {
						t.Fatalf("%v, %v", s, err)
					}
					if pauses && s.PausedUntil.Before(back) {
						t.Errorf("paused until %v, asked for %v", s.PausedUntil, back)
					}
					early := 0
					for _, at := range b.asked(op)[before:] {
						if at.Before(back) {
							early++
						}
					}
					if early > 14 { // the first batch, and two witnesses
						t.Errorf("%d calls before the time was over", early)
					}
					if !pauses {
						completed(t, s, err, adcimport.Counts{Read: 30, Created: 10, Updated: 20})
					}
				})
			})
		}
	}
}

func TestConfig_MaxOutage(t *testing.T) {
	t.Parallel()
	cfg := newBreaker(1).config()
	cfg.MaxOutage = -1
	_, err := adcimport.New(cfg)
	if e, ok := errors.AsType[*adcimport.InvalidOptionsError](err); !ok || e.Field != "Config.MaxOutage" {
		t.Errorf("got %v", err)
	}
}
