//go:build unix

package crash_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/crashtest"
	"github.com/securitytrax/adcimport/ledger"
)

// Mistakes that a child can be told to make. The harness must find each.
const (
	mistakeBlind = "blind" // nothing that is in doubt is ever found in the sink
	mistakeEager = "eager" // records are known before the sink has them
	mistakeHasty = "hasty" // no settle time
)

// TestHarnessFindsMistakes shows that the comparison can fail: one death in the
// wrong place is enough for each planted mistake.
func TestHarnessFindsMistakes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		point string
		kind  adcimport.Kind
		wrong func(crashtest.Numbers) int // how many records must be wrong
	}{
		mistakeBlind: {pointCommitted, adcimport.KindCustomer, func(n crashtest.Numbers) int { return n.Doubled }},
		mistakeEager: {"sink.CreateUsers:before", adcimport.KindUser, func(n crashtest.Numbers) int { return n.Lost }},
		mistakeHasty: {pointArrived, adcimport.KindCustomer, func(n crashtest.Numbers) int { return n.Doubled }},
	}
	for mistake, tt := range tests {
		t.Run(mistake, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 5, newSQLite(t), mistake)
			w.held = make(chan struct{}) // hasty ones are through by then, also on a busy machine
			arrive := sync.OnceFunc(func() { close(w.held) })
			t.Cleanup(arrive)
			for _, point := range []string{tt.point, ""} {
				cfg := w.config()
				cfg.Mistake, cfg.Kinds = mistake, []adcimport.Kind{tt.kind}
				if mistake == mistakeHasty {
					cfg.SettleTime = time.Millisecond
				}
				var k crashtest.Kill
				if point != "" {
					k.Point = crashtest.Point{Name: point, N: 2}
				}
				end, err := w.liveAs(t.Context(), cfg, k)
				if err != nil {
					t.Fatal(err)
				}
				if end.Killed != (point != "") {
					t.Fatalf("child to be killed %v ended with %d: %s", k, end.Code, end.Stderr)
				}
			}
			arrive()
			var found findings
			w.content(&found, tt.kind)
			if tt.wrong(found.Numbers) == 0 {
				t.Errorf("the mistake was not found: %+v", found)
			}
		})
	}
}

func mistakenStore(mistake string, store adcimport.StateStore) adcimport.StateStore {
	if mistake == mistakeEager {
		return eagerStore{store}
	}
	return store
}

// eagerStore takes an intent for the deed.
type eagerStore struct{ adcimport.StateStore }

func (s eagerStore) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
	states := make([]ledger.IntentState, len(c.Intents))
	for _, i := range c.Intents {
		c.Outcomes = append(c.Outcomes, adcimport.Outcome{
			RunID: l.RunID, Kind: l.Kind, SourceID: i.ID, SinkID: "0", Action: adcimport.ActionCreated, At: time.Now(),
		})
		c.Records = append(c.Records, ledger.Record{ID: i.ID, Known: true, SinkID: "0"})
	}
	c.Intents = nil
	_, err := s.StateStore.Commit(ctx, l, c)
	return states, err
}

func mistakenSink(mistake string, sink adcimport.Sink) adcimport.Sink {
	if mistake == mistakeBlind {
		return blindSink{sink}
	}
	return sink
}

// blindSink finds nobody but controls, which come without a record.
type blindSink struct{ adcimport.Sink }

func (s blindSink) Unwrap() any { return s.Sink }

func (s blindSink) FindCustomers(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
	return s.Sink.FindCustomers(ctx, slices.DeleteFunc(slices.Clone(keys), func(k adcimport.CustomerKey) bool {
		return k.Record.AlarmComID != ""
	}))
}
