package otelimport_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	otelprom "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/otelimport"
)

// observed is the Go snippet of docs/observing.md.
func observed(cfg adcimport.Config, tracers trace.TracerProvider, meters metric.MeterProvider) (adcimport.Config, error) {
	observer, err := otelimport.New(otelimport.Config{TracerProvider: tracers, MeterProvider: meters})
	if err != nil {
		return adcimport.Config{}, err
	}
	cfg.Events = observer.Events() // or otelimport.Join(own, observer.Events())
	return cfg, nil
}

// Traces go to a receiver of OTLP, metrics are fetched by Prometheus.
func Example() {
	ctx := context.Background()
	var received atomic.Int64 // spans, by a receiver on this machine
	otlp := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var req collector.ExportTraceServiceRequest
		if err != nil || proto.Unmarshal(body, &req) != nil {
			return
		}
		for _, rs := range req.GetResourceSpans() {
			for _, ss := range rs.GetScopeSpans() {
				received.Add(int64(len(ss.GetSpans())))
			}
		}
	}))
	defer otlp.Close()
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(otlp.URL+"/v1/traces"))
	if err != nil {
		fmt.Println(err)
		return
	}
	tracers := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
	registry := prometheus.NewRegistry()
	reader, err := otelprom.New(otelprom.WithRegisterer(registry))
	if err != nil {
		fmt.Println(err)
		return
	}
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))

	cfg, err := observed(adcimport.Config{
		Link: "acme", Source: &adcimporttest.Source{Dealer: adcimporttest.NewDealer(3, 30, 0)},
		Sink: &adcimporttest.Sink{}, Store: &adcimport.MemoryStore{},
	}, tracers, meters)
	if err != nil {
		fmt.Println(err)
		return
	}
	imp, err := adcimport.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
	if err != nil {
		fmt.Println(s, err)
		return
	}
	if err := tracers.Shutdown(ctx); err != nil { // what is not sent yet goes out
		fmt.Println(err)
	}
	page := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	fmt.Println("spans arrived:", received.Load() > 30)
	fmt.Println("records are counted:", strings.Contains(page.Body.String(), "adcimport_records_total{"))
	// Output:
	// spans arrived: true
	// records are counted: true
}

// The dashboard asks for what is measured, by the names that Prometheus has it under, and
// leaves out nothing.
func TestDashboard_asksForWhatIsMeasured(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	series, labels := make(map[string]string), make(map[string][]string) // of what is written to metrics
	for _, m := range otelimport.Metrics() {
		name := strings.ReplaceAll(m.Name, ".", "_")
		if m.Unit == "s" {
			name += "_seconds"
		}
		suffixes := map[string][]string{"counter": {"_total"}, "updown": {""}, "histogram": {"_bucket", "_sum", "_count"}}[m.Instrument]
		for _, suffix := range suffixes {
			series[name+suffix] = m.Name
			for _, a := range m.Attributes {
				labels[name+suffix] = append(labels[name+suffix], strings.ReplaceAll(a, ".", "_"))
			}
		}
	}
	asked := make(map[string]bool)
	words := regexp.MustCompile(`adcimport_[a-z_]+`)
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			var known []string
			found := words.FindAllString(target.Expr, -1)
			for _, w := range found {
				if name, ok := series[w]; ok {
					asked[name] = true
					known = append(known, labels[w]...)
				}
			}
			for _, w := range found {
				if series[w] == "" && !slices.Contains(known, w) {
					t.Errorf("%s asks for %s", p.Title, w)
				}
			}
		}
	}
	for _, m := range otelimport.Metrics() {
		if !asked[m.Name] {
			t.Errorf("no panel shows %s", m.Name)
		}
	}
}

// The names of the dashboard are those that the exporter for Prometheus writes.
func TestDashboard_namesAreThoseOfTheExporter(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	reader, err := otelprom.New(otelprom.WithRegisterer(registry))
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := observed(adcimport.Config{
		Link: "acme", Source: &adcimporttest.Source{Dealer: adcimporttest.NewDealer(3, 30, 0)},
		Sink: &adcimporttest.Sink{}, Store: &adcimport.MemoryStore{},
	}, nil, sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
	if err != nil {
		t.Fatal(err)
	}
	imp, err := adcimport.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}); err != nil {
		t.Fatal(err)
	}
	page := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, series := range []string{
		`adcimport_records_total{adcimport_action="created",adcimport_kind="customer",adcimport_reason="none"`,
		"adcimport_call_duration_seconds_bucket{", "adcimport_call_records_sum{", "adcimport_run_duration_seconds_count{",
		"adcimport_run_active{", "adcimport_leases_total{", "adcimport_run_need_you_sum{",
	} {
		if !strings.Contains(page.Body.String(), series) {
			t.Errorf("the exporter does not write %s", series)
		}
	}
}
