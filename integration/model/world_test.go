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
	pageSize   = 3
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
	account string  // of the schedule; schedules may share a database
	mistake mistake // planted; zero: none
	past    bool    // one process after the other: see TestPasts
}

// world is one schedule: the ends, the runners, and the scheduler's view.
type world struct {
	ctx     context.Context //nolint:containedctx // a world lives in one test
	account string
	links   []string      // of the account; both have the same customers and users
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

	mu           sync.Mutex
	step         int
	runners      []*runner
	pending      []*call
	trace        strings.Builder
	violation    string
	epochs       map[adcimport.Kind]int64
	dirty        bool                 // something was written since the last check
	seen         map[string]time.Time // when the sink's find sees a record, by its id there
	moved        map[string]bool      // records that the schedule touched
	everID       []string             // all ids there ever were, of both kinds
	used         map[adcimport.Kind]bool
	pruned       bool                        // some runs are gone
	front        map[string]bool             // for the mistake of that name
	grants       map[adcimport.Kind][]string // run ids of leases, in order
	changes      int                         // at the source
	repeats      int                         // parts of listings that were delivered twice
	answered     map[string]bool             // creates that had a clear answer, by runner, epoch and id
	repeated     map[string]int              // repeats when a run began
	selections   map[string]selection
	startedBy    map[string]int  // runners, by run
	wasPutOff    map[string]bool // records that a run put off, by kind and id
	again        map[string]bool // parked records that a person had tried again
	begunRetries map[string]int  // leases of a run to retry, when its retry began
	observers    map[string]*adcimport.Importer
	rejects      map[string]bool // what the sink refuses, by kind and id
	hand         map[string]bool // what somebody typed into the sink, by kind and id
	begun        map[string]int  // changes when a run began
	nextID       int
}

// runner is one process with an importer.
type runner struct {
	world     *world
	number    int
	link      string
	what      string
	importer  *adcimport.Importer
	ctx       context.Context //nolint:containedctx // its life
	cancel    context.CancelCauseFunc
	leaseEnds map[adcimport.Kind]time.Time
	epochs    map[adcimport.Kind]int64
	selection selection
	asked     string                    // the run that a person goes on with here
	runs      map[adcimport.Kind]string // of its leases

	dead, paused, over bool
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
		if s.past {
			w.playPast()
			w.finishPast()
		} else {
			w.play()
			w.finish()
		}
		w.bury()
	})
	return w.violation, w.trace.String()
}

func newWorld(ctx context.Context, s setting, tp *tape) *world {
	w := &world{
		ctx: ctx, tape: tp, setting: s, account: cmp.Or(s.account, "dealer-1"),
		lag:          []time.Duration{0, settleTime / 3, settleTime - time.Second}[tp.pick(3)],
		seen:         make(map[string]time.Time),
		source:       &adcimporttest.Source{Dealer: smallDealer(), PageSize: pageSize},
		sink:         &adcimporttest.Sink{UniqueUsernames: true},
		arrived:      make(chan struct{}, 1),
		epochs:       make(map[adcimport.Kind]int64),
		moved:        make(map[string]bool),
		used:         make(map[adcimport.Kind]bool),
		front:        make(map[string]bool),
		grants:       make(map[adcimport.Kind][]string),
		answered:     make(map[string]bool),
		repeated:     make(map[string]int),
		begun:        make(map[string]int),
		selections:   make(map[string]selection),
		startedBy:    make(map[string]int),
		wasPutOff:    make(map[string]bool),
		again:        make(map[string]bool),
		begunRetries: make(map[string]int),
		observers:    make(map[string]*adcimport.Importer),
		rejects:      make(map[string]bool),
		hand:         map[string]bool{"customer/" + customerThere: true, "user/" + userThere: true},
		nextID:       100,
	}
	w.links = []string{w.account}
	if w.tape.pick(3) == 2 {
		w.links = []string{w.account + "-a", w.account + "-b"}
	}
	w.sink.KeepsNoID = w.tape.pick(6) == 5
	w.store = new(adcimport.MemoryStore)
	if s.store != nil {
		w.store = s.store()
	}
	w.planted = w.store
	for _, c := range w.source.Dealer.Customers {
		w.everID = append(w.everID, c.ID)
	}
	w.stock(ctx)
	if s.mistake.store != nil {
		w.planted = s.mistake.store(w)
	}
	return w
}

// stock makes what is in the sink before the first run. Of one that finds nobody
// there is nothing.
func (w *world) stock(ctx context.Context) {
	if w.sink.KeepsNoID {
		clear(w.hand)
		return
	}
	_, _ = w.sink.CreateCustomers(ctx, []adcimport.CustomerRecord{{AlarmComID: customerThere}})
	_, _ = w.sink.CreateUsers(ctx, []adcimport.UserRecord{{AlarmComID: userThere, Username: "login40"}})
}

const userWithoutEmail = "20"

// What the sink has before the first run.
const customerThere, userThere = "20", "40"

// smallDealer has eight customers, two of them left out, and five users, one of
// them without email. One of each is in the sink before the first run. Gaps in the ids leave room for newcomers.
func smallDealer() *adcimporttest.Dealer {
	d := new(adcimporttest.Dealer)
	for i := 1; i <= 8; i++ {
		d.Customers = append(d.Customers, adcimport.Customer{
			ID: strconv.Itoa(10 * i), FirstName: "A", LastName: "B", SalesRepLogin: fmt.Sprintf("login%d", i*10),
			Terminated: i == 3, Demo: i == 6, SubDealerID: string("ab"[i%2]),
		})
	}
	for i := 1; i <= 5; i++ {
		u := adcimport.User{ID: strconv.Itoa(10 * i), FirstName: "C", LastName: "D", LoginName: fmt.Sprintf("login%d", i*10), SubDealerID: string("ab"[i%2])}
		if u.ID != userWithoutEmail {
			u.Email = fmt.Sprintf("user%d@example.com", i)
		}
		d.Users = append(d.Users, u)
	}
	return d
}

// play follows the tape.
func (w *world) play() {
	w.startOn(w.links[0], w.tape.pick(startResumeAll))
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
			synctest.Wait() // one that ends at this instant has ended
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

// repeat says that a source delivers something twice.
func (w *world) repeat() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.repeats++
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
