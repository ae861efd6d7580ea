package adcimport_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
)

// A run that failed or waits says why, in codes, where it is listed.
func TestSummary_Failure(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		breaks func(*rig)
		status adcimport.RunStatus
		want   adcimport.Failure
	}{
		"source refuses the login": {
			func(r *rig) {
				r.src.page = func(int, adcimport.Page[adcimport.Customer]) (p adcimport.Page[adcimport.Customer], err error) {
					return p, fmt.Errorf("list: %w", adcimport.ErrAuth)
				}
			}, adcimport.StatusFailed,
			adcimport.Failure{End: "source", Operation: "Source.Customers", Code: "auth"},
		},
		"sink asks for time": {
			func(r *rig) {
				r.sink.find = func(context.Context, []adcimport.CustomerKey) (map[string][]string, error) {
					return nil, &adcimport.PausedError{Until: time.Now().Add(time.Hour), Err: errBoom}
				}
			}, adcimport.StatusPaused,
			adcimport.Failure{End: "sink", Operation: "Sink.FindCustomers", Code: "unavailable"},
		},
		"store is away": {
			func(r *rig) { r.store.before = failOn("Records", 1) }, adcimport.StatusFailed,
			adcimport.Failure{End: "store", Code: "unavailable"},
		},
		"error budget": {
			func(r *rig) { r.refuses(map[string]bool{"1": true}) }, adcimport.StatusStopped,
			adcimport.Failure{End: "host", Code: "too_many_failures"},
		},
		"panic": {
			func(r *rig) {
				r.sink.find = func(context.Context, []adcimport.CustomerKey) (map[string][]string, error) { panic("Sesame") }
			}, adcimport.StatusFailed,
			adcimport.Failure{End: "sink", Operation: "Sink.FindCustomers", Code: "panic"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(3)
			tt.breaks(r)
			s, err := r.customers(t, adcimport.RunOptions{MaxFailures: -1})
			if err == nil || s.Status != tt.status || s.Failure == nil {
				t.Fatalf("got %v, %v, %+v", s.Status, err, s.Failure)
			}
			if s.Failure.At.IsZero() {
				t.Error("it has no time")
			}
			info, err := r.importer(t).LookupRun(t.Context(), s.RunID)
			if diff := cmp.Diff(s.Failure, info.Failure); err != nil || diff != "" {
				t.Errorf("stored (-summary +stored): %v\n%s", err, diff)
			}
			got := *s.Failure
			if got.At = tt.want.At; got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
	t.Run("gone when it goes on", func(t *testing.T) {
		t.Parallel()
		r := newRig(3)
		r.store.before = failOn("Records", 1)
		s, _ := r.customers(t)
		r.store.heal()
		if s, err := r.importer(t).Resume(t.Context(), s.RunID); err != nil || s.Failure != nil {
			t.Errorf("%v, %+v", err, s.Failure)
		}
	})
}
