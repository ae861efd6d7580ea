package secrets_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/notify/webhook"
	"github.com/securitytrax/adcimport/otelimport"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// life is a link of marked people, with everything that writes.
type life struct {
	marks *marks
	place place
	alarm *alarmcomtest.Server
	crm   *securitytraxtest.Server
	cfg   adcimport.Config
	imp   *adcimport.Importer

	log     locked
	notices locked
	reports locked
	errors  locked
	spans   *tracetest.InMemoryExporter
	metrics *metric.ManualReader

	imported string // Alarm.com's id of one that came in
}

// locked is text that several write.
type locked struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// newLife has the credentials of world, the people of people_test.go, and hooks of every
// kind.
func newLife(t *testing.T, at place) *life {
	t.Helper()
	dealer := adcimporttest.NewDealer(7, 60, 15)
	markPeople(dealer)
	w := &life{
		marks: newMarks(), place: at, alarm: alarmcomtest.New(dealer, (*world)(nil).alarmOptions()...), crm: securitytraxtest.New(crmOptions()...),
		spans: tracetest.NewInMemoryExporter(), metrics: metric.NewManualReader(),
	}
	w.marks.persons(dealer)
	typeIn(w.crm, dealer)
	source, sink := w.ends(t)
	observer, err := otelimport.New(otelimport.Config{
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(w.spans)),
		MeterProvider:  metric.NewMeterProvider(metric.WithReader(w.metrics)), StoreSpans: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.cfg = adcimport.Config{
		Link: "dealer-1", Source: source, Sink: sink, Store: at.store, FingerprintKey: []byte(hashKey), BatchSize: 7, LeaseTTL: leaseTTL,
		SettleTime: 50 * time.Millisecond, MaxPause: time.Second, RestAfter: 1, Logger: w.logger(), Notifiers: []adcimport.Notifier{w.hook(t)},
		Events: otelimport.Join(observer.Events(), adcimport.Events{
			Waiting:    func(_ context.Context, run adcimport.RunInfo, d time.Duration) { w.print(&w.reports, run, d) },
			RecordDone: func(_ context.Context, _ adcimport.RunInfo, o adcimport.Outcome) { w.print(&w.reports, o) },
			RunEnded:   func(_ context.Context, s adcimport.Summary, err error) { w.print(&w.reports, s); w.fail(err) },
		}),
	}
	if w.imp, err = adcimport.New(w.cfg); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *life) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug - 10, AddSource: true}))
}

// ends log everything that they can, and classify faults by their text, as a host may.
func (w *life) ends(t *testing.T) (*alarmcom.Source, *securitytrax.Sink) {
	t.Helper()
	read, write := w.alarm.Config(), w.crm.Config()
	read.MaxRetries, read.Logger, read.RequestsPerSecond, read.Burst = 1, w.logger(), 1e6, 1000
	read.ClassifyFault = func(alarmcom.Fault) error { return nil }
	write.MaxRetries, write.Logger = 1, w.logger()
	read.Transport = keyedTransport{integratorKey, read.Transport, w.marks}
	write.Transport = keyedTransport{integratorKey, write.Transport, w.marks}
	source, err := alarmcom.New(read)
	if err != nil {
		t.Fatal(err)
	}
	sink, err := securitytrax.New(write)
	if err != nil {
		t.Fatal(err)
	}
	return source, sink
}

// hook is a webhook whose requests are kept whole. Its key is a mark.
func (w *life) hook(t *testing.T) adcimport.Notifier {
	t.Helper()
	key, err := webhook.NewKey([]byte(integratorKey + strings.Repeat("k", 24)))
	if err != nil {
		t.Fatal(err)
	}
	n, err := webhook.New(webhook.Config{URL: "https://127.0.0.1/hook", Keys: []webhook.Key{key}, Transport: keeper{&w.notices}})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

type keeper struct{ into io.Writer }

func (k keeper) RoundTrip(r *http.Request) (*http.Response, error) {
	err := r.Write(k.into)
	return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Request: r}, err
}

// print writes values as a host may.
func (*life) print(to io.Writer, values ...any) {
	for _, v := range values {
		text, err := json.Marshal(v)
		_, _ = fmt.Fprintf(to, "%v %+v %#v %s %v\n", v, v, v, text, err)
	}
}

// fail keeps an error with all that it wraps.
func (w *life) fail(err error) {
	if err == nil {
		return
	}
	_, _ = fmt.Fprintf(&w.errors, "%v %+v %#v\n", err, err, err)
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range several.Unwrap() {
			w.fail(e)
		}
	}
	w.fail(errors.Unwrap(err))
}

// written is all that was written, by what wrote it.
func (w *life) written(t *testing.T) map[string]string {
	t.Helper()
	var measured metricdata.ResourceMetrics
	if err := w.metrics.Collect(t.Context(), &measured); err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"log": w.log.String(), "notices": w.notices.String(), "reports": w.reports.String(), "errors": w.errors.String(),
		"spans": fmt.Sprintf("%+v", w.spans.GetSpans()), "metrics": fmt.Sprintf("%+v", measured.ScopeMetrics), "state": w.place.dump(t),
	}
}
