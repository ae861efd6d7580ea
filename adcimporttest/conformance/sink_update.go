package conformance

import (
	"slices"

	"github.com/securitytrax/adcimport"
)

func updateRules[R any](what string, side func(SinkCase) *sinkSide[R]) []rule[SinkCase] {
	on := sinkOn(what, side)
	return []rule[SinkCase]{
		on("update", "an update returns one result for each record, in order, changes those records and makes none", sinkUpdate[R]),
		on("update_unknown", "an update of an id that is not there is not Created, makes nothing, and spoils no other one", sinkUpdateUnknown[R]),
		on("update_lengths", "as many ids as records, or an update is an error and writes nothing", sinkUpdateLengths[R]),
	}
}

// canUpdate leaves rules out that need an updater.
func (s *sinkSide[R]) canUpdate(t *trial) bool {
	if s.update == nil {
		t.leaveOut("the sink does not update " + s.what)
	}
	return t.err == nil
}

func sinkUpdate[R any](t *trial, s *sinkSide[R]) {
	if !s.canUpdate(t) {
		return
	}
	recs := s.records(0, 3)
	made := s.created(t, recs...)
	ids := []string{made[2].ID, made[0].ID}
	results, err := s.update(t.ctx, slices.Clone(ids), []R{s.moved(recs[2]), s.moved(recs[0])})
	t.noError("update "+s.what, err)
	for i, r := range t.filled(results, 2) {
		if r.Status != adcimport.WriteCreated || r.ID != ids[i] {
			t.failf("result %d is %s with id %q (%v), want Created with id %s", i+1, statusName(r.Status), r.ID, r.Err, ids[i])
		}
	}
	for n := range recs {
		s.holds(t, "after an update", n, 1)
		s.lives(t, made[n].ID, n != 1)
	}
}

// lives wants a record to have moved, or not.
func (s *sinkSide[R]) lives(t *trial, id string, moved bool) {
	if s.back == nil {
		return
	}
	got, err := s.back(t.ctx, id)
	t.noError("read "+s.what+" back", err)
	if _, _, city := s.fields(&got); (*city == movedTo) != moved {
		t.failf("record %s was updated: %t, want %t", id, *city == movedTo, moved)
	}
}

func sinkUpdateUnknown[R any](t *trial, s *sinkSide[R]) {
	if !s.canUpdate(t) {
		return
	}
	rec := s.record(0)
	id := s.created(t, rec)[0].ID
	results, err := s.update(t.ctx, []string{"999999999", id}, []R{s.record(1), s.moved(rec)})
	t.noError("update "+s.what, unlessOfRecords(err))
	results = t.filled(results, 2)
	if st := results[0].Status; st == adcimport.WriteCreated || st == adcimport.WriteExists {
		t.failf("the update of an id that is not there is %s", statusName(st))
	}
	if results[1].Status != adcimport.WriteCreated {
		t.failf("the update beside it is %s (%v)", statusName(results[1].Status), results[1].Err)
	}
	s.holds(t, "after the update of an id that is not there", 1, 0)
}

func sinkUpdateLengths[R any](t *trial, s *sinkSide[R]) {
	if !s.canUpdate(t) {
		return
	}
	rec := s.record(0)
	id := s.created(t, rec)[0].ID
	if _, err := s.update(t.ctx, []string{id}, []R{s.moved(rec), s.record(1)}); err == nil {
		t.failf("one id for two records is no error")
	}
	s.lives(t, id, false)
}
