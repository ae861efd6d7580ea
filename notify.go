package adcimport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/securitytrax/adcimport/internal/engine"
	"github.com/securitytrax/adcimport/ledger"
)

const (
	notifyTimeout = 30 * time.Second // for one notifier
	renotifyRuns  = 100              // so many of the newest runs are looked at for a missed notice
)

// notices are those that an importer is giving now.
type notices struct {
	mu        sync.Mutex
	under     map[*telling]struct{}
	claimed   map[string]struct{} // run and notice: a notifier may start runs, and each start looks for missed notices
	repeating bool                // missed ones
	closing   chan struct{}
	closed    bool
}

func newNotices() *notices {
	return &notices{under: make(map[*telling]struct{}), claimed: make(map[string]struct{}), closing: make(chan struct{})}
}

// telling is the notices of one end of a run, one notifier after the other. It is
// found in the contexts of what these begin.
type telling struct {
	within *telling // the notifier that began the run, or the run before that; nil: none did
	done   chan struct{}
}

type tellingKey struct{}

func (n *notices) begin(ctx context.Context) *telling {
	t := &telling{done: make(chan struct{})}
	t.within, _ = ctx.Value(tellingKey{}).(*telling)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.under[t] = struct{}{}
	return t
}

func (n *notices) end(t *telling) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.under, t)
	close(t.done)
}

// claim reports whether nobody gives the notice at this moment.
func (n *notices) claim(key string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	_, taken := n.claimed[key]
	n.claimed[key] = struct{}{}
	return !taken
}

func (n *notices) drop(key string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.claimed, key)
}

// repeat reports whether missed notices are to be repeated now: not by a start
// that a repeated notice leads to.
func (n *notices) repeat() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.repeating || n.closed {
		return false
	}
	n.repeating = true
	return true
}

func (n *notices) repeated() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.repeating = false
}

// close lets runs end without waiting for their notifiers, one of which may be
// what closes the importer.
func (n *notices) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.closed {
		n.closed = true
		close(n.closing)
	}
}

// wait waits for the notices that ctx is not from.
func (n *notices) wait(ctx context.Context) error {
	own := make(map[*telling]bool)
	for t, _ := ctx.Value(tellingKey{}).(*telling); t != nil; t = t.within {
		own[t] = true
	}
	n.mu.Lock()
	var others []*telling
	for t := range n.under {
		if !own[t] {
			others = append(others, t)
		}
	}
	n.mu.Unlock()
	timer := time.NewTimer(notifyTimeout + engine.ReleaseTimeout)
	defer timer.Stop()
	for _, t := range others {
		select {
		case <-t.done:
		case <-timer.C:
			return errors.New("close: a notifier is still at work")
		case <-ctx.Done():
			return fmt.Errorf("close: a notifier is still at work: %w", context.Cause(ctx))
		}
	}
	return nil
}

// notifierNames are the notifiers' own names; of one that has none its type, with a
// number where there are several.
func (imp *Importer) notifierNames() []string {
	names := make([]string, len(imp.cfg.Notifiers))
	seen := make(map[string]int)
	for i, n := range imp.cfg.Notifiers {
		name := fmt.Sprintf("%T", n)
		if named, ok := n.(interface{ Name() string }); ok {
			if err := imp.host.do("Notifier.Name", func() error { name = named.Name(); return nil }); err != nil {
				imp.cfg.Logger.Warn("notifier has no name", slog.String("type", name))
			}
		}
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s#%d", name, seen[name])
		}
		names[i] = name
	}
	return names
}

// notice is what notifiers are told of a run.
type notice struct {
	summary Summary
	id      string   // of the end, or of the wait: one that is repeated has the same
	told    []string // what was told of the run: notifiers, each with an id
}

// endOfRun is the notice of a run's end: of each there is one, also where a run was
// gone on with and failed again.
func endOfRun(st *ledger.RunState) notice {
	return noticeOf(st, strconv.FormatInt(st.Epoch, 10))
}

// waitOfRun is the notice of a run that has been waiting for long.
func waitOfRun(st *ledger.RunState) notice {
	return noticeOf(st, "waiting-"+strconv.FormatInt(st.Failure.Since.Unix(), 10))
}

func noticeOf(st *ledger.RunState, id string) notice {
	n := notice{summary: st.Summary, id: id, told: slices.Clone(st.Notices)}
	n.summary.Notice = st.RunID + "/" + id
	return n
}

func (n *notice) mark(notifier string) string { return notifier + "/" + n.id }

// notify tells each notifier that was not told. It returns the names of those that
// failed. It does not wait for them when the importer is closed: Close does.
func (imp *Importer) notify(ctx context.Context, n notice) (failed []string) {
	if len(imp.cfg.Notifiers) == 0 {
		return nil
	}
	t := imp.notices.begin(ctx)
	ctx = context.WithValue(ctx, tellingKey{}, t)
	var broken []string
	go func() {
		defer imp.notices.end(t)
		for i, name := range imp.notifierNames() {
			if !slices.Contains(n.told, n.mark(name)) && !imp.tell(ctx, i, n.mark(name), n.summary) {
				imp.cfg.Logger.WarnContext(ctx, "notifier failed, and its notice will be repeated",
					slog.String("run", n.summary.RunID), slog.String("notifier", name))
				broken = append(broken, name)
			}
		}
	}()
	select {
	case <-t.done:
		return broken
	case <-imp.notices.closing:
		return nil
	}
}

// tell gives one notice, unless it is being given or was, here or on another host:
// the store has it claimed first. It reports whether the notifier did not fail.
func (imp *Importer) tell(ctx context.Context, notifier int, mark string, s Summary) bool {
	key := s.RunID + "\x00" + mark
	if !imp.notices.claim(key) {
		return true
	}
	defer imp.notices.drop(key)
	mine, err := imp.cfg.Store.Mark(ctx, s.RunID, ledger.Mark{Claim: mark, For: notifyTimeout + engine.ReleaseTimeout})
	if err != nil {
		imp.cfg.Logger.WarnContext(ctx, "notice cannot be claimed and will be given later",
			slog.String("run", s.RunID), slog.String("notice", mark), slog.Any("error", err))
		return false
	}
	if !mine {
		return true
	}
	if err := imp.notifyOne(ctx, imp.cfg.Notifiers[notifier], s); err != nil {
		return false
	}
	if _, err := imp.cfg.Store.Mark(ctx, s.RunID, ledger.Mark{Told: mark}); err != nil {
		imp.cfg.Logger.WarnContext(ctx, "notice is not remembered and will be repeated",
			slog.String("run", s.RunID), slog.String("notice", mark), slog.Any("error", err))
	}
	return true
}

func (imp *Importer) notifyOne(ctx context.Context, n Notifier, s Summary) error {
	ctx, cancel := context.WithTimeout(ctx, notifyTimeout)
	defer cancel()
	return imp.host.do("Notifier.Notify", func() error { return n.Notify(ctx, s) })
}

// renotify repeats the notices that a crash or a broken notifier swallowed, of
// runs that had this notifier when they began. No start waits for that.
func (imp *Importer) renotify(ctx context.Context) {
	if len(imp.cfg.Notifiers) == 0 || !imp.notices.repeat() {
		return
	}
	defer imp.notices.repeated()
	var missed []ledger.RunState
	for st, err := range imp.cfg.Store.Runs(ctx, ledger.RunQuery{Link: imp.cfg.Link, Limit: renotifyRuns}) {
		if err != nil {
			break
		}
		if st.Status.Ended() || st.Status == StatusPaused && st.Driver == ledger.DriverHost {
			missed = append(missed, st)
		}
	}
	names := imp.notifierNames()
	var broken []string // one that failed is not asked again in this round
	for _, st := range missed {
		n := endOfRun(&st)
		if !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(n.told, n.mark(name)) }) {
			continue // as nearly all: this comes again and again
		}
		_, had := mappingOf(st)
		for _, name := range names {
			if !slices.Contains(had, name) || slices.Contains(broken, name) {
				n.told = append(n.told, n.mark(name))
			}
		}
		broken = append(broken, imp.notify(ctx, n)...)
	}
}

// longWait is how long a run waits before people are told that it does, once.
const longWait = 30 * time.Minute

// tellWaiting tells of runs in the background that have been waiting for so long.
func (imp *Importer) tellWaiting(ctx context.Context, states []ledger.RunState) {
	for i := range states {
		if st := &states[i]; st.Driver != ledger.DriverHost {
			imp.tellIfLong(ctx, st)
		}
	}
}

// tellIfLong tells of a run if it has been waiting for so long.
func (imp *Importer) tellIfLong(ctx context.Context, st *ledger.RunState) {
	if st.Failure == nil || st.Failure.Since.IsZero() {
		return
	}
	now := st.Heartbeat // of one at work; both by the store's clock
	if st.Status == StatusPaused {
		now = st.PausedUntil.Add(-st.DueIn)
	}
	if now.Sub(st.Failure.Since) >= longWait {
		imp.notify(ctx, waitOfRun(st))
	}
}
