//go:build unix

package crash_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/crashtest"
)

const (
	maxDeaths  = 14                     // of one cycle; then the next child may live
	manyKills  = 500                    // enough for every point on each database
	randomSpan = 350 * time.Millisecond // random instants lie within it; a cycle without deaths takes about as long
)

// TestSpec_B1_KilledAtAnyInstant kills importers with SIGKILL, at named points
// and at random instants, until they are complete, and compares what SecurityTrax
// has with what Alarm.com has (SPEC A6, B1, O5). `make crash` runs it with a
// thousand kills. A failure is repeated, as far as chance of timing allows, with
// the seed that it names.
func TestSpec_B1_KilledAtAnyInstant(t *testing.T) {
	t.Parallel()
	began := time.Now()
	var all crashtest.Figures
	t.Cleanup(func() { // when both are through
		t.Log(all.Report("both", time.Since(began)))
		if t.Failed() {
			t.Logf("to see it again: go test ./integration/crash -run B1 -args -crash.kills=%d -crash.lanes=%d -crash.seed=%d",
				*killCount, *killLanes, *killSeed)
		}
		if n := all.Numbers(); n.Kills < *killCount && !t.Failed() {
			t.Errorf("%d kills, want %d", n.Kills, *killCount)
		}
		if missed := all.Unaimed(allPoints()); *killCount >= manyKills && len(missed) > 0 {
			t.Errorf("no child died at %q", missed)
		}
	})
	for name, open := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var figures crashtest.Figures
			killRun(t, open(t), *killCount/len(databases()), &figures)
			t.Log(figures.Report(name, time.Since(began)))
			all.Merge(&figures)
		})
	}
}

// killRun shares kills among lanes over one database.
func killRun(t *testing.T, db database, kills int, figures *crashtest.Figures) {
	t.Helper()
	var lanes sync.WaitGroup
	for i := range *killLanes {
		quota := kills / *killLanes
		if i == 0 {
			quota += kills % *killLanes
		}
		l := &lane{
			name: fmt.Sprintf("%s-%d", db.Dialect, i), db: db, quota: quota, figures: figures,
			seed: *killSeed + uint64(i)*1000,
		}
		l.schedule = crashtest.NewSchedule(l.seed, pointsOf(db, i), randomSpan)
		lanes.Go(func() { l.run(t) })
	}
	lanes.Wait()
}

// pointsOf are the points of a lane. A run of few kills meets each point on one
// of the databases.
func pointsOf(db database, lane int) []string {
	points := allPoints()
	if *killCount >= manyKills {
		return points
	}
	names := slices.Sorted(maps.Keys(databases()))
	at := slices.Index(names, string(db.Dialect))
	var mine []string
	for i, p := range points {
		if (i+lane)%len(names) == at {
			mine = append(mine, p)
		}
	}
	return mine
}

// lane is a row of cycles, each from nothing to complete.
type lane struct {
	name     string
	db       database
	quota    int
	seed     uint64
	schedule *crashtest.Schedule
	figures  *crashtest.Figures
	killed   int
}

func (l *lane) run(t *testing.T) {
	t.Helper()
	for cycle := 0; l.killed < l.quota && !t.Failed(); cycle++ {
		link := fmt.Sprintf("%s-seed-%d-cycle-%d", l.name, l.seed, cycle)
		w := newWorld(t, l.seed+uint64(cycle), l.db, link)
		if err := l.cycle(t.Context(), w); err != nil {
			t.Errorf("%s: %v", link, err)
			return
		}
		found, err := w.verify(t.Context(), bothKinds()...)
		if err != nil {
			found.complain("%v", err)
		}
		l.figures.Add(found.Numbers)
		for _, wrong := range found.wrong {
			t.Errorf("%s: %s", link, wrong)
		}
		w.close()
	}
}

// cycle starts children until one of them completes.
func (l *lane) cycle(ctx context.Context, w *world) error {
	for deaths := 0; ; {
		var k crashtest.Kill
		if deaths < maxDeaths && l.killed < l.quota {
			k = l.schedule.Next()
		}
		end, err := w.live(ctx, k)
		switch {
		case err != nil:
			return fmt.Errorf("child killed %v: %w", k, err)
		case end.Killed:
			deaths++
			l.killed++
			l.figures.Killed(k, end.Last)
		case end.Code == exitComplete:
			l.schedule.Missed(k)
			return nil
		case end.Code == exitLooped: // the next child goes on with it, as a person would
			l.schedule.Missed(k)
		default:
			return fmt.Errorf("child to be killed %v ended with %d: %s", k, end.Code, end.Stderr)
		}
	}
}

func bothKinds() []adcimport.Kind {
	return []adcimport.Kind{adcimport.KindUser, adcimport.KindCustomer}
}

// live sees one child to its end.
func (w *world) live(ctx context.Context, k crashtest.Kill) (crashtest.End, error) {
	return w.liveAs(ctx, w.config(), k)
}

func (w *world) liveAs(ctx context.Context, cfg childConfig, k crashtest.Kill) (crashtest.End, error) {
	watch := crashtest.Watcher{Kill: k, Work: pointWork, Timeout: childTimeout}
	if name := k.Point.Name; name == pointArrived || name == pointCommitted {
		watch.OnStart = func(kill func() error) {
			w.gateway.set(ambush{point: name, n: k.Point.N, kill: kill, leaseEnd: w.leaseEnd, held: w.held})
		}
		defer w.gateway.set(ambush{})
	} else {
		cfg.Trap, cfg.Act = k.Point.String(), actKill
	}
	cmd, err := command(ctx, cfg)
	if err != nil {
		return crashtest.End{}, err
	}
	return watch.Run(cmd)
}
