package month_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"sync"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/securitytrax"
)

// host is a process that embeds the importer, and does what the README says: New
// and ResumeInterrupted at its start, one import of each kind a night, by itself or
// in the background, Close at its end. When it is killed it does nothing more, and
// nothing that it does takes effect.
type host struct {
	world *world
	imp   *adcimport.Importer

	mu   sync.Mutex
	fuse int // calls of network and store until it is killed; 0: it is not
	dead chan struct{}
}

// newHost starts a process.
func (w *world) newHost(ctx context.Context, nth int) (*host, error) {
	h := &host{world: w, dead: make(chan struct{})}
	from := alarmcom.Config{
		BaseURL: "http://127.0.0.1/WebServices", Transport: &wire{h, alarm, w.alarm.Transport()},
		Credentials: alarmcom.NewCredentials(alarmcomtest.DefaultUser, alarmcomtest.DefaultPassword),
	}
	if w.small {
		from.PageSize = 7
	}
	source, err := alarmcom.New(from)
	if err != nil {
		return nil, err
	}
	sink, err := w.sink(h)
	if err != nil {
		return nil, err
	}
	cfg := adcimport.Config{
		Link: link, Source: source, Sink: sink, Store: &mortal{w.store, h}, NewID: w.newID,
		Notifiers: []adcimport.Notifier{postman{h}},
		Events: adcimport.Events{
			RunStarted: func(_ context.Context, run adcimport.RunInfo) { w.started(run) },
			RunEnded:   func(_ context.Context, s adcimport.Summary, _ error) { w.stopped(s) },
		},
	}
	if w.small {
		cfg.BatchSize = 5
	}
	if w.office != nil {
		cfg.CustomerMapping = w.office.fields()
	}
	if nth > 0 && w.office != nil && w.seed%12 < 6 {
		cfg.Link, cfg.SinkAccount = another, link
		if w.mistake.apart {
			cfg.SinkAccount = another
		}
	}
	if w.mistake.source != nil {
		cfg.Source = w.mistake.source(w, cfg.Source)
	}
	if w.mistake.sink != nil {
		cfg.Sink = w.mistake.sink(w, cfg.Sink)
	}
	if w.mistake.store != nil {
		cfg.Store = w.mistake.store(w, cfg.Store)
	}
	if h.imp, err = adcimport.New(cfg); err != nil {
		return nil, err
	}
	return h, h.resume(ctx)
}

// resume tries again while the database is away, as links.Set does.
func (h *host) resume(ctx context.Context) error {
	for {
		runs, err := h.imp.ResumeInterrupted(ctx)
		if err != nil && !errors.Is(err, errDatabase) {
			return fmt.Errorf("ResumeInterrupted: %w", err)
		}
		for _, r := range runs {
			h.world.tell("%s goes on", r.ID())
		}
		if err == nil {
			return nil
		}
		time.Sleep(time.Minute)
	}
}

func (w *world) newID() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.runs++
	return "run-" + strconv.Itoa(w.runs)
}

func (w *world) started(run adcimport.RunInfo) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running[run.Kind] = run.RunID
}

func (w *world) stopped(s adcimport.Summary) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running[s.Kind] == s.RunID {
		w.running[s.Kind] = ""
	}
}

// step is one more call of network or store: before it, or behind it.
func (h *host) step() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fuse > 0 {
		if h.fuse--; h.fuse == 0 {
			close(h.dead)
		}
	}
	select {
	case <-h.dead:
		return errDead
	default:
		return nil
	}
}

// patience is how long a night's work of one kind is looked at: what is not done
// then goes on by itself.
const patience = 3 * time.Hour

// night does one import of a kind. The summary is nil when the host died, and when
// the run goes on in the background.
func (h *host) night(ctx context.Context, k adcimport.Kind) (*adcimport.Summary, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var s *adcimport.Summary
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		if h.world.behind {
			s, err = h.startAll(ctx, k)
			return
		}
		s, err = h.world.importAll(ctx, h.imp, k)
	}()
	select {
	case <-done:
	case <-h.dead:
		cancel()
		<-done
		return nil, errDead
	}
	select {
	case <-h.dead: // just then
		return nil, errDead
	default:
		return s, err
	}
}

// startAll starts an import in the background, and waits for a while.
func (h *host) startAll(ctx context.Context, k adcimport.Kind) (*adcimport.Summary, error) {
	w := h.world
	var run *adcimport.Run
	var err error
	if k == adcimport.KindUser {
		run, err = h.imp.StartUsers(ctx, adcimport.UserFilter{}, w.userOptions())
	} else {
		run, err = h.imp.StartCustomers(ctx, adcimport.CustomerFilter{}, w.customerOptions())
	}
	if err != nil {
		w.tell("%ss are not started: %v", k, err)
		return nil, err
	}
	w.tell("%s is started", run.ID())
	w.mu.Lock()
	w.tonight().begun[k] = true
	w.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	s, err := run.Wait(ctx)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return s, err
}

func (w *world) importAll(ctx context.Context, imp *adcimport.Importer, k adcimport.Kind) (*adcimport.Summary, error) {
	if k == adcimport.KindUser {
		return imp.ImportUsers(ctx, adcimport.UserFilter{}, w.userOptions())
	}
	return imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, w.customerOptions())
}

func (w *world) runOptions() adcimport.RunOptions {
	var o adcimport.RunOptions
	if w.upsert {
		o.Mode = adcimport.Upsert
	}
	if w.office != nil && w.office.certain {
		o.Match = adcimport.MatchLink
	}
	if w.mistake.blind {
		o.Match = adcimport.MatchOff
	}
	return o
}

func (w *world) userOptions() adcimport.UserOptions {
	return adcimport.UserOptions{
		RunOptions: w.runOptions(), Active: true, CanLogin: w.logins, PermissionGroupID: w.crm.Choices("permission_groups")[0].ID,
	}
}

func (w *world) customerOptions() adcimport.CustomerOptions {
	return adcimport.CustomerOptions{RunOptions: w.runOptions(), OfficeID: w.crm.Choices("locations")[0].ID}
}

// end stops the process: by Close, or what is left of it once it was killed.
func (h *host) end(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	err := h.imp.Close(ctx)
	select {
	case <-h.dead:
		return nil
	default:
		return err
	}
}

// mortal is the host's way to its store.
type mortal struct {
	adcimport.StateStore
	h *host
}

func alive[T any](h *host, call func() (T, error)) (T, error) {
	var none T
	if err := h.step(); err != nil {
		return none, err
	}
	cut, err := h.world.gone()
	if err != nil {
		return none, err
	}
	h.world.clock.tick()
	res, err := call()
	if derr := h.step(); derr != nil {
		return none, derr
	}
	if cut {
		return none, errDatabase
	}
	return res, err
}

func aliveSeq[T any](h *host, seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		if err := h.step(); err != nil {
			yield(none, err)
			return
		}
		cut, err := h.world.gone()
		if err != nil || cut {
			yield(none, errDatabase)
			return
		}
		h.world.clock.tick()
		for v, err := range seq {
			if !yield(v, err) {
				return
			}
		}
	}
}

func (m *mortal) Acquire(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
	return alive(m.h, func() (ledger.Lease, error) { return m.StateStore.Acquire(ctx, req) })
}

func (m *mortal) Renew(ctx context.Context, l ledger.Lease) (ledger.Lease, error) {
	return alive(m.h, func() (ledger.Lease, error) { return m.StateStore.Renew(ctx, l) })
}

func (m *mortal) Release(ctx context.Context, l ledger.Lease, end ledger.End) (ledger.RunState, error) {
	return alive(m.h, func() (ledger.RunState, error) { return m.StateStore.Release(ctx, l, end) })
}

func (m *mortal) Records(ctx context.Context, s ledger.Scope, runID string, ids []string) (map[string]ledger.Record, error) {
	return alive(m.h, func() (map[string]ledger.Record, error) { return m.StateStore.Records(ctx, s, runID, ids) })
}

func (m *mortal) List(ctx context.Context, s ledger.Scope, q ledger.Query) iter.Seq2[ledger.Record, error] {
	return aliveSeq(m.h, m.StateStore.List(ctx, s, q))
}

func (m *mortal) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
	return alive(m.h, func() ([]ledger.IntentState, error) { return m.StateStore.Commit(ctx, l, c) })
}

func (m *mortal) Run(ctx context.Context, id string) (ledger.RunState, error) {
	return alive(m.h, func() (ledger.RunState, error) { return m.StateStore.Run(ctx, id) })
}

func (m *mortal) Runs(ctx context.Context, q ledger.RunQuery) iter.Seq2[ledger.RunState, error] {
	return aliveSeq(m.h, m.StateStore.Runs(ctx, q))
}

func (m *mortal) Mark(ctx context.Context, runID string, mark ledger.Mark) (bool, error) {
	return alive(m.h, func() (bool, error) { return m.StateStore.Mark(ctx, runID, mark) })
}

func (w *world) sink(h *host) (adcimport.Sink, error) {
	cfg := w.crm.Config()
	cfg.RequestsPerSecond, cfg.Transport = 0, &wire{h, crm, w.crm.Transport()}
	return securitytrax.New(cfg)
}
