package otelimport_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/otelimport"
)

// world is an importer that is observed.
type world struct {
	spans  *tracetest.InMemoryExporter
	tracer *sdktrace.TracerProvider
	reader *metric.ManualReader
	imp    *adcimport.Importer
}

func observe(t *testing.T, plan adcimporttest.FaultPlan) *world {
	t.Helper()
	w := &world{spans: tracetest.NewInMemoryExporter(), reader: metric.NewManualReader()}
	w.tracer = sdktrace.NewTracerProvider(sdktrace.WithSyncer(w.spans))
	o, err := otelimport.New(otelimport.Config{
		TracerProvider: w.tracer, MeterProvider: metric.NewMeterProvider(metric.WithReader(w.reader)), StoreSpans: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	faults := adcimporttest.NewFaults(plan)
	w.imp, err = adcimport.New(adcimport.Config{
		Link: "acme", Source: faults.Source(&adcimporttest.Source{Dealer: adcimporttest.NewDealer(3, 30, 0), PageSize: 10}),
		Sink: faults.Sink(&adcimporttest.Sink{}), Store: &adcimport.MemoryStore{}, BatchSize: 10, Events: o.Events(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) run(ctx context.Context) (*adcimport.Summary, error) {
	return w.imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
}

// measured are the sums and counts of what was measured, by name and one attribute.
func (w *world) measured(t *testing.T) (all metricdata.ResourceMetrics, records map[string]int64) {
	t.Helper()
	if err := w.reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	records = make(map[string]int64)
	for _, m := range all.ScopeMetrics[0].Metrics {
		if sum, ok := m.Data.(metricdata.Sum[int64]); ok && m.Name == "adcimport.records" {
			for _, p := range sum.DataPoints {
				action, _ := p.Attributes.Value("adcimport.action")
				records[action.AsString()] += p.Value
			}
		}
	}
	return all, records
}

// A run is one trace, in that of the host: run, batches, and the calls within them.
func TestObserver_spans(t *testing.T) {
	t.Parallel()
	w := observe(t, nil)
	ctx, host := w.tracer.Tracer("host").Start(t.Context(), "request")
	s, err := w.run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	host.End()
	spans := w.spans.GetSpans()
	names, byID := make(map[string]int), make(map[string]tracetest.SpanStub)
	for _, sp := range spans {
		names[sp.Name]++
		byID[sp.SpanContext.SpanID().String()] = sp
		if sp.SpanContext.TraceID() != host.SpanContext().TraceID() {
			t.Errorf("%s is in another trace", sp.Name)
		}
	}
	for _, sp := range spans {
		parent := byID[sp.Parent.SpanID().String()].Name
		want := map[string]string{"request": "", "adcimport.run": "request", "adcimport.batch": "adcimport.run"}
		if p, ok := want[sp.Name]; ok && parent != p || !ok && parent != "adcimport.batch" {
			t.Errorf("%s is in %q", sp.Name, parent)
		}
	}
	var table []string
	for _, sp := range otelimport.Spans() {
		table = append(table, sp.Name)
		if names[sp.Name] == 0 {
			t.Errorf("no span %s: %v", sp.Name, names)
		}
	}
	for name := range names {
		if name != "request" && !slices.Contains(table, name) {
			t.Errorf("span %s is in no table", name)
		}
	}
	if names["adcimport.page"] < 3 || names["adcimport.run"] != 1 || s.Counts.Read != 30 {
		t.Errorf("%v, %v", names, s)
	}
}

// Counters add up to the summary, names, units and attributes are those of the table,
// and previews are not counted.
func TestObserver_metrics(t *testing.T) {
	t.Parallel()
	w := observe(t, nil)
	plan, err := w.imp.PlanCustomers(adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range plan.Outcomes(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	s, err := w.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all, records := w.measured(t)
	c := s.Counts
	if records["created"] != int64(c.Created) || records["failed"] != int64(c.Failed) || records["skipped"] != int64(c.Skipped) {
		t.Errorf("records %v, summary %v", records, s)
	}
	table := make(map[string]otelimport.Metric)
	for _, m := range otelimport.Metrics() {
		table[m.Name] = m
	}
	for _, m := range all.ScopeMetrics[0].Metrics {
		row := table[m.Name]
		if row.Unit != m.Unit || row.What != m.Description {
			t.Errorf("%s: %s, %s", m.Name, m.Unit, m.Description)
		}
		for _, attrs := range attributes(m.Data) {
			if diff := cmp.Diff(slices.Sorted(slices.Values(row.Attributes)), attrs); diff != "" {
				t.Errorf("attributes of %s (-table +measured):\n%s", m.Name, diff)
			}
		}
	}
	if n := len(all.ScopeMetrics[0].Metrics); n < 7 {
		t.Errorf("%d metrics were measured", n)
	}
}

func attributes(data metricdata.Aggregation) (all [][]string) {
	switch d := data.(type) {
	case metricdata.Sum[int64]:
		for _, p := range d.DataPoints {
			all = append(all, keysOf(p.Attributes))
		}
	case metricdata.Histogram[float64]:
		for _, p := range d.DataPoints {
			all = append(all, keysOf(p.Attributes))
		}
	case metricdata.Histogram[int64]:
		for _, p := range d.DataPoints {
			all = append(all, keysOf(p.Attributes))
		}
	}
	return all
}

func keysOf(set attribute.Set) (keys []string) {
	for _, kv := range set.ToSlice() {
		keys = append(keys, string(kv.Key))
	}
	slices.Sort(keys)
	return keys
}

// A run that was cut off and goes on is linked to the stretch before.
func TestObserver_resumed(t *testing.T) {
	t.Parallel()
	w := observe(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	options := adcimport.CustomerOptions{RunOptions: adcimport.RunOptions{RunID: "run-1"}}
	for _, err := range w.imp.ImportCustomersSeq(ctx, adcimport.CustomerFilter{}, options) {
		if n++; n == 3 {
			cancel()
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if _, err := w.imp.Resume(t.Context(), "run-1"); err != nil {
		t.Fatal(err)
	}
	var runs []tracetest.SpanStub
	for _, sp := range w.spans.GetSpans() {
		if sp.Name == "adcimport.run" {
			runs = append(runs, sp)
		}
	}
	if len(runs) != 2 || len(runs[1].Links) != 1 || runs[1].Links[0].SpanContext.SpanID() != runs[0].SpanContext.SpanID() {
		t.Errorf("%d stretches, links %v", len(runs), runs[len(runs)-1].Links)
	}
}

// The zero Config observes nothing, and works.
func TestObserver_zero(t *testing.T) {
	t.Parallel()
	o, err := otelimport.New(otelimport.Config{})
	if err != nil {
		t.Fatal(err)
	}
	imp, err := adcimport.New(adcimport.Config{
		Link: "acme", Source: &adcimporttest.Source{Dealer: adcimporttest.NewDealer(3, 5, 0)}, Sink: &adcimporttest.Sink{},
		Store: &adcimport.MemoryStore{}, Events: otelimport.Join(adcimport.Events{}, o.Events()),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}); err != nil {
		t.Error(err)
	}
}

var update = flag.Bool("update", false, "write the tables of docs/reference.md")

// docs/reference.md has the tables of the code: go test . -run '^TestDocs_tables$' -update
// writes them.
func TestDocs_tables(t *testing.T) {
	t.Parallel()
	const file, begin, end = "../docs/reference.md", "<!-- metrics -->\n", "<!-- end of metrics -->\n"
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(page), begin)
	_, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the tables", file)
	}
	var b strings.Builder
	b.WriteString("Previews are not counted, and are traced. Attributes are named `adcimport.kind` and so on. Those of metrics have few values each: " +
		"nothing of a link, a run or a person.\n\n| metric | instrument | unit | attributes | what |\n|---|---|---|---|---|\n")
	for _, m := range otelimport.Metrics() {
		b.WriteString("| `" + m.Name + "` | " + m.Instrument + " | `" + m.Unit + "` | " + short(m.Attributes) + " | " + m.What + " |\n")
	}
	b.WriteString("\n`reason` is `none` where the action says it all; `cause` is a code of [failures](#failures), `in_doubt` for a wait before " +
		"records are looked up, `none` where nothing failed.\n\n| span | attributes | what |\n|---|---|---|\n")
	for _, s := range otelimport.Spans() {
		b.WriteString("| `" + s.Name + "` | " + short(s.Attributes) + " | " + s.What + " |\n")
	}
	b.WriteString("\nA run is in the trace of the context that it was begun with; a call's context has its span, so that those of an instrumented " +
		"HTTP transport are within it. Pages and waits are events of the run's span (`page_read`, `waiting`). " +
		"A span that failed has a code and no text.\n")
	want := head + begin + b.String() + end + tail
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(page)); diff != "" {
		t.Errorf("docs/reference.md (-code +page):\n%s", diff)
	}
}

// docs/observing.md has the snippet that the example runs.
func TestDocs_snippet(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/observing.md")
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, snippet, _ := strings.Cut(string(page), "```go\n")
	snippet, _, _ = strings.Cut(snippet, "```")
	flush := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	if snippet == "" || !strings.Contains(flush(string(code)), flush(snippet)) {
		t.Errorf("this is compiled nowhere:\n%s", snippet)
	}
}

func short(attrs []string) string {
	out := make([]string, len(attrs))
	for i, a := range attrs {
		out[i] = strings.TrimPrefix(a, "adcimport.")
	}
	return strings.Join(out, ", ")
}
