package model_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// drain lets every runner go on undisturbed until all ended.
func (w *world) drain() {
	for _, r := range w.runners {
		r.paused = false
	}
	for w.settled() && w.alive() > 0 {
		if calls := w.eligible(); len(calls) > 0 {
			w.let(calls[0], verdict{})
			continue
		}
		w.sleep(time.Hour)
	}
	w.landing.Wait()
}

// restsOver is when a record that failed often is tried again at the latest.
const restsOver = 8 * 24 * time.Hour

// finish brings everything to completion without mishaps: what goes on by itself
// first, then what a person goes on with, then a fresh run of each kind that was used,
// on each link, when whatever rests is due.
func (w *world) finish() {
	w.drain()
	w.resumeAll()
	w.resumeHeld()
	if !w.intact() {
		return
	}
	w.checkRuns()
	for _, k := range kinds {
		for _, link := range w.links {
			if w.used[k] && w.intact() {
				w.finishKind(k, link)
			}
		}
	}
}

// resumeAll is what hosts do when they start: after that no run waits for its turn.
func (w *world) resumeAll() {
	for range maxRunners {
		if !w.intact() || len(w.unfinished()) == 0 {
			return
		}
		for _, link := range w.links {
			time.Sleep(leaseTTL)
			w.startOn(link, startResumeAll)
			w.drain()
		}
	}
	if open := w.unfinished(); w.intact() && len(open) > 0 {
		w.violate("runs %v never end", open)
	}
}

// resumeHeld is what people do with runs that wait for them, the oldest one first.
func (w *world) resumeHeld() {
	for _, link := range w.links {
		runs := w.runsOf(link)
		slices.Reverse(runs)
		for _, st := range runs {
			if st.Status.Ended() || !w.intact() {
				continue
			}
			w.launch(link, func(r *runner) func(context.Context) error {
				r.what = "a person goes on with " + st.RunID
				return w.calls(w.resume(r, st.RunID))
			})
			w.drain()
			w.checkResumed(st.RunID)
		}
	}
}

// finishKind is a fresh run, and one more where it left somebody resting, whose
// creates were lost again and again before it.
func (w *world) finishKind(k adcimport.Kind, link string) {
	for range 2 {
		time.Sleep(restsOver)
		w.startOn(link, map[adcimport.Kind]int{adcimport.KindCustomer: startCustomers, adcimport.KindUser: startUsers}[k])
		w.drain()
		if !w.anyRests(k) {
			break
		}
	}
	w.personsWord(k)
	if w.intact() {
		w.checkComplete(k)
	}
}

func (w *world) anyRests(k adcimport.Kind) bool {
	for _, r := range w.records(k) {
		if r.State == ledger.StateResting {
			return true
		}
	}
	return false
}

// personsWord is what a person says of records that wait for one: they were looked
// for, and are not there.
func (w *world) personsWord(k adcimport.Kind) {
	var parked []string
	listed := w.listed(k)
	for id, r := range w.records(k) {
		if r.State == ledger.StateParked && slices.Contains(listed, id) {
			parked = append(parked, id)
		}
	}
	if len(parked) == 0 || w.sink.KeepsNoID {
		return
	}
	slices.Sort(parked)
	w.launch(w.links[0], func(r *runner) func(context.Context) error {
		r.what = fmt.Sprintf("a person looked for %ss %v: they are not there", k, parked)
		r.selection = selection{kind: k, retryOf: w.latest().RunID, records: parked}
		return w.calls(func(ctx context.Context) (*adcimport.Summary, error) {
			return r.importer.RetryRecords(ctx, k, parked...)
		})
	})
	w.drain()
}
