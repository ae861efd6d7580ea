package conformance

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/ability"
)

// What an end says when its service cannot be reached: the importer waits, and
// judges by it whose failure that is.

func sinkAwayRules[R any](what string, side func(SinkCase) *sinkSide[R]) []rule[SinkCase] {
	on := func(name, explain string, check func(*trial, *sinkSide[R])) rule[SinkCase] {
		return rule[SinkCase]{what + "_" + name, explain, func(t *trial, c SinkCase) {
			if c.Away == nil {
				t.leaveOut("there is no sink whose destination is away")
				return
			}
			here := side(c)
			c.Sink = c.Away
			s := side(c)
			s.good = here.good
			if _, err := s.find(t.ctx, nil); errors.Is(err, errors.ErrUnsupported) || !s.proves {
				t.leaveOut("the sink has no " + s.what + " that it can look up")
				return
			}
			check(t, s)
		}}
	}
	return []rule[SinkCase]{
		on("away_read", "to read while the destination is away is a *CallError: nothing is gone", func(t *trial, s *sinkSide[R]) {
			if s.readAll == nil {
				t.leaveOut("the sink does not read " + s.what)
				return
			}
			_, err := s.readAll(t.ctx, []string{nobodyID, "1"})
			t.callError("Read", "sink", err)
		}),
		on("away_match", "to ask for candidates while the destination is away is a *CallError: not nobody", func(t *trial, s *sinkSide[R]) {
			if s.matches(t) {
				_, err := s.match.ask(t.ctx, s.records(0, 2))
				t.callError("Match", "sink", err)
			}
		}),
		on("away_link", "a link while the destination is away is in doubt or not sent", func(t *trial, s *sinkSide[R]) {
			if s.matches(t) {
				s.awayWrites(t, func(ctx context.Context) ([]adcimport.WriteResult, error) {
					return s.link(ctx, []sideLink{{sinkID: nobodyID, id: suiteID(0)}, {sinkID: "1", id: suiteID(1)}})
				})
			}
		}),
		on("away_find", "Find while the destination is away is a *CallError: no empty result, no RecordError", func(t *trial, s *sinkSide[R]) {
			_, err := s.find(t.ctx, []sideKey[R]{s.key(s.record(0)), s.key(s.record(1))})
			t.callError("Find", "sink", err)
		}),
		on("away_create", "a create while the destination is away is in doubt or not sent", func(t *trial, s *sinkSide[R]) {
			s.awayWrites(t, func(ctx context.Context) ([]adcimport.WriteResult, error) { return s.create(ctx, s.records(0, 2)) })
		}),
	}
}

// awayWrites wants a write to be in doubt, or not sent.
func (s *sinkSide[R]) awayWrites(t *trial, write func(ctx context.Context) ([]adcimport.WriteResult, error)) {
	ctx, cancel := context.WithTimeout(t.ctx, awayLimit)
	defer cancel()
	results, err := write(ctx)
	if err != nil {
		t.callError("a write", "sink", err)
	}
	for i, r := range results {
		if r.Status != adcimport.WriteUnknown && r.Status != adcimport.WriteNotSent {
			t.failf("result %d is %s", i+1, statusName(r.Status))
		}
		if r.Err != nil {
			t.impersonal("a write", r.Err)
		}
	}
}

// awayLimit is for a call that an importer makes under a lease.
const awayLimit = time.Minute

func sourceAwayRules() []rule[SourceCase] {
	away := func(c SourceCase, t *trial) bool {
		if c.Away == nil {
			t.leaveOut("there is no source whose service is away")
		}
		return c.Away != nil
	}
	return []rule[SourceCase]{
		{"away_customers", "a listing while the service is away ends with a *CallError: not as an empty account", func(t *trial, c SourceCase) {
			if away(c, t) {
				awayList(t, customerSide(SourceCase{Source: c.Away}))
			}
		}},
		{"away_users", "the same for users", func(t *trial, c SourceCase) {
			if away(c, t) {
				awayList(t, userSide(SourceCase{Source: c.Away}))
			}
		}},
		{"away_detail", "a detail while the service is away is a *CallError: not the customer's fault", func(t *trial, c SourceCase) {
			d, ok := ability.Find[adcimport.CustomerDetailer](c.Away)
			if !away(c, t) || !ok || len(c.Customers) == 0 {
				t.leaveOut("the source has no details")
				return
			}
			_, err := d.CustomerDetail(t.ctx, c.Customers[0].ID)
			t.callError("CustomerDetail", "source", err)
		}},
	}
}

func awayList[T any](t *trial, s *sourceSide[T]) {
	for _, err := range s.list(t.ctx, sideFilter{}, "") {
		if errors.Is(err, errors.ErrUnsupported) {
			t.leaveOut("the source has no " + s.what)
			return
		}
		if err != nil {
			t.callError("a listing", "source", err)
			return
		}
	}
	t.failf("a listing ended without an error")
}

// callCodes are what an end may say of a call that failed.
func callCodes() []string {
	return []string{"auth", "denied", "not_found", "rate_limited", "refused", "unavailable", "timeout", "unreadable"}
}

// callError wants an error that says in codes what an end saw, and nothing personal.
func (t *trial) callError(call, end string, err error) {
	e, ok := errors.AsType[*adcimport.CallError](err)
	switch {
	case !ok:
		t.failf("%s: %v, want a *CallError", call, err)
	case e.End != end || e.Operation == "" || !slices.Contains(callCodes(), e.Code):
		t.failf("%s: a *CallError with end %q, operation %q and code %q", call, e.End, e.Operation, e.Code)
	case slices.Contains([]string{"auth", "denied", "not_found", "refused"}, e.Code):
		t.failf("%s: code %s says that waiting does not help", call, e.Code)
	}
	if _, single := errors.AsType[*adcimport.RecordError](err); single {
		t.failf("%s: %v blames a record", call, err)
	}
	t.impersonal(call, err)
}
