package adcimport_test

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// fault 72: for twenty seconds progress was 0 of 0, and another process knew no total
// at all. It is known, and stored, once the list is there.
func TestFault72_totalIsKnownAfterTheList(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		n, page int
		filter  adcimport.CustomerFilter
		want    int
	}{
		"one page":      {n: 100, page: 100, want: 100},
		"several pages": {n: 95, page: 10, want: 95},
		"named":         {n: 95, page: 10, filter: adcimport.CustomerFilter{CustomerIDs: []string{"3", "5", "7"}}, want: 3},
		"one customer":  {n: 1, page: 100, want: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(tt.n)
				r.src.PageSize = tt.page
				r.slowDetails(20 * time.Second)
				run, err := r.importer(t).StartCustomers(t.Context(), tt.filter, adcimport.CustomerOptions{})
				if err != nil {
					t.Fatal(err)
				}
				sleepBubble(time.Second)
				if p := run.Progress(); p.Total != tt.want || p.Counts.Read != 0 {
					t.Errorf("progress after a second: %+v", p)
				}
				other := r.cfg
				elsewhere, err := adcimport.New(other)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = elsewhere.Close(t.Context()) }()
				info, err := elsewhere.LookupRun(t.Context(), run.ID())
				if err != nil || info.Total != tt.want || !info.Alive {
					t.Errorf("in another process: %+v, %v", info, err)
				}
				watched, err := elsewhere.ResumeInterrupted(t.Context())
				if err != nil || len(watched) != 1 || watched[0].Progress().Total != tt.want {
					t.Errorf("a run that is watched elsewhere: %v, %v", watched, err)
				}
				s, err := ended(t, run)
				completed(t, s, err, adcimport.Counts{Read: tt.want, Created: tt.want})
				r.agrees(t, s)
			})
		})
	}
}

// The total costs one commit a run at most: 40 customers take six.
func TestFault72_totalCosts(t *testing.T) {
	t.Parallel()
	for _, slow := range []time.Duration{0, time.Second} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(40)
			r.src.PageSize = 100
			r.slowDetails(slow)
			var totals []int
			r.cfg.Events.PageRead = func(_ context.Context, _ adcimport.RunInfo, p adcimport.Progress) { totals = append(totals, p.Total) }
			if _, err := r.customers(t); err != nil {
				t.Fatal(err)
			}
			if n := r.store.count()["Commit"]; n > 6+1 {
				t.Errorf("%d commits with details of %v, want 7 at most", n, slow)
			}
			if diff := cmp.Diff([]int{40}, totals); diff != "" { // the hook is called once a page
				t.Errorf("pages (-want +got):\n%s", diff)
			}
		})
	}
}

// A listing that grows tells its new total; one that tells none has none.
func TestFault72_totalsThatChange(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ totals, want []int }{
		"none":       {[]int{0, 0, 0, 0}, []int{0, 0, 0, 0}},
		"late":       {[]int{0, 0, 40, 40}, []int{0, 0, 40, 40}},
		"growing":    {[]int{30, 31, 40, 41}, []int{30, 31, 40, 41}},
		"shrinking":  {[]int{40, 39, 38, 37}, []int{40, 40, 40, 40}},
		"only first": {[]int{40, 0, 0, 0}, []int{40, 40, 40, 40}},
	} {
		r := newRig(40)
		r.src.page = func(n int, p adcimport.Page[adcimport.Customer]) (adcimport.Page[adcimport.Customer], error) {
			p.Total = tt.totals[n-1]
			return p, nil
		}
		var got []int
		r.cfg.Events.PageRead = func(_ context.Context, _ adcimport.RunInfo, p adcimport.Progress) { got = append(got, p.Total) }
		s, err := r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 40, Created: 40})
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		var st ledger.RunState
		if st, err = r.store.StateStore.Run(t.Context(), s.RunID); err != nil || st.Total != slices.Max(tt.want) {
			t.Errorf("%s: %d are stored, %v", name, st.Total, err)
		}
	}
}

// progressLines are the lines of a log that say how far a run is.
func progressLines(log *bytes.Buffer) (lines []string) {
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, `msg="import run at work"`) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// A run at work says once a minute how far it is, and what it waits for.
func TestLog_progressOnceAMinute(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		spoil   func(*rig)
		preview bool
		lines   int    // at least
		want    string // in one of them
	}{
		"slow details":    {spoil: func(r *rig) { r.slowDetails(1100 * time.Millisecond) }, lines: 5, want: "read=50 total=300 failed=0 per_minute=50"},
		"a preview":       {spoil: func(r *rig) { r.slowDetails(time.Second) }, preview: true, lines: 5, want: "preview=true read="},
		"within a minute": {spoil: func(r *rig) { r.slowDetails(100 * time.Millisecond) }},
		"the sink is away": {spoil: func(r *rig) {
			back := time.Now().Add(4 * time.Minute)
			r.sink.find = func(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
				if time.Now().Before(back) {
					return nil, &adcimport.CallError{End: "sink", Operation: "find customers", Code: "unavailable", Status: 503}
				}
				return r.sink.Sink.FindCustomers(ctx, keys)
			}
		}, lines: 3, want: `waits_for="sink find customers: unavailable, HTTP 503, since`},
		"a reply is lost": {spoil: func(r *rig) {
			r.cfg.SettleTime = 3 * time.Minute
			r.sink.create = func(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
				_, err := r.sink.Sink.CreateCustomers(ctx, recs)
				r.sink.create = nil
				return make([]adcimport.WriteResult, len(recs)), err
			}
		}, lines: 2, want: `waits_for="creates whose reply was lost`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(300)
				r.cfg.Concurrency = 1
				var log bytes.Buffer
				r.cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
				tt.spoil(r)
				began := time.Now()
				imp := r.importer(t)
				if tt.preview {
					p, err := imp.PlanCustomers(adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
					if err != nil {
						t.Fatal(err)
					}
					for _, err := range p.Outcomes(t.Context()) {
						if err != nil {
							t.Fatal(err)
						}
					}
				} else if s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}); err != nil {
					t.Fatal(s, err)
				}
				lines := progressLines(&log)
				if most := int(time.Since(began) / time.Minute); len(lines) < tt.lines || len(lines) > most {
					t.Errorf("%d lines, want %d to %d", len(lines), tt.lines, most)
				}
				if !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, tt.want) }) && tt.want != "" {
					t.Errorf("none says %s:\n%s", tt.want, strings.Join(lines, "\n"))
				}
				for _, personal := range []string{"Example", "@", "555"} {
					if strings.Contains(strings.Join(lines, "\n"), personal) {
						t.Errorf("the log has %q", personal)
					}
				}
			})
		})
	}
}
