package otelimport

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/securitytrax/adcimport"
)

// Config of an [Observer]. The zero value observes nothing, and works.
type Config struct {
	TracerProvider trace.TracerProvider // nil: no spans
	MeterProvider  metric.MeterProvider // nil: no metrics
	StoreSpans     bool                 // calls to the store are spans too; they are many
}

// maxRemembered bounds the runs whose last stretch is remembered, to be linked to.
const maxRemembered = 1000

// Observer observes the runs of any number of importers. It is safe for concurrent use.
type Observer struct {
	cfg    Config
	tracer trace.Tracer
	meters *meters

	mu   sync.Mutex
	runs map[string]*run              // at work, by link and id
	last map[string]trace.SpanContext // of stretches that ended and go on
}

// run is a stretch at work. Its hooks are called one at a time.
type run struct {
	began time.Time
	kind  attribute.KeyValue
	ctx   context.Context //nolint:containedctx // of the run's span, for its children
	span  trace.Span
	batch trace.Span
	inner context.Context //nolint:containedctx // of the batch's span
}

// New makes an observer. Its error is one of the meter provider's.
func New(cfg Config) (*Observer, error) {
	o := &Observer{cfg: cfg, runs: make(map[string]*run), last: make(map[string]trace.SpanContext)}
	if cfg.TracerProvider != nil {
		o.tracer = cfg.TracerProvider.Tracer(instrumentation)
	}
	var err error
	if cfg.MeterProvider != nil {
		o.meters, err = newMeters(cfg.MeterProvider.Meter(instrumentation))
	}
	if err != nil {
		return nil, fmt.Errorf("otelimport: make the instruments: %w", err)
	}
	return o, nil
}

// Events are the hooks of an importer's Config. Where the host has some of its own,
// [Join] calls both.
func (o *Observer) Events() adcimport.Events {
	return adcimport.Events{
		RunStarted: o.started, PageRead: o.pageRead, Waiting: o.waiting, Call: o.call,
		RecordDone: o.recordDone, Committed: o.committed, RunEnded: o.ended,
	}
}

func keyOf(s *adcimport.Summary) string { return s.Link + "\x00" + s.RunID }

func (o *Observer) at(s *adcimport.Summary) *run {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.runs[keyOf(s)]
}

func (o *Observer) started(ctx context.Context, info adcimport.RunInfo) {
	r := &run{began: time.Now(), kind: attribute.String(attrKind, string(info.Kind)), ctx: ctx, inner: ctx}
	key := keyOf(&info.Summary)
	o.mu.Lock()
	before, gone := o.last[key]
	delete(o.last, key)
	o.runs[key] = r
	o.mu.Unlock()
	if o.tracer != nil {
		options := []trace.SpanStartOption{trace.WithAttributes(
			attribute.String(attrLink, info.Link), attribute.String(attrRun, info.RunID), r.kind,
			attribute.Bool(attrResumed, info.Resumed), attribute.Bool(attrPreview, info.DryRun),
		)}
		if info.RetryOf != "" {
			options = append(options, trace.WithAttributes(attribute.String(attrRetryOf, info.RetryOf)))
		}
		if gone {
			options = append(options, trace.WithLinks(trace.Link{SpanContext: before}))
		}
		r.ctx, r.span = o.tracer.Start(ctx, spanRun, options...)
		o.nextBatch(r)
	}
	if o.meters != nil && !info.DryRun {
		o.meters.atWork.Add(ctx, 1, metric.WithAttributes(r.kind))
		o.meters.leases.Add(ctx, 1, metric.WithAttributes(r.kind, attribute.Bool(attrResumed, info.Resumed)))
	}
}

// nextBatch begins the span of a batch.
func (o *Observer) nextBatch(r *run) { r.inner, r.batch = o.tracer.Start(r.ctx, spanBatch) }

func (o *Observer) pageRead(_ context.Context, info adcimport.RunInfo, p adcimport.Progress) {
	if r := o.at(&info.Summary); r != nil && r.span != nil {
		r.span.AddEvent(eventPage, trace.WithAttributes(attribute.Int(attrRead, p.Counts.Read), attribute.Int(attrTotal, p.Total)))
	}
}

func (o *Observer) waiting(ctx context.Context, info adcimport.RunInfo, d time.Duration) {
	end, cause := "sink", causeInDoubt
	if f := info.Failure; f != nil {
		end, cause = f.End, f.Code
	}
	attrs := []attribute.KeyValue{attribute.String(attrEnd, end), attribute.String(attrCause, cause)}
	r := o.at(&info.Summary)
	if r == nil {
		return
	}
	if r.span != nil {
		r.span.AddEvent(eventWaiting, trace.WithAttributes(append(attrs, attribute.Float64(attrWait, d.Seconds()))...))
	}
	if o.meters != nil && !info.DryRun {
		o.meters.waits.Record(ctx, d.Seconds(), metric.WithAttributes(append(attrs, r.kind)...))
	}
}

func (o *Observer) recordDone(ctx context.Context, info adcimport.RunInfo, out adcimport.Outcome) {
	if o.meters == nil || info.DryRun {
		return
	}
	reason := string(out.Reason)
	if reason == "" {
		reason = reasonNone
	}
	o.meters.records.Add(ctx, 1, metric.WithAttributes(
		attribute.String(attrKind, string(info.Kind)), attribute.String(attrAction, string(out.Action)), attribute.String(attrReason, reason),
	))
}

func (o *Observer) committed(_ context.Context, info adcimport.RunInfo, p adcimport.Progress) {
	if r := o.at(&info.Summary); r != nil && r.batch != nil {
		r.batch.SetAttributes(attribute.Int(attrRead, p.Counts.Read), attribute.Int(attrTotal, p.Total))
		r.batch.End()
		o.nextBatch(r)
	}
}

func (o *Observer) ended(ctx context.Context, s adcimport.Summary, err error) {
	key := keyOf(&s)
	o.mu.Lock()
	r := o.runs[key]
	delete(o.runs, key)
	if r != nil && r.span != nil && !s.Status.Ended() && !s.DryRun && len(o.last) < maxRemembered {
		o.last[key] = r.span.SpanContext()
	}
	o.mu.Unlock()
	if r == nil {
		return
	}
	cause := reasonNone
	if s.Failure != nil {
		cause = s.Failure.Code
	}
	if r.span != nil {
		r.batch.End()
		r.span.SetAttributes(attribute.String(attrStatus, string(s.Status)), attribute.String(attrCause, cause))
		if s.Status == adcimport.StatusFailed || s.Status == adcimport.StatusStopped {
			r.span.SetStatus(codes.Error, cause) // no text of the error's: it is the host's to log
		}
		r.span.End()
	}
	if o.meters == nil || s.DryRun {
		return
	}
	o.meters.atWork.Add(ctx, -1, metric.WithAttributes(r.kind))
	o.meters.runs.Record(ctx, time.Since(r.began).Seconds(), metric.WithAttributes(
		r.kind, attribute.String(attrStatus, string(s.Status)), attribute.String(attrCause, cause)))
	if errors.Is(err, adcimport.ErrLeaseLost) {
		o.meters.lost.Add(ctx, 1, metric.WithAttributes(r.kind))
	}
	if s.Status.Ended() {
		o.meters.needYou.Record(ctx, int64(s.Counts.Failed+s.ToReview()), metric.WithAttributes(r.kind))
	}
}

func (o *Observer) call(ctx context.Context, info adcimport.RunInfo, c adcimport.CallInfo) (context.Context, func(error)) {
	r := o.at(&info.Summary)
	if r == nil { // before its lease, or after
		return nil, nil
	}
	attrs := []attribute.KeyValue{attribute.String(attrEnd, c.End), attribute.String(attrOperation, c.Operation)}
	var span trace.Span
	if o.tracer != nil && (c.End != "store" || o.cfg.StoreSpans) {
		parent := trace.ContextWithSpan(ctx, trace.SpanFromContext(r.inner)) // the call's context, under the batch
		ctx, span = o.tracer.Start(parent, spanOf(c), trace.WithAttributes(append(attrs, attribute.Int(attrRecords, c.Records))...))
	}
	began := time.Now()
	return ctx, func(err error) {
		outcome := "ok"
		if err != nil {
			outcome = "error"
		}
		if span != nil {
			if err != nil {
				span.SetStatus(codes.Error, codeOf(err))
			}
			span.End()
		}
		if o.meters == nil || info.DryRun {
			return
		}
		all := metric.WithAttributes(append([]attribute.KeyValue{r.kind}, attrs...)...)
		if c.Records > 0 {
			o.meters.perCall.Record(ctx, int64(c.Records), all)
		}
		o.meters.calls.Record(ctx, time.Since(began).Seconds(), all, metric.WithAttributes(attribute.String(attrOutcome, outcome)))
	}
}

// codeOf is the code of a call that failed; nothing else of an error is shown.
func codeOf(err error) string {
	if e, ok := errors.AsType[*adcimport.CallError](err); ok && e.Code != "" {
		return e.Code
	}
	return "error"
}

func spanOf(c adcimport.CallInfo) string {
	_, method, _ := strings.Cut(c.Operation, ".")
	switch {
	case c.End == "store":
		return spanStore
	case c.End == "source" && strings.HasSuffix(method, "Detail"):
		return spanDetail
	case c.End == "source":
		return spanPage
	case strings.HasPrefix(method, "Create"), strings.HasPrefix(method, "Update"), strings.HasPrefix(method, "Link"):
		return spanWrite
	}
	return spanLookUp
}
