package model_test

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

const (
	leaseTTL   = 10 * time.Second
	settleTime = 6 * time.Second
	maxRunners = 9 // in one schedule
	maxAlive   = 3
	maxSteps   = 20_000 // of a schedule, before it counts as stuck
)

var kinds = []adcimport.Kind{adcimport.KindCustomer, adcimport.KindUser}

// setting is what a schedule runs against. The zero value is a MemoryStore.
type setting struct {
	// store makes the store under test, inside of the bubble. One that does real
	// I/O does it outside: see outsideStore.
	store   func() adcimport.StateStore
	link    string  // of the schedule; schedules may share a database
	mistake mistake // planted; zero: none
}

// world is one schedule: the ends, the runners, and the scheduler's view.
type world struct {
	ctx     context.Context //nolint:containedctx // a world lives in one test
	link    string
	lag     time.Duration // how long the sink's find does not see what was created
	tape    *tape
	setting setting
	source  *adcimporttest.Source
	sink    *adcimporttest.Sink
	store   adcimport.StateStore // the real one
	planted adcimport.StateStore // what runners use: with the mistake, if there is one

	arrived chan struct{} // a call came to the gate
	closing sync.WaitGroup
	landing sync.WaitGroup

	mu        sync.Mutex
	step      int
	runners   []*runner
	pending   []*call
	trace     strings.Builder
	violation string
	epochs    map[adcimport.Kind]int64
	dirty     bool                 // something was written since the last check
	seen      map[string]time.Time // when the sink's find sees a record, by its id there
	moved     map[string]bool      // records that the schedule touched
	everID    []string             // all ids there ever were, of both kinds
	used      map[adcimport.Kind]bool
	front     map[string]bool // for the mistake of that name
	limited   map[string]bool // runs with a Limit
	nextID    int
}

// runner is one process with an importer.
type runner struct {
	world     *world
	number    int
	what      string
	importer  *adcimport.Importer
	ctx       context.Context //nolint:containedctx // its life
	cancel    context.CancelCauseFunc
	leaseEnds map[adcimport.Kind]time.Time
	epochs    map[adcimport.Kind]int64

	dead, paused, over, limited bool
}

// simulate runs a schedule in a bubble of its own and answers what went wrong,
// with the trace of what happened.
func simulate(t *testing.T, s setting, bytes []byte) (violation, trace string) {
	t.Helper()
	var w *world
	defer func() {
		if p := recover(); p != nil {
			violation, trace = fmt.Sprintf("panic: %v", p), w.trace.String()
		}
	}()
	synctest.Test(t, func(t *testing.T) {
		w = newWorld(t.Context(), s, &tape{bytes: bytes})
		w.play()
		w.finish()
		w.bury()
	})
	return w.violation, w.trace.String()
}

func newWorld(ctx context.Context, s setting, tp *tape) *world {
	w := &world{
		ctx: ctx, tape: tp, setting: s, link: cmp.Or(s.link, "dealer-1"),
		lag:     []time.Duration{0, settleTime / 3, settleTime - time.Second}[tp.pick(3)],
		seen:    make(map[string]time.Time),
		source:  &adcimporttest.Source{Dealer: smallDealer(), PageSize: 3},
		sink:    &adcimporttest.Sink{UniqueUsernames: true},
		arrived: make(chan struct{}, 1),
		epochs:  make(map[adcimport.Kind]int64),
		moved:   make(map[string]bool),
		used:    make(map[adcimport.Kind]bool),
		front:   make(map[string]bool),
		limited: make(map[string]bool),
		nextID:  100,
	}
	w.store = new(adcimport.MemoryStore)
	if s.store != nil {
		w.store = s.store()
	}
	w.planted = w.store
	for _, c := range w.source.Dealer.Customers {
		w.everID = append(w.everID, c.ID)
	}
	there := []adcimport.CustomerRecord{{AlarmComID: "20"}}
	_, _ = w.sink.CreateCustomers(ctx, there)
	_, _ = w.sink.CreateUsers(ctx, []adcimport.UserRecord{{AlarmComID: "40", Username: "login40"}})
	if s.mistake.store != nil {
		w.planted = s.mistake.store(w)
	}
	return w
}

const userWithoutEmail = "20"

// smallDealer has eight customers, two of them left out, and five users, one of
// them without email. One of each is in the sink before the first run. Gaps in the ids leave room for newcomers.
func smallDealer() *adcimporttest.Dealer {
	d := new(adcimporttest.Dealer)
	for i := 1; i <= 8; i++ {
		d.Customers = append(d.Customers, adcimport.Customer{
			ID: strconv.Itoa(10 * i), FirstName: "A", LastName: "B", SalesRepLogin: fmt.Sprintf("login%d", i*10),
			Terminated: i == 3, Demo: i == 6,
		})
	}
	for i := 1; i <= 5; i++ {
		u := adcimport.User{ID: strconv.Itoa(10 * i), FirstName: "C", LastName: "D", LoginName: fmt.Sprintf("login%d", i*10)}
		if u.ID != userWithoutEmail {
			u.Email = fmt.Sprintf("user%d@example.com", i)
		}
		d.Users = append(d.Users, u)
	}
	return d
}

// play follows the tape.
func (w *world) play() {
	w.start(w.tape.pick(startResumeAll))
	for !w.tape.done() && w.settled() {
		w.move()
	}
}

// settled waits until every goroutine is blocked and checks the rules; false
// ends the schedule.
func (w *world) settled() bool {
	synctest.Wait()
	w.mu.Lock()
	w.step++
	stuck := w.step > maxSteps
	w.mu.Unlock()
	if stuck {
		w.violate("no end after %d steps", maxSteps)
	}
	if w.intact() && w.tainted() {
		w.checkAlways()
	}
	return w.intact()
}

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

// finish brings everything to completion without mishaps: interrupted runs
// first, then a fresh run of each kind that was used.
func (w *world) finish() {
	w.drain()
	for range maxRunners {
		if !w.intact() || len(w.unfinished()) == 0 {
			break
		}
		time.Sleep(leaseTTL)
		w.start(startResumeAll)
		w.drain()
	}
	if !w.intact() {
		return
	}
	if open := w.unfinished(); len(open) > 0 {
		w.violate("runs %v never end", open)
		return
	}
	w.checkRuns()
	for _, k := range kinds {
		if !w.used[k] || !w.intact() {
			continue
		}
		time.Sleep(leaseTTL)
		w.start(map[adcimport.Kind]int{adcimport.KindCustomer: startCustomers, adcimport.KindUser: startUsers}[k])
		w.drain()
		if w.intact() {
			w.checkComplete(k)
		}
	}
}

// bury ends what is left, so that no goroutine stays.
func (w *world) bury() {
	for _, r := range w.runners {
		if !r.over {
			w.crash(r)
		}
	}
	w.closing.Wait()
	w.landing.Wait()
	for w.alive() > 0 {
		time.Sleep(time.Minute)
	}
}

func (w *world) alive() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, r := range w.runners {
		if !r.over {
			n++
		}
	}
	return n
}

// sleep lets virtual time pass: d, or until a call arrives at the gate.
func (w *world) sleep(d time.Duration) {
	select {
	case <-w.arrived:
	default:
	}
	tick := time.NewTicker(time.Second) // runners may end without a call
	defer tick.Stop()
	for end := time.Now().Add(d); time.Now().Before(end); {
		select {
		case <-w.arrived:
			return
		case <-tick.C:
			if w.alive() == 0 {
				return
			}
		}
	}
}

func (w *world) tracef(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fmt.Fprintf(&w.trace, "%4d %s ", w.step, time.Now().Format("04:05.000"))
	fmt.Fprintf(&w.trace, format+"\n", args...)
}

// taint says that there is something new to check.
func (w *world) taint() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dirty = true
}

func (w *world) tainted() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	was := w.dirty
	w.dirty = false
	return was
}

func (w *world) violate(format string, args ...any) {
	w.mu.Lock()
	if w.violation == "" {
		w.violation = fmt.Sprintf(format, args...)
	}
	w.mu.Unlock()
	w.tracef("VIOLATION: "+format, args...)
}

func (w *world) intact() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.violation == ""
}
