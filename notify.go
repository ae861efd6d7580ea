package adcimport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
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

func (imp *Importer) notifierNames() []string {
	names := make([]string, len(imp.cfg.Notifiers))
	for i, n := range imp.cfg.Notifiers {
		names[i] = fmt.Sprintf("%d:%T", i, n)
	}
	return names
}

// notify tells each notifier that was not told of this end of the run, and
// remembers that it was. It returns the names of those that failed. It does not
// wait for them when the importer is closed: Close does.
func (imp *Importer) notify(ctx context.Context, s Summary, told []string) (failed []string) {
	if len(imp.cfg.Notifiers) == 0 {
		return nil
	}
	t := imp.notices.begin(ctx)
	ctx = context.WithValue(ctx, tellingKey{}, t)
	var broken []string
	go func() {
		defer imp.notices.end(t)
		for i, name := range imp.notifierNames() {
			mark := notice(name, s.Status)
			if !slices.Contains(told, mark) && !imp.tell(ctx, i, mark, s) {
				imp.cfg.Logger.WarnContext(ctx, "notifier failed", slog.String("run", s.RunID), slog.String("notifier", name))
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

// tell gives one notice, unless it is being given or was: what the caller knows
// of that may be old. It reports whether the notifier did not fail.
func (imp *Importer) tell(ctx context.Context, notifier int, mark string, s Summary) bool {
	key := s.RunID + "\x00" + mark
	if !imp.notices.claim(key) {
		return true
	}
	defer imp.notices.drop(key)
	if st, err := imp.cfg.Store.Run(ctx, s.RunID); err == nil && slices.Contains(st.Notices, mark) {
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
// runs that had this notifier when they began.
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
		if st.Status != StatusRunning && st.Status != StatusInterrupted {
			missed = append(missed, st)
		}
	}
	var broken []string // one that failed is not asked again now: a start must not wait for each run's notice
	for _, st := range missed {
		_, had := mappingOf(st)
		told := slices.Clone(st.Notices)
		for _, name := range imp.notifierNames() {
			if !slices.Contains(had, name) || slices.Contains(broken, name) {
				told = append(told, notice(name, st.Status))
			}
		}
		broken = append(broken, imp.notify(ctx, st.Summary, told)...)
	}
}

// notice is what a store remembers of a notifier that was told.
func notice(notifier string, s RunStatus) string { return notifier + "/" + string(s) }
