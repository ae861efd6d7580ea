package adcimport

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/securitytrax/adcimport/internal/engine"
	"github.com/securitytrax/adcimport/ledger"
)

// request is a run before it begins: checked filter and options, and what to do.
type request struct {
	calls   *calls // the hooks of its stretch
	kind    Kind
	opts    RunOptions
	filter  any               // CustomerFilter or UserFilter, for the state
	options any               // CustomerOptions or UserOptions, for the state
	mapping string            // fingerprint of the mapping
	retryOf string            // run id whose failed records are taken instead of a listing
	records []string          // with retryOf: these records are taken, whatever became of them there
	decided map[string]string // decisions on single records, that come with the run

	dryRun     bool // a preview: neither sink nor state is written, and nobody is told
	background bool // it goes on by itself: what passes interrupts it, and does not fail it
	due        bool // it goes on by itself now: nobody asked for it
	first      bool // with due: this importer was not at work on it yet
	late       bool // the link and the options are checked under the lease
	driven     bool // its host goes on with it by itself, a stretch at a time

	lateReps *atomic.Bool // customers have reps that are known by now, and are not linked; nil: users have none
	made     *madeIDs
	chosen   *chosen
	unlinked *atomic.Bool // customers have reps that nothing finds; nil: users have none

	turn *turn // nil: it has one, or needs none

	runID  string                                         // of the run, once it was to begin
	resume *ledger.RunState                               // the run to go on with; nil: a new one
	check  func(ctx context.Context, dryRun bool) error   // asks the sink about the options
	work   func(ctx context.Context, r *engine.Run) error // what it does with its records
}

// setup stands for all that decides how a record fares: under another one it is
// tried anew.
func (p *request) setup() string {
	options, err := json.Marshal(p.options)
	if err != nil {
		return p.mapping // it cannot be: it was stored like this
	}
	sum := sha256.Sum256(append(options, p.mapping...))
	return hex.EncodeToString(sum[:8])
}

// driver says who goes on with the run.
func (p *request) driver() ledger.Driver {
	if p.background {
		return ledger.DriverImporter
	}
	return ledger.DriverHost
}

// maxStarts is how many leases of a run may bring nothing, one after the other,
// before it fails: its hosts seem to die of it.
const maxStarts = 5

// crashLoop is after how many such leases the run does not go on; 0: it always does.
func (p *request) crashLoop() int {
	if p.due && p.first || p.driven {
		return maxStarts
	}
	return 0
}

// stateVersion is the version of the JSON that this code writes and reads.
const stateVersion = 1

// storedFilter is RunState.Filter.
type storedFilter[F any] struct {
	Version int               `json:"v"`
	Filter  F                 `json:"filter"`
	RetryOf string            `json:"retry_of,omitempty"`
	Records []string          `json:"retry_records,omitempty"`
	Decided map[string]string `json:"decided,omitempty"` // the sink's id to link to, or "create"
}

// storedOptions is RunState.Options.
type storedOptions[O any] struct {
	Version   int      `json:"v"`
	Options   O        `json:"options"`
	Mapping   string   `json:"mapping"`
	Notifiers []string `json:"notifiers,omitempty"`
}

func (p *request) encode(notifiers []string) (filter, options []byte, err error) {
	filter, err = json.Marshal(storedFilter[any]{
		Version: stateVersion, Filter: p.filter, RetryOf: p.retryOf, Records: p.records, Decided: p.decided,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("encode the filter: %w", err)
	}
	options, err = json.Marshal(storedOptions[any]{
		Version: stateVersion, Options: p.options, Mapping: p.mapping, Notifiers: notifiers,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("encode the options: %w", err)
	}
	return filter, options, nil
}

// decodeState reads what a run was started with. Anything that this version
// does not know is an error, never a silent default: a resume with half a
// filter would import the wrong records.
func decodeState[T any](runID, what string, data []byte) (T, error) {
	var zero, out T
	var head struct {
		Version int `json:"v"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return zero, &StateError{RunID: runID, What: fmt.Sprintf("%s of %d bytes is not readable", what, len(data)), Err: err}
	}
	if head.Version != stateVersion {
		return zero, &StateError{
			RunID: runID,
			What:  fmt.Sprintf("%s has version %d, this library reads version %d", what, head.Version, stateVersion),
		}
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&out); err != nil {
		return zero, &StateError{RunID: runID, What: what + " is not readable", Err: err}
	}
	return out, nil
}

// requestOf is what a stored run was asked for: to go on with it, or to retry its
// failed records.
func (imp *Importer) requestOf(st ledger.RunState) (*request, error) {
	switch st.Kind {
	case KindCustomer:
		f, o, err := decodeRequest[CustomerFilter, CustomerOptions](st)
		if err != nil {
			return nil, err
		}
		p, err := imp.customersRequest(f.Filter, o.Options, f.RetryOf)
		return p.of(f.Records, f.Decided), err
	case KindUser:
		f, o, err := decodeRequest[UserFilter, UserOptions](st)
		if err != nil {
			return nil, err
		}
		p, err := imp.usersRequest(f.Filter, o.Options, f.RetryOf)
		return p.of(f.Records, f.Decided), err
	}
	return nil, &StateError{RunID: st.RunID, What: fmt.Sprintf("unknown kind %q", st.Kind)}
}

// of makes it a request of these records, with these decisions; without any it stays as
// it is.
func (p *request) of(records []string, decided map[string]string) *request {
	if p != nil {
		p.records, p.decided = records, decided
	}
	return p
}

func decodeRequest[F, O any](st ledger.RunState) (f storedFilter[F], o storedOptions[O], err error) {
	if f, err = decodeState[storedFilter[F]](st.RunID, "filter", st.Filter); err != nil {
		return f, o, err
	}
	o, err = decodeState[storedOptions[O]](st.RunID, "options", withoutDryRun(st.Options))
	return f, o, err
}

// mappingOf is the mapping fingerprint and the notifiers a run was started with.
func mappingOf(st ledger.RunState) (mapping string, notifiers []string) {
	o, err := decodeState[storedOptions[json.RawMessage]](st.RunID, "options", st.Options)
	if err != nil {
		return "", nil
	}
	return o.Mapping, slices.Clone(o.Notifiers)
}

// retryFilter is the filter of a run that takes the failed records of st, or
// these.
func retryFilter(st *ledger.RunState, records []string) ([]byte, error) {
	f, err := decodeState[storedFilter[json.RawMessage]](st.RunID, "filter", st.Filter)
	if err != nil {
		return nil, err
	}
	f.RetryOf, f.Records = st.RunID, records
	data, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("run %s: encode the filter: %w", st.RunID, err)
	}
	return data, nil
}

// retryOf is the run whose failed records a run took; empty: none.
func retryOf(st ledger.RunState) string {
	f, err := decodeState[storedFilter[json.RawMessage]](st.RunID, "filter", st.Filter)
	if err != nil {
		return "" // a list of runs shows this one all the same
	}
	return f.RetryOf
}

// stopper is the handle by which the importer stops what it waits for.
type stopper struct{ cancel context.CancelCauseFunc }

// stretch is a run at work, which the importer stops and waits for.
type stretch struct {
	*engine.Run
	imp  *Importer
	stop *stopper
}

// do goes on with the run until it ends.
func (s *stretch) do(emit func(Outcome) bool) (*Summary, error) {
	defer s.imp.leave(s.stop)
	return s.Do(emit)
}

func engineConfig(c Config, owner string) *engine.Config {
	return &engine.Config{
		Account: c.SinkAccount, Store: c.Store, Owner: owner, Concurrency: c.Concurrency, BatchSize: c.BatchSize,
		LeaseTTL: c.LeaseTTL, SettleTime: c.SettleTime, Logger: c.Logger,
		PausedUntil: func(err error) (time.Time, bool) {
			until := pauseOf(err)
			return until, !until.IsZero()
		},
		NoReply: &CallError{End: "sink", Operation: "update", Code: "unavailable", Err: errNoReply},
		Failure: failureOf, Doubtful: doubtful, MayPass: mayPass, Busy: busy, RetryAfter: retryAfter,
		MaxPause: c.MaxPause, MaxOutage: c.MaxOutage, RestAfter: c.RestAfter,
		Pause:   func(until time.Time, err error) error { return &PausedError{Until: until, Err: err} },
		TooLong: func(since time.Time, err error) error { return &outageError{since, err} },
	}
}

// begin checks the link and the options, takes the lease and makes the run.
// Until it returns nothing is written but the run itself. The caller must call
// do. ctx is for the start; base is the one that the run lives in.
func (imp *Importer) begin(ctx, base context.Context, req *request) (*stretch, error) {
	if !req.late {
		if err := imp.checkStart(ctx, req); err != nil {
			return nil, err
		}
	}
	plan, err := imp.plan(req)
	if err != nil {
		return nil, err
	}
	req.runID = plan.State.RunID
	run := engine.New(req.calls.in(base), imp.engine, plan)
	s := &stretch{run, imp, &stopper{run.Stop}}
	if err := imp.enter(s.stop, req.background); err != nil {
		run.Stop(err)
		return nil, err
	}
	if err := run.Begin(ctx); err != nil {
		run.Stop(err)
		imp.leave(s.stop)
		return nil, err
	}
	return s, nil
}

// plan is what the engine does for a request.
func (imp *Importer) plan(req *request) (*engine.Plan, error) {
	o := &req.opts
	p := &engine.Plan{
		Options: engine.Options{
			Preview: req.dryRun, Mode: engine.Mode(o.Mode), Limit: o.Limit,
			MaxFailures: o.MaxFailures, MaxFailureShare: o.MaxFailureShare,
		},
		Resumed: req.resume != nil, Setup: req.setup(), RetryOf: req.retryOf, Records: req.records, Decided: req.decided,
		Background: req.background, Driven: req.driven,
		Due: req.due, CrashLoop: req.crashLoop(), Queue: req.background && req.resume == nil,
		Work: req.work,
		Notify: func(ctx context.Context, st *ledger.RunState) {
			req.turn.end() // a notifier may import to the end
			imp.notify(req.calls.hide(ctx), endOfRun(st))
		},
	}
	if p.Resumed {
		p.State = *req.resume
		p.State.Driver = req.driver()
	} else {
		var err error
		if p.State, err = imp.newState(req); err != nil {
			return nil, err
		}
	}
	p.Able = imp.able
	p.Remarks = slices.Concat(imp.hidden, imp.unable(req))
	if was, _ := mappingOf(p.State); was != req.mapping {
		p.Remarks = append(p.Remarks, "the mapping changed since the run was started")
	}
	p.Hooks, req.calls = imp.hooks(req, &p.State)
	p.Warnings = func(ctx context.Context, s Summary) ([]string, error) {
		info := infoOf(p.State)
		info.Summary = s
		texts, err := imp.warnings(ctx, info)
		texts = append(texts, req.said()...)
		if err == nil && s.Counts.Created > 0 {
			texts = append(texts, imp.cannotTell(ctx, req)...)
		}
		return texts, err
	}
	p.Ready = func(ctx context.Context) error { return imp.ready(ctx, p.State.RunID, req) }
	return p, nil
}

// newState is the state of a new run.
func (imp *Importer) newState(req *request) (ledger.RunState, error) {
	filter, options, err := req.encode(imp.notifierNames())
	if err != nil {
		return ledger.RunState{}, err
	}
	id := req.opts.RunID
	if id == "" {
		id, err = guarded(imp.host, "Config.NewID", func() (string, error) { return imp.cfg.NewID(), nil })
		if err != nil {
			return ledger.RunState{}, fmt.Errorf("name the run: %w", err)
		}
	}
	return ledger.RunState{
		Summary: Summary{
			RunID: id, Link: imp.cfg.Link, Kind: req.kind,
			Status: StatusRunning, DryRun: req.dryRun, Started: time.Now().UTC(),
		},
		Filter: filter, Options: options, Labels: maps.Clone(req.opts.Labels), RetryOf: req.retryOf, Driver: req.driver(),
	}, nil
}

// ready is asked under the lease. It checks, of a run that goes on by itself or whose
// link could not be asked, what begin checks of others; what a person need not mend
// passes: it is tried again. And it makes what the options need.
func (imp *Importer) ready(ctx context.Context, runID string, req *request) error {
	if req.late {
		if err := imp.checkLate(ctx, runID, req); err != nil {
			return err
		}
	}
	if req.dryRun {
		return nil
	}
	if err := req.check(ctx, false); err != nil {
		return fmt.Errorf("check the options: %w", err)
	}
	return nil
}

// warnings asks source and sink for what they have to say about a run.
func (imp *Importer) warnings(ctx context.Context, info RunInfo) ([]string, error) {
	var all []string
	var failed []error
	for _, e := range []struct {
		call string
		end  any
	}{{"Source.Warnings", imp.cfg.Source}, {"Sink.Warnings", imp.cfg.Sink}} {
		if w, ok := ability[Warner](e.end); ok {
			texts, err := guarded(imp.host, e.call, func() ([]string, error) { return w.Warnings(ctx, info), nil })
			all, failed = append(all, texts...), append(failed, err)
		}
	}
	return all, errors.Join(failed...)
}

// withoutDryRun leaves an option out that runs were stored with once, and that
// no stored run had on. Anything else that is not known stays, and is an error.
func withoutDryRun(stored []byte) []byte {
	var head, options map[string]json.RawMessage
	if json.Unmarshal(stored, &head) != nil || json.Unmarshal(head["options"], &options) != nil || string(options["DryRun"]) != "false" {
		return stored
	}
	delete(options, "DryRun")
	inner, err := json.Marshal(options)
	if err != nil {
		return stored
	}
	head["options"] = inner
	outer, err := json.Marshal(head)
	if err != nil {
		return stored
	}
	return outer
}
