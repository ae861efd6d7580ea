package conformance

import (
	"slices"

	"github.com/securitytrax/adcimport"
)

// ownRules are about what an update leaves, and clears, and what the sink reads.
func ownRules[R any](what string, side func(SinkCase) *sinkSide[R]) []rule[SinkCase] {
	on := sinkOn(what, side)
	return []rule[SinkCase]{
		on("update_leaves", "an update leaves what is empty in the record, and what Leave names", sinkUpdateLeaves[R]),
		on("update_clears", "an update says in Cleared which fields of Clear are empty now, and these only", sinkUpdateClears[R]),
		on("read_cancel", "to read under a canceled context is an error: it must not look like what is gone", sinkReadCancel[R]),
		on("read", "what is read by the destination's ids is what is there, and what is not there is missing", sinkRead[R]),
	}
}

// withoutEmail is the record with the e-mail left alone, or cleared.
func (s *sinkSide[R]) withoutEmail(rec R, clears bool) R {
	rec = s.clone(rec)
	email, toClear, leave := s.owned(&rec)
	*email = ""
	if clears {
		*toClear = []string{"Email"}
	} else {
		*leave = []string{"Email"}
	}
	return rec
}

func sinkUpdateLeaves[R any](t *trial, s *sinkSide[R]) {
	s.updateEmail(t, false, func(before, after string, _ []string) {
		if after != before {
			t.failf("the e-mail was left out, and changed")
		}
	})
}

func sinkUpdateClears[R any](t *trial, s *sinkSide[R]) {
	s.updateEmail(t, true, func(_, after string, cleared []string) {
		if says := slices.Contains(cleared, "Email"); says != (after == "") {
			t.failf("the e-mail is empty: %t; Cleared says so: %t", after == "", says)
		}
	})
}

// updateEmail updates a record without its e-mail, and looks at what is there.
func (s *sinkSide[R]) updateEmail(t *trial, clears bool, look func(before, after string, cleared []string)) {
	if !s.canUpdate(t) {
		return
	}
	if s.back == nil {
		t.leaveOut("nothing reads " + s.what + " back")
		return
	}
	rec := s.record(0)
	id := s.created(t, rec)[0].ID
	email := func() string {
		got, err := s.back(t.ctx, id)
		t.noError("read "+s.what+" back", err)
		text, _, _ := s.owned(&got)
		return *text
	}
	before := email()
	results, err := s.update(t.ctx, []string{id}, []R{s.moved(s.withoutEmail(rec, clears))})
	t.noError("update "+s.what, err)
	if r := t.filled(results, 1)[0]; r.Status != adcimport.WriteCreated {
		t.failf("the update is %s (%v)", statusName(r.Status), r.Err)
	} else {
		look(before, email(), r.Cleared)
	}
	s.lives(t, id, true)
}

func sinkRead[R any](t *trial, s *sinkSide[R]) {
	if s.readAll == nil {
		t.leaveOut("the sink does not read " + s.what)
		return
	}
	recs := s.records(0, 2)
	made := s.created(t, recs...)
	const none = "999999999"
	found, err := s.readAll(t.ctx, []string{made[1].ID, none, made[0].ID})
	t.noError("read "+s.what, err)
	if _, ok := found[none]; ok || len(found) != len(made) {
		t.failf("%d of %d were read; the one that is not there is among them: %t", len(found), len(made), ok)
	}
	for i, m := range made {
		got := found[m.ID]
		_, _, city := s.fields(&got)
		_, _, want := s.fields(&recs[i])
		email, _, _ := s.owned(&got)
		wantEmail, _, _ := s.owned(&recs[i])
		if *city != *want || *email != *wantEmail {
			t.failf("record %d is not read as it was written", i+1)
		}
	}
}

func sinkReadCancel[R any](t *trial, s *sinkSide[R]) {
	if s.readAll == nil {
		t.leaveOut("the sink does not read " + s.what)
		return
	}
	id := s.created(t, s.record(0))[0].ID
	if found, err := s.readAll(canceledContext(t), []string{id}); err == nil && len(found) == 0 {
		t.failf("under a canceled context it returned, without an error, that the record is not there")
	}
}
