package otelimport

// Metric is what is measured.
type Metric struct {
	Name       string
	Instrument string // counter, updown or histogram
	Unit       string // of UCUM
	Attributes []string
	What       string
}

// Span is what is traced.
type Span struct {
	Name       string
	Attributes []string
	What       string
}

// Attributes.
const (
	attrLink      = "adcimport.link"
	attrRun       = "adcimport.run_id"
	attrRetryOf   = "adcimport.retry_of"
	attrKind      = "adcimport.kind"      // customer or user
	attrAction    = "adcimport.action"    // as in created
	attrReason    = "adcimport.reason"    // none: the action says it
	attrStatus    = "adcimport.status"    // as in completed
	attrEnd       = "adcimport.end"       // source, sink or store
	attrOperation = "adcimport.operation" // as in Sink.CreateCustomers
	attrOutcome   = "adcimport.outcome"   // ok or error
	attrCause     = "adcimport.cause"     // a code of docs/reference.md; in_doubt: records are looked up later
	attrResumed   = "adcimport.resumed"   // true: the run was begun before
	attrPreview   = "adcimport.preview"   // true: it writes nothing
	attrRecords   = "adcimport.records"
	attrRead      = "adcimport.read"
	attrTotal     = "adcimport.total"
	attrWait      = "adcimport.wait_seconds"
)

const (
	metricRecords   = "adcimport.records"
	metricCalls     = "adcimport.call.duration"
	metricPerCall   = "adcimport.call.records"
	metricRuns      = "adcimport.run.duration"
	metricAtWork    = "adcimport.run.active"
	metricWaits     = "adcimport.wait.duration"
	metricLeases    = "adcimport.leases"
	metricLost      = "adcimport.leases.lost"
	metricNeedYou   = "adcimport.run.need_you"
	spanRun         = "adcimport.run"
	spanBatch       = "adcimport.batch"
	spanPage        = "adcimport.page"
	spanDetail      = "adcimport.detail"
	spanLookUp      = "adcimport.look_up"
	spanWrite       = "adcimport.write"
	spanStore       = "adcimport.store"
	eventWaiting    = "waiting"
	eventPage       = "page_read"
	causeInDoubt    = "in_doubt"
	reasonNone      = "none"
	instrumentation = "github.com/securitytrax/adcimport/otelimport"
)

// Metrics returns the table of all that is measured. Previews are not.
func Metrics() []Metric {
	return []Metric{
		{
			metricRecords, "counter", "{record}",
			[]string{attrKind, attrAction, attrReason},
			"records by what became of them; reasons `in_doubt`, `resting` and `possible_match` (to review) among them",
		},
		{
			metricCalls, "histogram", "s",
			[]string{attrKind, attrEnd, attrOperation, attrOutcome},
			"calls to source, sink and store, and how long they took",
		},
		{
			metricPerCall, "histogram", "{record}",
			[]string{attrKind, attrEnd, attrOperation},
			"how many records a call was about, where that is known",
		},
		{
			metricRuns, "histogram", "s",
			[]string{attrKind, attrStatus, attrCause},
			"stretches of runs, each under one lease, by how they ended, and the code of their failure",
		},
		{metricAtWork, "updown", "{run}", []string{attrKind}, "runs at work in this process"},
		{metricWaits, "histogram", "s", []string{attrKind, attrEnd, attrCause}, "waits within a run, by what for"},
		{metricLeases, "counter", "{lease}", []string{attrKind, attrResumed}, "leases taken: runs that began, or were gone on with"},
		{metricLost, "counter", "{lease}", []string{attrKind}, "leases lost to another process"},
		{metricNeedYou, "histogram", "{record}", []string{attrKind}, "records of a run that ended which wait for a person: failed, or to review"},
	}
}

// Spans returns the table of all that is traced, previews too.
func Spans() []Span {
	call := []string{attrEnd, attrOperation, attrRecords}
	return []Span{
		{
			spanRun,
			[]string{attrLink, attrRun, attrRetryOf, attrKind, attrResumed, attrPreview, attrStatus, attrCause},
			"a stretch of a run, in the trace that it was begun in; one that goes on is linked to the stretch before, where this process had it",
		},
		{spanBatch, []string{attrRead, attrTotal}, "from one commit to the next, with the calls between them"},
		{spanPage, call, "a page of the listing"},
		{spanDetail, call, "the details of one record"},
		{spanLookUp, call, "a question to the sink"},
		{spanWrite, call, "a create, an update or a link"},
		{spanStore, call, "a call to the store, where Config.StoreSpans is set"},
	}
}
