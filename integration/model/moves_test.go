package model_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// How a runner may start: the first two, and then the ways to resume.
const (
	startCustomers = iota
	startUsers
	startResumeAll
	startResume
	startModes
)

// move takes one decision from the tape.
func (w *world) move() {
	b := int(w.tape.next())
	calls := w.eligible()
	switch {
	case b < 216 && len(calls) > 0:
		c := calls[b%len(calls)]
		w.let(c, w.fateOf(c))
	case b < 216:
		w.sleep(leaseTTL)
	case b < 225:
		w.pass()
	case b < 237:
		w.start(w.tape.pick(startModes))
	case b < 243:
		w.change()
	case b < 247:
		w.onRunner("crash", w.crash)
	case b < 250:
		w.onRunner("interrupt", func(r *runner) { r.cancel(context.Canceled) })
	default:
		w.onRunner("pause or go on", func(r *runner) { r.paused = !r.paused })
	}
}

// fateOf decides what becomes of a call.
func (w *world) fateOf(c *call) verdict {
	b := w.tape.next()
	if f := specialFate(c.op, b); f != proceed {
		return verdict{fate: f, bits: w.tape.next()}
	}
	switch {
	case b < 244:
		return verdict{}
	case b < 247:
		return verdict{fate: refuse}
	case b < 250:
		return verdict{fate: loseReply}
	case b < 253:
		return verdict{fate: crashBefore}
	default:
		return verdict{fate: crashAfter}
	}
}

// specialFate is what only some calls can meet: creates above all.
func specialFate(op string, b byte) fate {
	switch op {
	case "create customers", "create users":
		if b >= 90 && b < 215 {
			return []fate{landLate, crashLand, partly}[b%3]
		}
	case "customers", "users":
		if b >= 190 && b < 220 {
			return twice
		}
	}
	return proceed
}

// pass lets time pass while calls wait: leases run out.
func (w *world) pass() {
	d := []time.Duration{leaseTTL / 4, leaseTTL / 2, leaseTTL, leaseTTL + settleTime + time.Second}[w.tape.pick(4)]
	w.tracef("%s pass", d)
	time.Sleep(d)
}

func (w *world) onRunner(what string, do func(*runner)) {
	var live []*runner
	for _, r := range w.runners {
		if !r.over && !r.dead {
			live = append(live, r)
		}
	}
	if len(live) == 0 {
		return
	}
	r := live[w.tape.pick(len(live))]
	w.tracef("r%d: %s", r.number, what)
	do(r)
}

// start starts a process on one of the links.
func (w *world) start(mode int) { w.startOn(w.links[w.tape.pick(len(w.links))], mode) }

func (w *world) startOn(link string, mode int) {
	w.mu.Lock()
	full := len(w.runners) >= maxRunners
	w.mu.Unlock()
	if !w.tape.done() && (full || w.alive() >= maxAlive) {
		return
	}
	w.launch(link, func(r *runner) func(context.Context) error { return w.job(r, mode) })
}

// launch starts a process that does what prepare says.
func (w *world) launch(link string, prepare func(*runner) func(context.Context) error) {
	r := w.newRunner(link)
	if r == nil {
		return
	}
	job := prepare(r)
	w.tracef("r%d: %s", r.number, r.what)
	w.closing.Go(func() {
		errs := job(r.ctx)
		_ = r.importer.Close(r.ctx)
		w.tracef("r%d ended: %v", r.number, errs)
		w.mu.Lock()
		r.over = true
		w.mu.Unlock()
	})
}

func (w *world) newRunner(link string) *runner {
	r := &runner{
		world: w, link: link, runs: make(map[adcimport.Kind]string), number: len(w.runners) + 1, leaseEnds: make(map[adcimport.Kind]time.Time), epochs: make(map[adcimport.Kind]int64),
	}
	r.ctx, r.cancel = context.WithCancelCause(w.ctx)
	sink := adcimport.Sink(laggingSink{w.sink, w})
	if f := w.setting.mistake.sink; f != nil {
		sink = f(w, sink)
	}
	front := adcimport.Sink(gatedSink{r: r, raw: sink})
	if f := w.setting.mistake.front; f != nil {
		front = f(w, front)
	}
	runs := 0
	settle := settleTime
	if w.setting.mistake.hasty {
		settle = time.Millisecond
	}
	imp, err := adcimport.New(adcimport.Config{
		Link:        link,
		SinkAccount: w.account,
		Source:      gatedSource{r: r, raw: w.source},
		Sink:        front,
		Store:       gatedStore{r: r, raw: w.planted},
		Concurrency: 2,
		BatchSize:   2,
		LeaseTTL:    leaseTTL,
		SettleTime:  settle,
		NewID: func() string {
			runs++
			id := fmt.Sprintf("%s-run-%d.%d", w.account, r.number, runs)
			w.mu.Lock()
			defer w.mu.Unlock()
			w.selections[id], w.startedBy[id] = r.selection, r.number
			return id
		},
	})
	if err != nil {
		w.violate("new importer: %v", err)
		return nil
	}
	r.importer = imp
	w.mu.Lock()
	defer w.mu.Unlock()
	w.runners = append(w.runners, r)
	return r
}

// job is what a process does: it runs in its own goroutine. Without a run there
// is nothing to resume.
func (w *world) job(r *runner, mode int) func(context.Context) error {
	if mode > startUsers && len(w.runsOf(r.link)) == 0 {
		mode -= startResumeAll
	}
	switch mode {
	case startCustomers:
		r.what = "import customers"
		w.used[adcimport.KindCustomer] = true
		o := adcimport.CustomerOptions{RunOptions: w.runOptions(r)}
		r.selection = selection{kind: adcimport.KindCustomer, options: o.RunOptions}
		return w.either(r,
			func(ctx context.Context) (*adcimport.Summary, error) {
				return r.importer.ImportCustomers(ctx, adcimport.CustomerFilter{}, o)
			},
			func(ctx context.Context) (*adcimport.Run, error) {
				return r.importer.StartCustomers(ctx, adcimport.CustomerFilter{}, o)
			})
	case startUsers:
		r.what = "import users"
		w.used[adcimport.KindUser] = true
		o := adcimport.UserOptions{RunOptions: w.runOptions(r), CanLogin: true}
		r.selection = selection{kind: adcimport.KindUser, options: o.RunOptions}
		return w.either(r,
			func(ctx context.Context) (*adcimport.Summary, error) {
				return r.importer.ImportUsers(ctx, adcimport.UserFilter{}, o)
			},
			func(ctx context.Context) (*adcimport.Run, error) {
				return r.importer.StartUsers(ctx, adcimport.UserFilter{}, o)
			})
	case startResume:
		if runs := w.runsOf(r.link); len(runs) > 0 {
			id := runs[w.tape.pick(len(runs))].RunID
			r.what = "resume " + id
			return w.either(r, w.resume(r, id), w.startResume(r, id))
		}
	}
	r.what = "resume interrupted"
	return func(ctx context.Context) error {
		runs, err := r.importer.ResumeInterrupted(ctx)
		for _, run := range runs {
			_ = w.await(r, run) //nolint:contextcheck // it says so itself; looks at the store from outside of any runner
		}
		return err
	}
}

// runOptions are those of a new run, plain ones mostly.
func (w *world) runOptions(r *runner) adcimport.RunOptions {
	var o adcimport.RunOptions
	switch w.tape.pick(8) {
	case 5:
		o.Limit = 2
	case 6:
		o.Mode = adcimport.LinkExisting
	case 7:
		o.Mode = adcimport.Upsert
	}
	if o.Mode != adcimport.CreateOnly || o.Limit > 0 {
		r.what += fmt.Sprintf(", %s, limit %d", o.Mode, o.Limit)
	}
	return o
}

// either makes a job of a call in the background, or of the one in the foreground.
func (w *world) either(
	r *runner, fore func(context.Context) (*adcimport.Summary, error), back func(context.Context) (*adcimport.Run, error),
) func(context.Context) error {
	if w.tape.pick(3) == 2 {
		r.what += ", in the foreground"
		return w.calls(fore)
	}
	return func(ctx context.Context) error {
		run, err := back(ctx)
		if err == nil {
			err = w.await(r, run) //nolint:contextcheck // looks at the store from outside of any runner
		}
		return err
	}
}

// resume goes on with a run as a person asked.
func (w *world) resume(r *runner, id string) func(context.Context) (*adcimport.Summary, error) {
	r.asked = id
	return func(ctx context.Context) (*adcimport.Summary, error) { return r.importer.Resume(ctx, id) }
}

func (w *world) startResume(r *runner, id string) func(context.Context) (*adcimport.Run, error) {
	r.asked = id
	return func(ctx context.Context) (*adcimport.Run, error) { return r.importer.StartResume(ctx, id) }
}

// await waits for a run in the background; a signal to its process closes the
// importer.
func (w *world) await(r *runner, run *adcimport.Run) error {
	select {
	case <-run.Done():
	case <-r.ctx.Done():
		_ = r.importer.Close(w.ctx)
		<-run.Done()
	}
	sum, err := run.Wait(w.ctx)
	w.returned(sum, err)
	if err == nil && w.setting.past {
		w.checkSummary(sum)
	}
	return err
}

// change adds, removes or alters a record at the source.
func (w *world) change() {
	how, at, kind := w.tape.pick(4), w.tape.next(), w.tape.pick(2)
	w.changes++
	w.source.Update(func(d *adcimporttest.Dealer) {
		if kind == 0 {
			w.changeCustomer(d, how, int(at))
			return
		}
		w.changeUser(d, how, int(at))
	})
}

func (w *world) changeCustomer(d *adcimporttest.Dealer, how, at int) {
	if how == 0 || len(d.Customers) == 0 {
		id := w.newcomer(adcimport.KindCustomer, at)
		d.Customers = append(d.Customers, adcimport.Customer{ID: id, FirstName: "N", LastName: "N"})
		return
	}
	i := at % len(d.Customers)
	w.touch(adcimport.KindCustomer, d.Customers[i].ID)
	if how == 1 {
		d.Customers = slices.Delete(d.Customers, i, i+1)
		return
	}
	if how == 2 {
		d.Customers[i].LastName += "x"
		return
	}
	d.Customers[i].Terminated = !d.Customers[i].Terminated
}

func (w *world) changeUser(d *adcimporttest.Dealer, how, at int) {
	if how == 0 || len(d.Users) == 0 {
		id := w.newcomer(adcimport.KindUser, at)
		d.Users = append(d.Users, adcimport.User{ID: id, FirstName: "N", LastName: "N", LoginName: "login" + id, Email: "n@example.com"})
		return
	}
	i := at % len(d.Users)
	w.touch(adcimport.KindUser, d.Users[i].ID)
	if how == 1 {
		d.Users = slices.Delete(d.Users, i, i+1)
		return
	}
	d.Users[i].LastName += "x"
}

// newcomer answers an id that never was, before, between or after the others.
func (w *world) newcomer(k adcimport.Kind, at int) string {
	w.nextID++
	id := strconv.Itoa(w.nextID)
	if at%2 == 0 { // an id with a one at its end was never given away
		id = strconv.Itoa(at%10*10 + w.nextID%8 + 1)
	}
	if w.moved[string(k)+"/"+id] {
		id = strconv.Itoa(w.nextID)
	}
	w.touch(k, id)
	w.everID = append(w.everID, id)
	return id
}

func (w *world) touch(k adcimport.Kind, id string) {
	w.tracef("%s %s changes", k, id)
	w.moved[string(k)+"/"+id] = true
}
