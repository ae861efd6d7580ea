package model_test

import (
	"context"
	"encoding/hex"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

var (
	pasts      = flag.Int("model.pasts", 600, "random pasts of TestPasts")
	replayPast = flag.String("model.past", "", "replay one past, as a failure prints it")
)

// TestPasts makes random pasts of an account, one run after the other: modes,
// filters, limits, retries, prunes, what changes at both ends in between, crashes
// and lost replies. After each step sums, ledger and sink are compared (faults 20,
// 22, 23, 28, 29).
func TestPasts(t *testing.T) {
	t.Parallel()
	if *replayPast != "" {
		bytes, err := hex.DecodeString(*replayPast)
		if err != nil {
			t.Fatal(err)
		}
		violation, trace := simulate(t, setting{past: true}, bytes)
		t.Logf("%s", trace)
		if violation != "" {
			t.Fatal(violation)
		}
		return
	}
	for shard := range uint64(pastShards) {
		t.Run(strconv.FormatUint(shard, 10), func(t *testing.T) {
			t.Parallel()
			for seed := *firstSeed + shard; seed < *firstSeed+uint64(shorter(*pasts)) && !t.Failed(); seed += pastShards {
				bytes := randomTape(seed)
				if violation, _ := simulate(t, setting{past: true}, bytes); violation != "" {
					failPast(t, seed, bytes)
				}
			}
		})
	}
}

const pastShards = 4 // that run side by side

func failPast(t *testing.T, seed uint64, bytes []byte) {
	t.Helper()
	small := shrink(bytes, *shrinkTries, func(b []byte) bool {
		violation, _ := simulate(t, setting{past: true}, b)
		return violation != ""
	})
	violation, trace := simulate(t, setting{past: true}, small)
	t.Fatalf("seed %d: %s\n%s\nreplay: go test ./model -run '^TestPasts$' -model.past=%s",
		seed, violation, trace, hex.EncodeToString(small))
}

// TestPastsFindPlantedMistakes proves that the pasts can fail.
func TestPastsFindPlantedMistakes(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"passing not taken off", "cursor kept after another run", "decided by another run",
		"an intent cleared by silence", "a repeated commit counts twice", "counts doubled on resume", "no intent",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(mistakeBound) {
				if violation, _ := simulate(t, setting{past: true, mistake: mistakes[name]}, randomTape(seed+1)); violation != "" {
					t.Logf("found by past %d: %s", seed+1, violation)
					return
				}
			}
			t.Errorf("not found in %d pasts", mistakeBound)
		})
	}
}

// selection is what a run of a past was asked for.
type selection struct {
	kind    adcimport.Kind
	names   []string // ids that its filter names
	sub     string   // sub-dealer that its filter names
	options adcimport.RunOptions
	retryOf string
	records []string // with retryOf: instead of its failed ones
}

// plain reports whether it is for the whole listing.
func (s *selection) plain() bool { return len(s.names) == 0 && s.sub == "" && s.retryOf == "" }

// playPast follows the tape, one process after the other.
func (w *world) playPast() {
	if w.tape.pick(3) == 2 {
		w.refuse(w.everID...)
	}
	for !w.tape.done() && w.settled() {
		link := w.links[w.tape.pick(len(w.links))]
		switch b := w.tape.pick(16); {
		case b < 7:
			w.process(link, w.pastImport)
		case b < 9:
			w.process(link, w.pastResume)
		case b == 9:
			w.process(link, func(r *runner) func(context.Context) error { return w.job(r, startResumeAll) })
		case b < 12:
			w.process(link, w.pastRetry)
		case b == 12:
			w.prune(link)
		default:
			w.pastChange()
		}
		if w.tape.pick(3) == 0 {
			w.pass()
		}
	}
}

// process lets one process live to its end, with mishaps from the tape.
func (w *world) process(link string, job func(*runner) func(context.Context) error) {
	w.mu.Lock()
	full := len(w.runners) >= 3*maxRunners
	w.mu.Unlock()
	if full {
		return
	}
	w.launch(link, job)
	for w.settled() && w.alive() > 0 {
		calls := w.eligible()
		if len(calls) == 0 {
			w.sleep(time.Hour)
			continue
		}
		if b := w.tape.next(); b == 255 {
			r := w.runners[len(w.runners)-1]
			w.tracef("r%d: interrupt", r.number)
			r.cancel(context.Canceled)
		}
		w.let(calls[0], w.fateOf(calls[0]))
	}
	w.landing.Wait()
	if w.intact() {
		w.checkReports(link, 1)
	}
}

func (w *world) pastImport(r *runner) func(context.Context) error {
	s := w.selection()
	r.selection = s
	r.what = fmt.Sprintf("import %ss %v %s, %s, limit %d, failures %d", s.kind, s.names, s.sub, s.options.Mode, s.options.Limit, s.options.MaxFailures)
	w.used[s.kind] = true
	if s.kind == adcimport.KindCustomer {
		f := adcimport.CustomerFilter{CustomerIDs: s.names}
		if s.sub != "" {
			f.SubDealerIDs = []string{s.sub}
		}
		o := adcimport.CustomerOptions{RunOptions: s.options}
		return w.either(r,
			func(ctx context.Context) (*adcimport.Summary, error) { return r.importer.ImportCustomers(ctx, f, o) },
			func(ctx context.Context) (*adcimport.Run, error) { return r.importer.StartCustomers(ctx, f, o) })
	}
	f := adcimport.UserFilter{SupportIDs: s.names}
	if s.sub != "" {
		f.SubDealerIDs = []string{s.sub}
	}
	o := adcimport.UserOptions{RunOptions: s.options, CanLogin: true}
	return w.either(r,
		func(ctx context.Context) (*adcimport.Summary, error) { return r.importer.ImportUsers(ctx, f, o) },
		func(ctx context.Context) (*adcimport.Run, error) { return r.importer.StartUsers(ctx, f, o) })
}

// calls makes a job of a call, which checks what it returns.
func (w *world) calls(call func(context.Context) (*adcimport.Summary, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		sum, err := call(ctx)
		w.returned(sum, err)
		if err == nil && sum != nil {
			w.checkSummary(sum) //nolint:contextcheck // looks at the store from outside of any runner
		}
		return err
	}
}

// selection takes one from the tape.
func (w *world) selection() selection {
	s := selection{kind: kinds[w.tape.pick(4)/3]}
	switch w.tape.pick(6) {
	case 3, 4:
		for range 1 + w.tape.pick(4) {
			s.names = append(s.names, w.everID[w.tape.pick(len(w.everID))])
		}
		s.names = slices.Compact(slices.Sorted(slices.Values(s.names)))
	case 5:
		s.sub = "a"
	}
	s.options.Mode = []adcimport.Mode{adcimport.CreateOnly, adcimport.CreateOnly, adcimport.Upsert, adcimport.LinkExisting}[w.tape.pick(4)]
	s.options.Limit = []int{0, 0, 0, 1, 3}[w.tape.pick(5)]
	s.options.MaxFailures = []int{0, 0, 0, 1, -1}[w.tape.pick(5)]
	return s
}

// pastResume goes on with any run, here: most are ended, and some refuse.
func (w *world) pastResume(r *runner) func(context.Context) error {
	runs := w.runsOf(r.link)
	if len(runs) == 0 {
		return w.pastImport(r)
	}
	id := runs[w.tape.pick(len(runs))].RunID
	r.what = "resume " + id
	return w.either(r, w.resume(r, id), w.startResume(r, id))
}

// pastRetry takes the failed records of a run, or some records by name.
func (w *world) pastRetry(r *runner) func(context.Context) error {
	runs := w.runsOf(r.link)
	if len(runs) == 0 || w.sink.KeepsNoID { // where nobody is found, a person who asks for it gets a second one
		return w.pastImport(r)
	}
	st := runs[w.tape.pick(len(runs))]
	r.selection = selection{kind: st.Kind, retryOf: st.RunID}
	w.used[st.Kind] = true
	if w.tape.pick(3) < 2 {
		r.what = "retry " + st.RunID
		return w.either(r,
			func(ctx context.Context) (*adcimport.Summary, error) { return r.importer.RetryFailed(ctx, st.RunID) },
			func(ctx context.Context) (*adcimport.Run, error) { return r.importer.StartRetryFailed(ctx, st.RunID) })
	}
	some := []string{w.everID[w.tape.pick(len(w.everID))], w.everID[w.tape.pick(len(w.everID))]}
	some = slices.Compact(slices.Sorted(slices.Values(some)))
	r.selection.records = some
	r.what = fmt.Sprintf("retry %ss %v", st.Kind, some)
	return w.either(r,
		func(ctx context.Context) (*adcimport.Summary, error) {
			return r.importer.RetryRecords(ctx, st.Kind, some...)
		},
		func(ctx context.Context) (*adcimport.Run, error) {
			return r.importer.StartRetryRecords(ctx, st.Kind, some...)
		})
}

func (w *world) prune(link string) {
	age := []time.Duration{0, leaseTTL, 10 * leaseTTL}[w.tape.pick(3)]
	n, err := w.store.Prune(w.aside(), link, time.Now().Add(-age))
	w.pruned = w.pruned || n > 0
	w.tracef("%d runs of %s pruned, older than %s", n, link, age)
	if err != nil {
		w.violate("prune: %v", err)
	}
}

// pastChange changes something at the source, or at the sink.
func (w *world) pastChange() {
	switch how := w.tape.pick(8); how {
	case 5:
		w.moveSubDealer(w.tape.pick(256))
	case 6:
		w.refuse(w.everID[w.tape.pick(len(w.everID))])
	case 7:
		w.byHand(kinds[w.tape.pick(2)], w.everID[w.tape.pick(len(w.everID))])
	default:
		w.change()
	}
}

// refuse makes the sink refuse records, or not any more.
func (w *world) refuse(ids ...string) {
	w.tracef("the sink refuses %v, or not any more", ids)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, k := range kinds {
		for _, id := range ids {
			w.rejects[string(k)+"/"+id] = !w.rejects[string(k)+"/"+id]
		}
	}
}

// moveSubDealer moves a customer and a user into the other sub-dealer.
func (w *world) moveSubDealer(at int) {
	other := map[string]string{"": "a", "a": "b", "b": "a"}
	w.changes++
	w.source.Update(func(d *adcimporttest.Dealer) {
		if n := len(d.Customers); n > 0 {
			c := &d.Customers[at%n]
			w.touch(adcimport.KindCustomer, c.ID)
			c.SubDealerID = other[c.SubDealerID]
		}
		if n := len(d.Users); n > 0 {
			u := &d.Users[at%n]
			w.touch(adcimport.KindUser, u.ID)
			u.SubDealerID = other[u.SubDealerID]
		}
	})
}

// byHand types a record into the sink that it does not have and that nothing is
// under way of.
func (w *world) byHand(k adcimport.Kind, id string) {
	if w.sink.KeepsNoID || len(w.content(k)[id]) > 0 || slices.Contains(w.openIntents(k), id) {
		return
	}
	w.tracef("%s %s is typed into the sink", k, id)
	w.hand[string(k)+"/"+id] = true
	if k == adcimport.KindCustomer {
		_, _ = w.sink.CreateCustomers(w.ctx, []adcimport.CustomerRecord{{AlarmComID: id, LastName: "Hand"}})
		return
	}
	_, _ = w.sink.CreateUsers(w.ctx, []adcimport.UserRecord{{AlarmComID: id, LastName: "Hand", Username: "login" + id}})
}

// finishPast brings every run to completion and lets everything in: after that
// there is nothing to do, and an Upsert makes the sink what the source is.
func (w *world) finishPast() {
	clear(w.rejects)
	w.finish()
	for _, k := range kinds {
		if !w.used[k] || !w.intact() {
			continue
		}
		w.last(k, adcimport.CreateOnly)
		if st := w.latest(); st.Counts.Created+st.Counts.Linked+st.Counts.Updated > 0 {
			w.violate("run %s after all was done: %+v", st.RunID, st.Counts)
		}
		w.last(k, adcimport.Upsert)
		if st := w.latest(); st.Counts.Created+st.Counts.Linked > 0 {
			w.violate("run %s after all was done: %+v", st.RunID, st.Counts)
		}
		w.checkValues(w.latest().RunID, k)
		w.checkReports(w.links[0], allRuns)
		w.last(k, adcimport.Upsert)
		if st := w.latest(); st.Counts.Updated > 0 {
			w.violate("run %s updates again: %+v", st.RunID, st.Counts)
		}
	}
}

const allRuns = 1000

// last is one undisturbed run.
func (w *world) last(k adcimport.Kind, m adcimport.Mode) {
	w.launch(w.links[0], func(r *runner) func(context.Context) error {
		r.what = fmt.Sprintf("last import of %ss, %s", k, m)
		r.selection = selection{kind: k, options: adcimport.RunOptions{Mode: m}}
		if k == adcimport.KindCustomer {
			return w.calls(func(ctx context.Context) (*adcimport.Summary, error) {
				return r.importer.ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{RunOptions: r.selection.options})
			})
		}
		return w.calls(func(ctx context.Context) (*adcimport.Summary, error) {
			return r.importer.ImportUsers(ctx, adcimport.UserFilter{}, adcimport.UserOptions{RunOptions: r.selection.options, CanLogin: true})
		})
	})
	w.drain()
}
