package conformance

import (
	"slices"

	"github.com/securitytrax/adcimport"
)

func findRules[R any](what string, side func(SinkCase) *sinkSide[R]) []rule[SinkCase] {
	on := sinkOn(what, side)
	return []rule[SinkCase]{
		on("find_created", "what was created is found at once, by its Alarm.com id, under the id that create returned", sinkFindCreated[R]),
		on("find_unknown", "Find returns nothing for a key that is not there, and nothing that was not asked for", sinkFindUnknown[R]),
		on("find_bare", "a key of nothing but an Alarm.com id is looked up by it", sinkFindBare[R]),
		on("find_control", "a bare key of what is there is found among records that are not: it shows that they are absent", sinkFindControl[R]),
		on("find_both", "two records under one Alarm.com id are both found", sinkFindBoth[R]),
		on("find_repeated", "a key that comes twice in a call does not make two records of one", sinkFindRepeated[R]),
		on("find_many", "many keys in one call are all looked up", sinkFindMany[R]),
		on("find_prefix", "an id is found as a whole: 12 finds neither 123 nor 112", sinkFindPrefix[R]),
		on("find_keys", "Find does not change its keys", sinkFindKeys[R]),
		on("find_cancel", "Find under a canceled context is an error: it must not look like an empty result", sinkFindCancel[R]),
	}
}

// canFind leaves rules out that a sink which keeps no Alarm.com id cannot keep.
func (s *sinkSide[R]) canFind(t *trial) bool {
	if !s.proves {
		t.leaveOut("the sink's Find proves no absence of " + s.what)
	}
	return t.err == nil
}

func sinkFindCreated[R any](t *trial, s *sinkSide[R]) {
	if !s.canFind(t) {
		return
	}
	recs := s.records(0, 3)
	results := s.created(t, recs...)
	found := s.look(t, recs...)
	for i := range recs {
		t.equal("found for "+suiteID(i), found[suiteID(i)], []string{results[i].ID})
	}
}

func sinkFindUnknown[R any](t *trial, s *sinkSide[R]) {
	s.created(t, s.record(0))
	for id := range s.look(t, s.record(1), s.record(2)) {
		t.failf("Find has an entry for %s, which is not there or was not asked for", id)
	}
	for id := range s.look(t, s.record(0), s.record(1)) {
		if id != suiteID(0) {
			t.failf("Find has an entry for %s, which is not there or was not asked for", id)
		}
	}
}

func sinkFindBare[R any](t *trial, s *sinkSide[R]) {
	if !s.canFind(t) {
		return
	}
	id := s.created(t, s.record(0))[0].ID
	found, err := s.find(t.ctx, []sideKey[R]{{id: suiteID(0)}, {id: suiteID(1)}})
	t.noError("find "+s.what, err)
	t.found("found", found, map[string][]string{suiteID(0): {id}})
}

// sinkFindControl asks as the importer does for records in doubt.
func sinkFindControl[R any](t *trial, s *sinkSide[R]) {
	if !s.canFind(t) {
		return
	}
	const doubtful = 120
	id := s.created(t, s.record(0))[0].ID
	keys := make([]sideKey[R], 0, doubtful+1)
	for _, rec := range s.records(1, doubtful) {
		keys = append(keys, s.key(rec))
	}
	found, err := s.find(t.ctx, append(keys, sideKey[R]{id: suiteID(0)}))
	t.noError("find "+s.what, err)
	t.found("found", found, map[string][]string{suiteID(0): {id}})
}

func sinkFindBoth[R any](t *trial, s *sinkSide[R]) {
	if !s.canFind(t) {
		return
	}
	rec := s.record(0)
	want := []string{s.created(t, rec)[0].ID}
	second := s.write(t, s.otherKey(rec))[0]
	if second.Status == adcimport.WriteCreated && second.ID != want[0] {
		want = append(want, second.ID)
	}
	got := slices.Sorted(slices.Values(s.look(t, rec)[suiteID(0)]))
	slices.Sort(want)
	t.equal("found after the second create was "+statusName(second.Status), got, want)
}

func sinkFindRepeated[R any](t *trial, s *sinkSide[R]) {
	if !s.canFind(t) {
		return
	}
	rec := s.record(0)
	id := s.created(t, rec)[0].ID
	t.found("found for a key that came twice", s.look(t, rec, rec), map[string][]string{suiteID(0): {id}})
}

const manyKeys = 300

func sinkFindMany[R any](t *trial, s *sinkSide[R]) {
	if !s.canFind(t) {
		return
	}
	recs := s.records(0, manyKeys)
	there := []R{recs[1], recs[manyKeys/2], recs[manyKeys-1]}
	results := s.created(t, there...)
	want := map[string][]string{}
	for i, rec := range there {
		want[s.key(rec).id] = []string{results[i].ID}
	}
	t.found("found among many", s.look(t, recs...), want)
}

// sinkFindPrefix asks for ids that are a part of one that is there, and the other way round.
func sinkFindPrefix[R any](t *trial, s *sinkSide[R]) {
	if !s.canFind(t) {
		return
	}
	named := func(id string) R {
		rec := s.good(id)
		own, key, _ := s.fields(&rec)
		*own, *key = id, "suite/"+s.what+"/"+id
		return rec
	}
	const there = "71234567"
	made := s.created(t, named(there))[0].ID
	for _, parts := range [][]string{{"7123456"}, {"1234567"}, {"712345678", "671234567"}, {"7123456", there, "712345678"}} {
		var recs []R
		for _, id := range parts {
			recs = append(recs, named(id))
		}
		for id, found := range s.look(t, recs...) {
			if len(found) > 0 && (id != there || len(found) > 1 || found[0] != made) {
				t.failf("%s is there, and what is found for %s is %v", there, id, found)
			}
		}
	}
}

func sinkFindKeys[R any](t *trial, s *sinkSide[R]) {
	recs := s.records(0, 3)
	slices.Reverse(recs)
	keys := make([]sideKey[R], len(recs))
	for i, rec := range recs {
		keys[i] = s.key(s.clone(rec))
	}
	_, err := s.find(t.ctx, keys)
	t.noError("find "+s.what, err)
	for i := range keys {
		if names := differences(keys[i].rec, recs[i]); len(names) > 0 {
			t.failf("key %d of the call has other %v after it", i+1, names)
		}
	}
}

func sinkFindCancel[R any](t *trial, s *sinkSide[R]) {
	if !s.canFind(t) {
		return
	}
	rec := s.record(0)
	s.created(t, rec)
	found, err := s.find(canceledContext(t), []sideKey[R]{s.key(rec)})
	if err == nil && len(found) == 0 {
		t.failf("Find under a canceled context returned, without an error, that the record is not there")
	}
}
