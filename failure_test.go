package adcimport_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/report"
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
			if got.Since.IsZero() == (tt.status == adcimport.StatusPaused) {
				t.Errorf("a run that is %s has waited since %v", tt.status, got.Since)
			}
			if got.At, got.Since = tt.want.At, tt.want.Since; got != tt.want {
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

// fault 65: a run failed on a 403, and list, notice and report said "failed, 4
// invalid_record". All of them, and the log, say why in the same words.
func TestFault65_saidInListNoticeReportAndLog(t *testing.T) {
	t.Parallel()
	list := func(err error) func(*rig) {
		return func(r *rig) {
			r.src.page = func(_ int, p adcimport.Page[adcimport.Customer]) (adcimport.Page[adcimport.Customer], error) {
				if p.Items[0].ID == "11" {
					return adcimport.Page[adcimport.Customer]{}, err
				}
				return p, nil
			}
		}
	}
	call := func(code string, status int) error {
		return &adcimport.CallError{End: "source", Operation: "GetCustomerList_V2", Code: code, Status: status}
	}
	for name, tt := range map[string]struct {
		spoil func(*rig)
		want  string
	}{
		"403":           {list(call("denied", 403)), "source GetCustomerList_V2: denied, HTTP 403"},
		"404":           {list(call("not_found", 404)), "source GetCustomerList_V2: not_found, HTTP 404"},
		"login":         {list(errLogin), "source Source.Customers: auth"},
		"503 for a day": {list(call("unavailable", 503)), "source GetCustomerList_V2: unavailable, HTTP 503, since 2000-01-01 00:0"},
		"a sink's own": {func(r *rig) {
			r.sink.find = findFails(&adcimport.CallError{End: "sink", Operation: "look", Code: "own_code"})
		}, "sink look: own_code"},
		"a sink's panic": {func(r *rig) { r.sink.find = findFails(nil) }, "sink Sink.FindCustomers: panic"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(15)
				for i := range 4 {
					r.src.Dealer.Customers[i].LastName = "\xff" // the only thing that was said
				}
				var log bytes.Buffer
				told := &failureTeller{}
				r.cfg.Logger, r.cfg.Notifiers = slog.New(slog.NewTextHandler(&log, nil)), []adcimport.Notifier{told}
				tt.spoil(r)
				imp := r.importer(t)
				run, err := imp.StartCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
				if err != nil {
					t.Fatal(err)
				}
				s, err := run.Wait(t.Context())
				if err == nil || s.Status != adcimport.StatusFailed {
					t.Fatal(s, err)
				}
				listed := ""
				for info, err := range imp.Runs(t.Context()) {
					if err != nil || info.Failure == nil {
						t.Fatal(info, err)
					}
					listed = info.Failure.String()
				}
				of, err := report.Of(t.Context(), imp, s.RunID, report.Options{})
				if err != nil {
					t.Fatal(err)
				}
				var text strings.Builder
				if err := report.WriteText(&text, of); err != nil {
					t.Fatal(err)
				}
				for where, said := range map[string]string{
					"summary": s.String(), "list": listed, "notice": told.said, "report": text.String(), "log": log.String(),
				} {
					if !strings.Contains(said, tt.want) {
						t.Errorf("the %s lacks %q:\n%s", where, tt.want, said)
					}
				}
				if !strings.Contains(text.String(), "because of "+tt.want) {
					t.Errorf("report:\n%s", &text)
				}
			})
		})
	}
}

// findFails makes a look-up that fails with err; nil: it panics.
func findFails(err error) func(context.Context, []adcimport.CustomerKey) (map[string][]string, error) {
	return func(context.Context, []adcimport.CustomerKey) (map[string][]string, error) {
		if err == nil {
			panic("Sesame")
		}
		return nil, err
	}
}

// failureTeller keeps what it is told last of why a run failed.
type failureTeller struct{ said string }

func (n *failureTeller) Notify(_ context.Context, s adcimport.Summary) error {
	n.said = s.Failure.String()
	return nil
}
