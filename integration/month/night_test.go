package month_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// night is what happened in one.
type night struct {
	n      int
	began  time.Time
	killed bool
	deploy bool
	absent int  // how many SecurityTrax lacks when it begins
	quiet  bool // no run went on besides those of its calls
	story  []string
	result map[adcimport.Kind]*adcimport.Summary // of its calls; nil: the host died, or it goes on
	begun  map[adcimport.Kind]bool               // in the background: from then on it goes on by itself
}

func (w *world) tonight() *night { return w.nights[len(w.nights)-1] }

// tell adds to the story.
func (w *world) tell(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.note(format, args...)
}

func (w *world) note(format string, args ...any) {
	n := w.tonight()
	n.story = append(n.story, time.Now().Format("15:04:05 ")+fmt.Sprintf(format, args...))
}

// breach says that a rule is broken. The first break ends the month, unless a mistake
// was planted; what is owed is counted.
func (w *world) breach(rule, format string, args ...any) {
	text := fmt.Sprintf("night %d: ", w.tonight().n) + fmt.Sprintf(format, args...)
	w.note("BROKEN %s: %s", rule, text)
	if w.breaks[rule] == "" {
		w.breaks[rule] = text
	}
	entry := forgiven(rule)
	switch {
	case w.mistake.rules != nil:
	case entry != "":
		w.owes[entry]++
	case w.broken == nil:
		w.broken = &violation{rule, text}
	}
}

func (w *world) violated() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.broken != nil
}

// live lives a month in a bubble.
func live(t *testing.T, seed uint64, m mistake) *world {
	t.Helper()
	var w *world
	synctest.Test(t, func(t *testing.T) {
		w = newWorld(seed, m)
		if seed%everySQLite == 0 {
			store, db := onSQLite(t.Context(), t, &w.clock)
			defer func() { _ = db.Close() }()
			w.store = store
		}
		if err := w.month(t.Context()); err != nil {
			t.Errorf("seed %d: %v\n%s", seed, err, w.story(0))
		}
	})
	return w
}

func (w *world) month(ctx context.Context) error {
	if err := w.employ(); err != nil {
		return err
	}
	for n := range nights {
		at := w.begin.Add(time.Duration(n)*day + time.Hour)
		time.Sleep(time.Until(at))
		w.mu.Lock()
		w.nights = append(w.nights, &night{n: n, began: at, quiet: true, result: make(map[adcimport.Kind]*adcimport.Summary), begun: make(map[adcimport.Kind]bool)})
		clear(w.counts)
		w.mu.Unlock()
		w.mend()
		w.change(n)
		for _, k := range []adcimport.Kind{adcimport.KindUser, adcimport.KindCustomer} {
			whole, _, _ := w.inSink(k)
			w.tonight().absent += len(w.of(k)) - len(whole)
		}
		w.takeDatabase()
		if err := w.officeHours(ctx); err != nil {
			return err
		}
		if err := w.open(ctx); err != nil {
			return err
		}
		if err := w.work(ctx); err != nil {
			return err
		}
		time.Sleep(time.Until(at.Add(8 * time.Hour)))
		if w.rnd.IntN(w.deployEvery(n)) == 0 { // a new version of the host
			if err := w.deploy(ctx); err != nil {
				return err
			}
		}
		time.Sleep(time.Until(at.Add(20 * time.Hour)))
		w.check(ctx)
		if w.violated() {
			break
		}
	}
	w.clock.tick()
	for st, err := range w.store.Runs(ctx, ledger.RunQuery{}) {
		if err != nil {
			return err
		}
		w.all = append(w.all, st)
	}
	w.all = sorted(w.all)
	for _, h := range w.hosts {
		if err := h.end(ctx); err != nil {
			return err
		}
	}
	return nil
}

// open starts the hosts, in the first night.
func (w *world) open(ctx context.Context) error {
	most := 1
	if w.two {
		most = 2
	}
	for len(w.hosts) < most {
		h, err := w.newHost(ctx, len(w.hosts))
		if err != nil {
			return err
		}
		w.hosts = append(w.hosts, h)
	}
	return nil
}

// deploy brings a new version of the host, one after the other.
func (w *world) deploy(ctx context.Context) error {
	w.tell("the host starts anew")
	w.tonight().deploy = true
	for i, h := range w.hosts {
		if err := h.end(ctx); err != nil {
			return err
		}
		h, err := w.newHost(ctx, i)
		if err != nil {
			return err
		}
		w.hosts[i] = h
	}
	return nil
}

// deployEvery says how rarely the host starts anew: oftener after a night in which
// something may have left a run to go on with.
func (w *world) deployEvery(n int) int {
	if slices.ContainsFunc(w.troubles, func(t *trouble) bool { return t.owner != ofRecord && t.night == n }) {
		return 2
	}
	return 8
}

// work is a night's work: users first, since customers are linked to their reps. Of
// two hosts now one does it, now the other. One that dies starts anew after some
// minutes.
func (w *world) work(ctx context.Context) error {
	killed := -1
	if len(w.nights) <= quiet && w.rnd.IntN(7) == 0 {
		killed = w.rnd.IntN(2)
	}
	for i, k := range []adcimport.Kind{adcimport.KindUser, adcimport.KindCustomer} {
		turn := (len(w.nights) + i) % len(w.hosts)
		h := w.hosts[turn]
		if i == killed {
			h.mu.Lock()
			h.fuse = 1 + w.rnd.IntN(90)
			h.mu.Unlock()
		}
		s, err := h.night(ctx, k)
		w.result(k, s, err)
		h.mu.Lock()
		h.fuse = 0
		h.mu.Unlock()
		if !errors.Is(err, errDead) {
			continue
		}
		w.tell("the host is killed in the import of %ss", k)
		w.tonight().killed = true
		w.mu.Lock()
		w.kills++
		w.aboutToSend()
		w.mu.Unlock()
		if err := h.end(ctx); err != nil {
			return err
		}
		time.Sleep(between(w.rnd, 5*time.Second, 10*time.Minute))
		if w.hosts[turn], err = w.newHost(ctx, turn); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) result(k adcimport.Kind, s *adcimport.Summary, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.tonight()
	n.result[k] = s
	if errors.Is(err, adcimport.ErrRunInProgress) || w.behind && s == nil {
		n.quiet = false
	}
	if s == nil {
		return
	}
	text := fmt.Sprintf("%ss: %s", k, s)
	if len(s.ByReason) > 0 {
		text += fmt.Sprint(" ", s.ByReason)
	}
	if err != nil {
		text += ": " + err.Error()
	}
	n.story = append(n.story, time.Now().Format("15:04:05 ")+text)
	if err == nil && s.Status != adcimport.StatusCompleted {
		w.breach("an end without a word", "%ss are %s without an error", k, s.Status)
	}
}

// story is the month, night by night, or the last nights of it; 0: all.
func (w *world) story(last int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: upsert %t, users log in %t, small portions %t, in the background %t, two hosts %t\n",
		w.seed, w.upsert, w.logins, w.small, w.behind, w.two)
	for _, n := range w.nights {
		if last > 0 && n.n < len(w.nights)-last {
			continue
		}
		fmt.Fprintf(&b, "night %d\n", n.n)
		for _, t := range w.troubles {
			if t.within(n.began.Add(-time.Minute), n.began.Add(20*time.Hour)) {
				fmt.Fprintf(&b, "    %v, from %s to %s, met %d times\n", t, t.began.Format("2 15:04:05"), t.over.Format("2 15:04:05"), len(t.met))
			}
		}
		for _, line := range n.story {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	return b.String()
}
