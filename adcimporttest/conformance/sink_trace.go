package conformance

import (
	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/ability"
)

func traceRules() []rule[SinkCase] {
	return []rule[SinkCase]{
		{
			"customers_trace", "TraceCustomers does not return who has an Alarm.com id, nor somebody else, and is an error when canceled",
			sinkTrace,
		},
	}
}

func sinkTrace(t *trial, c SinkCase) {
	tracer, ok := ability.Find[adcimport.CustomerTracer](c.Sink)
	s := customerSinkSide(c)
	if !ok || !s.supported(t) || !s.proves {
		t.leaveOut("the sink does not look for customers without their id")
		return
	}
	there, other := s.record(0), s.record(1)
	s.created(t, there)
	other.LastName += "-Other"
	found, err := tracer.TraceCustomers(t.ctx, []adcimport.CustomerRecord{there, other})
	t.noError("TraceCustomers", err)
	for id, ids := range found {
		t.failf("for %s it returns %v", id, ids)
	}
	if found, err := tracer.TraceCustomers(canceledContext(t), []adcimport.CustomerRecord{other}); err == nil && len(found) == 0 {
		t.failf("under a canceled context it returned, without an error, that there are none")
	}
}
