package conformance

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/securitytrax/adcimport"
)

func createRules[R any](what string, side func(SinkCase) *sinkSide[R]) []rule[SinkCase] {
	on := sinkOn(what, side)
	return []rule[SinkCase]{
		on("results", "a create returns one result for each record, in order, with the destination's id, and makes each once", sinkResults[R]),
		on("none", "no records or keys are no error, and nothing is written", sinkNone[R]),
		on("repeat", "a repeated create tells the truth: Created is another record, Exists the same one; under a key that is honoured it is none",
			sinkRepeat[R]),
		on("refused", "a record that is refused for good is Rejected with a reason, is not written, and spoils no other one", sinkRefused[R]),
		on("validator", "a validator names nothing of a record that is taken, something of one that is refused, and writes nothing",
			sinkValidator[R]),
		on("batch_changed", "a create does not change its records", sinkBatchChanged[R]),
		on("batch_kept", "a create does not keep its records: the caller may change them after the call", sinkBatchKept[R]),
		on("concurrent", "creates may go on at the same time", sinkConcurrent[R]),
		on("lost_reply", "a create whose reply is lost is Unknown, unless it was found, and is not repeated", sinkLostReply[R]),
	}
}

func sinkResults[R any](t *trial, s *sinkSide[R]) {
	recs := s.records(0, 5)
	results := s.created(t, recs...)
	for i := range recs {
		s.holds(t, "after the create", i, 1)
		if s.back == nil {
			continue
		}
		got, err := s.back(t.ctx, results[i].ID)
		t.noError("read "+s.what+" back", err)
		if id, _, _ := s.fields(&got); *id != suiteID(i) {
			t.failf("result %d has the id of the record of %s", i+1, *id)
		}
	}
	if !s.proves {
		return
	}
	for i, found := range s.foundInOrder(t, recs) {
		if found != results[i].ID {
			t.failf("result %d has id %s, and Find returns %s", i+1, results[i].ID, found)
		}
	}
}

// foundInOrder are the first ids that Find returns for records, for those that
// it finds.
func (s *sinkSide[R]) foundInOrder(t *trial, recs []R) map[int]string {
	found := s.look(t, recs...)
	first := make(map[int]string)
	for i, rec := range recs {
		if ids := found[s.key(rec).id]; len(ids) > 0 {
			first[i] = ids[0]
		}
	}
	return first
}

func sinkNone[R any](t *trial, s *sinkSide[R]) {
	for _, recs := range [][]R{nil, {}} {
		results, err := s.create(t.ctx, recs)
		t.noError("create no "+s.what, err)
		t.equal("results for no records", len(results), 0)
		found, err := s.find(t.ctx, nil)
		t.noError("find no "+s.what, err)
		t.equal("found for no keys", len(found), 0)
		if s.update != nil {
			results, err = s.update(t.ctx, nil, recs)
			t.noError("update no "+s.what, err)
			t.equal("results for no records", len(results), 0)
		}
	}
}

func sinkRepeat[R any](t *trial, s *sinkSide[R]) {
	if !s.canCount(t) {
		return
	}
	rec := s.record(0)
	first := s.created(t, rec)[0]
	second := s.write(t, rec)[0]
	held := 1
	switch second.Status {
	case adcimport.WriteCreated:
		if second.ID != first.ID {
			held = 2
		}
	case adcimport.WriteExists:
		t.equal("the id of the record that exists", second.ID, first.ID)
	case adcimport.WriteRejected:
	case adcimport.WriteUnknown, adcimport.WriteNotSent:
		t.failf("the second create is %s (%v)", statusName(second.Status), second.Err)
	}
	s.holds(t, fmt.Sprintf("after a repeated create that is %s with id %s after %s", statusName(second.Status), second.ID, first.ID), 0, held)
	if s.honours && (held != 1 || second.Status == adcimport.WriteRejected) {
		t.failf("the key is honoured, and the second create under it is %s with id %s after %s", statusName(second.Status), second.ID, first.ID)
	}
}

func sinkRefused[R any](t *trial, s *sinkSide[R]) {
	bad, ok := s.bad(suiteID(1))
	if !ok {
		t.leaveOut("the case has no record of " + s.what + " that is refused")
		return
	}
	bad = s.keyed(bad, 1)
	results := s.write(t, s.record(0), bad, s.record(2))
	for i, r := range results {
		want := adcimport.WriteCreated
		if i == 1 {
			want = adcimport.WriteRejected
		}
		if r.Status != want {
			t.failf("result %d of a batch whose second record is bad is %s (%v), want %s", i+1, statusName(r.Status), r.Err, statusName(want))
		}
		s.holds(t, "after a batch with a bad record", i, map[bool]int{true: 1, false: 0}[i != 1])
	}
	if results[1].Err == nil {
		t.failf("the record is Rejected without an Err")
	}
}

func sinkValidator[R any](t *trial, s *sinkSide[R]) {
	if s.validate == nil {
		t.leaveOut("the sink has no validator of " + s.what)
		return
	}
	if fields := s.validate(s.record(0)); len(fields) > 0 {
		t.failf("of a record that is taken it names %v", fields)
	}
	s.holds(t, "after validation", 0, 0)
	s.created(t, s.record(0))
	bad, ok := s.bad(suiteID(1))
	if !ok {
		return
	}
	bad = s.keyed(bad, 1)
	for _, f := range s.validate(bad) {
		if f.Field == "" || f.Rule == "" {
			t.failf("a field error has field %q and rule %q", f.Field, f.Rule)
		}
	}
	if named, r := len(s.validate(bad)), s.write(t, bad)[0]; (named > 0) != (r.Status == adcimport.WriteRejected) {
		t.failf("of a bad record it names %d fields, and the create is %s", named, statusName(r.Status))
	}
}

func sinkBatchChanged[R any](t *trial, s *sinkSide[R]) {
	recs := s.records(0, 3)
	given := make([]R, len(recs))
	for i, rec := range recs {
		given[i] = s.clone(rec)
	}
	s.write(t, given...)
	for i := range recs {
		if names := differences(given[i], recs[i]); len(names) > 0 {
			t.failf("record %d of the call has other %v after it", i+1, names)
		}
	}
}

func sinkBatchKept[R any](t *trial, s *sinkSide[R]) {
	if !s.canCount(t) {
		return
	}
	given := s.records(0, 3)
	results, err := s.create(t.ctx, given)
	t.noError("create "+s.what, err)
	results = t.filled(results, len(given))
	var before []R
	for _, r := range results {
		if s.back != nil {
			rec, err := s.back(t.ctx, r.ID)
			t.noError("read "+s.what+" back", err)
			before = append(before, s.clone(rec))
		}
	}
	for i := range given {
		s.smear(&given[i])
	}
	for i, r := range results {
		s.holds(t, "after the caller changed the batch", i, 1)
		if s.back == nil {
			continue
		}
		after, err := s.back(t.ctx, r.ID)
		t.noError("read "+s.what+" back", err)
		if names := differences(after, before[i]); len(names) > 0 {
			t.failf("the caller changed the batch, and record %d changed with it: %v", i+1, names)
		}
	}
}

func sinkConcurrent[R any](t *trial, s *sinkSide[R]) {
	const writers, size = 6, 4
	errs := make([]error, writers)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			errs[i] = t.own(func(own *trial) {
				recs := s.records(i*size, size)
				results := s.created(own, recs...)
				for j, found := range s.foundInOrder(own, recs) {
					own.equal("found by one of several at a time", found, results[j].ID)
				}
			})
		})
	}
	wg.Wait()
	t.noError("several creates at a time", errors.Join(errs...))
	for n := range writers * size {
		s.holds(t, "after several creates at a time", n, 1)
	}
}

func sinkLostReply[R any](t *trial, s *sinkSide[R]) {
	if s.lose == nil {
		t.leaveOut("the destination has no LoseReply")
		return
	}
	rec := s.record(0)
	s.lose()
	results, err := s.create(t.ctx, []R{rec}) // an error may end the run: the results count
	r := append(results, adcimport.WriteResult{})[0]
	switch r.Status {
	case adcimport.WriteUnknown:
	case adcimport.WriteCreated, adcimport.WriteExists:
		if r.ID == "" {
			t.failf("it is %s without an id", statusName(r.Status))
		}
	case adcimport.WriteRejected, adcimport.WriteNotSent:
		t.failf("it is %s (%v)", statusName(r.Status), errors.Join(r.Err, err))
	}
	s.holds(t, "after a create whose reply was lost", 0, 1)
}

// canceledContext is one that has ended.
func canceledContext(t *trial) context.Context {
	ctx, cancel := context.WithCancel(t.ctx)
	cancel()
	return ctx
}
