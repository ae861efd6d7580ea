//go:build unix

package crash_test

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/crashtest"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// stoppedTTL is the lease of a child that will be stopped, and of its successor:
// long enough for them to get there on a busy machine.
const stoppedTTL = 1500 * time.Millisecond

// process is a child that runs beside the test.
type process struct {
	cfg   childConfig
	cmd   *exec.Cmd
	lines chan string // those that a test waits for
	ended chan struct{}
	end   crashtest.End
	err   error

	mu  sync.Mutex
	all []string
}

// start starts a child. Its places are let through to lines if listen wants
// them. It is ended with the test.
func (w *world) start(t *testing.T, cfg childConfig, listen func(line string) bool) *process {
	t.Helper()
	p := &process{cfg: cfg, lines: make(chan string, 1000), ended: make(chan struct{})}
	var err error
	if p.cmd, err = command(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	started := make(chan struct{})
	watch := crashtest.Watcher{
		Timeout: childTimeout,
		OnStart: func(func() error) { close(started) },
		OnLine: func(line string) {
			p.mu.Lock()
			p.all = append(p.all, line)
			p.mu.Unlock()
			if listen(line) {
				p.lines <- line
			}
		},
	}
	go func() {
		defer close(p.ended)
		p.end, p.err = watch.Run(p.cmd)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Signal(syscall.SIGKILL) // of no effect on one that ended
		<-p.ended
	})
	select {
	case <-started:
	case <-p.ended:
		t.Fatalf("child did not start: %v", p.err)
	}
	return p
}

// await waits for the nth line that the child was listened for.
func (p *process) await(t *testing.T, n int) {
	t.Helper()
	for range n {
		select {
		case <-p.lines:
		case <-p.ended:
			t.Fatalf("child ended with %d before it was where it should: %v %s", p.end.Code, p.err, p.end.Stderr)
		}
	}
}

// exit waits for the child's end and its code.
func (p *process) exit(t *testing.T) int {
	t.Helper()
	<-p.ended
	if p.err != nil {
		t.Fatal(p.err)
	}
	return p.end.Code
}

func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// refused answers the methods of the store that refused the child.
func (p *process) refused() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, line := range p.all {
		if method, ok := strings.CutPrefix(line, lineRefused); ok {
			out = append(out, method)
		}
	}
	return out
}

func isStop(line string) bool { return line == lineStopped }

// stopAt starts a child that stops itself at a point, and waits for that.
func (w *world) stopAt(t *testing.T, point string, n int) *process {
	t.Helper()
	cfg := w.config()
	cfg.Kinds, cfg.SinkConcurrency = []adcimport.Kind{adcimport.KindCustomer}, 1
	cfg.LeaseTTL = stoppedTTL
	cfg.Trap, cfg.Act = crashtest.Point{Name: point, N: n}.String(), actStop
	p := w.start(t, cfg, isStop)
	p.await(t, 1)
	return p
}

// succeed lets another child take over and bring the import to its end. With the
// short lease it may, on a busy machine, rest for longer than a child may live.
func (w *world) succeed(t *testing.T) {
	t.Helper()
	cfg := w.config()
	cfg.LeaseTTL = stoppedTTL
	cfg.Kinds = []adcimport.Kind{adcimport.KindCustomer}
	if end, err := w.liveAs(t.Context(), cfg, crashtest.Kill{}); err != nil || end.Code != exitComplete {
		t.Fatalf("successor ended with %d: %v %s", end.Code, err, end.Stderr)
	}
}

// check fails the test for whatever is wrong with customers.
func (w *world) check(t *testing.T) {
	t.Helper()
	found, err := w.verify(t.Context(), adcimport.KindCustomer)
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range found.wrong {
		t.Error(wrong)
	}
}

// TestSpec_B2_StoppedPastTheLease stops an importer with SIGSTOP until its lease
// is over and a successor has finished its run. Woken, it is refused by the
// store, or knows by its own clock that its lease is over; it sends no write, and
// ends with what the successor made of the run.
func TestSpec_B2_StoppedPastTheLease(t *testing.T) {
	t.Parallel()
	for name, open := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			for i, at := range []crashtest.Point{
				{Name: "source.CustomerDetail:before", N: 12},
				{Name: pointIntend + ":before", N: 2},
				{Name: pointIntend + ":after", N: 2},
				{Name: "sink.FindCustomers:after", N: 2},
				{Name: "sink.CreateCustomers:before", N: 2},
				{Name: "sink.POST:before", N: 9},
				{Name: pointHead, N: 9},
				{Name: "sink.POST:reply", N: 9},
				{Name: "store.Commit:before", N: 2},
				{Name: "store.Commit:after", N: 2},
				{Name: pointBody, N: 9},
				{Name: pointHeld, N: 9},
			} {
				t.Run(at.String(), func(t *testing.T) {
					t.Parallel()
					w := newWorld(t, 100+uint64(i), db, fmt.Sprintf("stop-%d", i))
					stopped := w.stopAt(t, at.Name, at.N)
					w.succeed(t)
					woken := time.Now()
					stopped.signal(t, syscall.SIGCONT)
					if code := stopped.exit(t); code != exitComplete {
						t.Errorf("the woken child ended with %d: %s", code, stopped.end.Stderr)
					}
					if len(stopped.refused()) == 0 { // it knew by its own clock, while the store was slow
						t.Log("the woken child did not ask the store")
					}
					for _, a := range w.gateway.writes(stopped.cfg.Name) {
						if a.At.After(woken) {
							t.Errorf("the woken child sent POST %s, %s after it woke", a.Path, a.At.Sub(woken))
						}
					}
					w.check(t)
				})
			}
		})
	}
}

// TestSpec_B2_RunInProgress starts an import that is in progress: it is refused,
// with the run, its owner and the last sign of life. Another link of the same
// database is not.
func TestSpec_B2_RunInProgress(t *testing.T) {
	t.Parallel()
	for name, open := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			w := newWorld(t, 200, db, "held")
			cfg := w.config()
			cfg.Kinds, cfg.LeaseTTL = []adcimport.Kind{adcimport.KindCustomer}, time.Minute
			cfg.Trap, cfg.Act = "source.CustomerDetail:before#12", actStop
			before := time.Now()
			holder := w.start(t, cfg, isStop)
			holder.await(t, 1)

			second := w.config()
			second.Kinds, second.Once = cfg.Kinds, true
			end, err := w.liveAs(t.Context(), second, crashtest.Kill{})
			if err != nil || end.Code != exitRefused || len(w.gateway.writes(second.Name)) > 0 {
				t.Errorf("second child ended with %d: %v %s", end.Code, err, end.Stderr)
			}
			w.inProgress(t, holder, before)

			other := newWorld(t, 201, db, "free")
			other.succeed(t)
			other.check(t)

			holder.signal(t, syscall.SIGCONT)
			if code := holder.exit(t); code != exitComplete {
				t.Errorf("the holder ended with %d: %s", code, holder.end.Stderr)
			}
			w.check(t)
		})
	}
}

// inProgress checks what the second host is told of the holder.
func (w *world) inProgress(t *testing.T, holder *process, since time.Time) {
	t.Helper()
	conn, store, err := w.database.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	cfg := w.config()
	imp, err := newImporter(cfg, store, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, customerOptions(cfg.OfficeID))
	busy, ok := errors.AsType[*adcimport.RunInProgressError](err)
	if !ok || !errors.Is(err, adcimport.ErrRunInProgress) {
		t.Fatalf("a second start answered %v", err)
	}
	for st, err := range store.Runs(t.Context(), ledger.RunQuery{Link: w.link}) {
		if err != nil {
			t.Fatal(err)
		}
		if st.RunID != busy.RunID {
			t.Errorf("run %s is said to be in progress, it is %s", busy.RunID, st.RunID)
		}
	}
	if pid := fmt.Sprintf("/%d/", holder.cmd.Process.Pid); !strings.Contains(busy.Owner, pid) {
		t.Errorf("owner is %q, want it to name process %s", busy.Owner, pid)
	}
	if busy.Heartbeat.Before(since.Add(-time.Second)) || busy.Heartbeat.After(time.Now().Add(time.Second)) {
		t.Errorf("last heartbeat is %s, the holder began at %s", busy.Heartbeat, since)
	}
}

// TestSpec_B2_SIGTERM ends an importer with SIGTERM: it stops at a record
// boundary and gives the lease back, so that a successor needs to wait for
// nothing.
func TestSpec_B2_SIGTERM(t *testing.T) {
	t.Parallel()
	for name, open := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 300, open(t), "term")
			cfg := w.config()
			cfg.Kinds = []adcimport.Kind{adcimport.KindCustomer}
			cfg.LeaseTTL, cfg.SettleTime = time.Hour, time.Hour // whoever waits for them fails
			first := w.start(t, cfg, func(line string) bool { return line == "sink.POST:reply" })
			first.await(t, 20)
			first.signal(t, syscall.SIGTERM)
			if code := first.exit(t); code != exitInterrupted {
				t.Errorf("the child ended with %d: %s", code, first.end.Stderr)
			}
			w.interrupted(t)
			next := cfg
			next.Name = w.config().Name
			ctx, cancel := context.WithTimeout(t.Context(), childTimeout)
			defer cancel()
			end, err := w.liveAs(ctx, next, crashtest.Kill{})
			if err != nil || end.Code != exitComplete {
				t.Fatalf("successor ended with %d: %v %s", end.Code, err, end.Stderr)
			}
			w.check(t)
		})
	}
}

// interrupted checks that a run stopped between records: what SecurityTrax has
// is known, and no intent is open.
func (w *world) interrupted(t *testing.T) {
	t.Helper()
	conn, store, err := w.database.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	var found findings
	for st, err := range store.Runs(t.Context(), ledger.RunQuery{Link: w.link}) {
		if err != nil {
			t.Fatal(err)
		}
		if st.Status != adcimport.StatusInterrupted {
			t.Errorf("run %s is %s", st.RunID, st.Status)
		}
		done, err := found.ledger(t.Context(), store, st)
		if err != nil {
			t.Fatal(err)
		}
		sent := idsOf(w.sink.Customers(), func(r securitytraxtest.Record) string { return r.AlarmComID })
		if d := crashtest.Compare(sent, done); !d.OK() || len(sent) == 0 || len(sent) == len(w.wanted()[adcimport.KindCustomer]) {
			t.Errorf("of %d records in SecurityTrax the ledger has: %v", len(sent), d)
		}
	}
	for in, err := range store.List(t.Context(), w.scope(adcimport.KindCustomer), openRecords) {
		t.Errorf("the intent of %s is open (%v)", in.ID, err)
	}
	for _, wrong := range found.wrong {
		t.Error(wrong)
	}
}
