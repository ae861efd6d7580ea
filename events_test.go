package adcimport_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
)

type traceKey struct{}

// fault 68: metrics counted previews. Every hook, the summary's text and the log
// say whether it is one, and which run it is.
func TestFault68_Events_sayWhichRunAndWhetherPreview(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		preview bool
		run     func(imp *adcimport.Importer, ctx context.Context) (*adcimport.Summary, error)
	}{
		"a run": {false, func(imp *adcimport.Importer, ctx context.Context) (*adcimport.Summary, error) {
			return imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
		}},
		"a run in the background": {false, func(imp *adcimport.Importer, ctx context.Context) (*adcimport.Summary, error) {
			r, err := imp.StartCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
			if err != nil {
				return nil, err
			}
			return r.Wait(context.WithoutCancel(ctx))
		}},
		"a preview": {true, func(imp *adcimport.Importer, ctx context.Context) (*adcimport.Summary, error) {
			p, err := imp.PlanCustomers(adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
			if err != nil {
				return nil, err
			}
			for _, err = range p.Outcomes(ctx) {
				if err != nil {
					return nil, err
				}
			}
			s := p.Summary()
			return &s, nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(2)
			var got []string
			say := func(ctx context.Context, hook string, run adcimport.RunInfo) {
				got = append(got, fmt.Sprintf("%s %s %s %s %v %v %v", hook, run.RunID, run.Link, run.Kind, run.DryRun, ctx.Value(traceKey{}), ctx.Err()))
				if run.Started.IsZero() || run.Status != adcimport.StatusRunning {
					t.Errorf("%s is told of %+v", hook, run)
				}
			}
			r.cfg.Events = adcimport.Events{
				RunStarted: func(ctx context.Context, run adcimport.RunInfo) { say(ctx, "started", run) },
				PageRead:   func(ctx context.Context, run adcimport.RunInfo, _ adcimport.Progress) { say(ctx, "page", run) },
				Waiting:    func(ctx context.Context, run adcimport.RunInfo, _ time.Duration) { say(ctx, "waiting", run) },
				RecordDone: func(ctx context.Context, run adcimport.RunInfo, o adcimport.Outcome) {
					say(ctx, "record "+o.SourceID, run)
				},
				Committed: func(ctx context.Context, run adcimport.RunInfo, p adcimport.Progress) {
					say(ctx, fmt.Sprintf("committed %d", p.Counts.Read), run)
				},
				RunEnded: func(ctx context.Context, s adcimport.Summary, err error) {
					got = append(got, fmt.Sprintf("ended %s %s %v %v %v", s.RunID, s.Status, s.DryRun, ctx.Value(traceKey{}), err))
				},
			}
			var log bytes.Buffer
			r.cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
			ctx := context.WithValue(t.Context(), traceKey{}, "span")
			s, err := tt.run(r.importer(t), ctx)
			if err != nil {
				t.Fatal(s, err)
			}
			var want []string
			for _, hook := range []string{"started", "page", "record 1", "record 2", "committed 2"} {
				want = append(want, fmt.Sprintf("%s run-1 isp-1 customer %v span <nil>", hook, tt.preview))
			}
			want = append(want, fmt.Sprintf("ended run-1 completed %v span <nil>", tt.preview))
			if diff := cmp.Diff(want, slices.Compact(got)); diff != "" { // it may take more than one commit
				t.Errorf("hooks (-want +got):\n%s", diff)
			}
			if marked := strings.HasPrefix(s.String(), "preview: "); marked != tt.preview {
				t.Errorf("the summary prints as %q", s)
			}
			if n := strings.Count(log.String(), `preview=true`); n == 2 != tt.preview {
				t.Errorf("%d lines of the log are marked:\n%s", n, &log)
			}
		})
	}
}

// A hook is told that a run goes on, and which run a retry takes the records of.
func TestEvents_resumedAndRetried(t *testing.T) {
	t.Parallel()
	r := newRig(12)
	var got []string
	r.cfg.Events.RunStarted = func(_ context.Context, run adcimport.RunInfo) {
		got = append(got, fmt.Sprintf("%s resumed %v, retry of %q", run.RunID, run.Resumed, run.RetryOf))
	}
	s := r.interrupted(t)
	if _, err := r.resume(t, s); err != nil {
		t.Fatal(err)
	}
	if _, err := r.importer(t).RetryFailed(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	want := []string{`run-1 resumed false, retry of ""`, `run-1 resumed true, retry of ""`, `run-2 resumed false, retry of "run-1"`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
