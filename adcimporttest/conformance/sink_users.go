package conformance

import (
	"errors"
	"slices"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/ability"
)

func userRules() []rule[SinkCase] {
	on := sinkOn("users", userSinkSide)
	return []rule[SinkCase]{
		on("name_taken", "where names are unique, a create refuses one of another support id with ReasonUsernameTaken; Find says so or nothing",
			sinkNameTaken),
		on("name_own", "a user name that the record itself has already is not username_taken", sinkNameOwn),
		{"users_login_mail", "a user who can log in is mailed once, by the create that made it; nobody else is", sinkLoginMail},
		{"users_login_update", "an update never touches the login: neither the user name nor Can Login, and it mails nobody", sinkLoginUpdate},
	}
}

// otherWithName is the n-th user with the user name of rec.
func otherWithName(s *sinkSide[adcimport.UserRecord], n int, rec adcimport.UserRecord) adcimport.UserRecord {
	other := s.record(n)
	other.Username = rec.Username
	return other
}

func sinkNameTaken(t *trial, s *sinkSide[adcimport.UserRecord]) {
	rec := s.record(0)
	s.created(t, rec)
	other := otherWithName(s, 1, rec)
	_, err := s.find(t.ctx, []sideKey[adcimport.UserRecord]{s.key(other), s.key(s.record(2))})
	for _, e := range recordErrors(err) {
		if e.ID != suiteID(1) || e.Reason != adcimport.ReasonUsernameTaken {
			t.failf("Find refuses %s with reason %s", e.ID, e.Reason)
		}
	}
	t.noError("find users", unlessOfRecords(err))
	results := s.write(t, other, s.record(2))
	if results[1].Status != adcimport.WriteCreated {
		t.failf("the user beside it is %s (%v)", statusName(results[1].Status), results[1].Err)
	}
	if results[0].Status == adcimport.WriteCreated {
		s.holds(t, "after two users of one name", 1, 1)
		return // names are not unique
	}
	e, ok := errors.AsType[*adcimport.RecordError](results[0].Err)
	if results[0].Status != adcimport.WriteRejected || !ok || e.Reason != adcimport.ReasonUsernameTaken {
		t.failf("the create is %s (%v)", statusName(results[0].Status), results[0].Err)
	}
	s.holds(t, "after a user name that was taken", 1, 0)
}

// recordErrors are the RecordErrors that an error is made of.
func recordErrors(err error) []*adcimport.RecordError {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var list []*adcimport.RecordError
		for _, e := range joined.Unwrap() {
			list = append(list, recordErrors(e)...)
		}
		return list
	}
	if e, ok := errors.AsType[*adcimport.RecordError](err); ok {
		return []*adcimport.RecordError{e}
	}
	return nil
}

func sinkNameOwn(t *trial, s *sinkSide[adcimport.UserRecord]) {
	rec := s.record(0)
	s.created(t, rec)
	_, err := s.find(t.ctx, []sideKey[adcimport.UserRecord]{s.key(rec)})
	t.noError("find the user", err)
	again := s.write(t, s.otherKey(rec))[0]
	if e, ok := errors.AsType[*adcimport.RecordError](again.Err); ok && e.Reason == adcimport.ReasonUsernameTaken && s.proves {
		t.failf("the second create of the same user is %s with %s", statusName(again.Status), e.Reason)
	}
}

// mails leaves rules out where mails cannot be counted.
func mails(t *trial, c SinkCase) (s *sinkSide[adcimport.UserRecord], count func(n int) int) {
	s = userSinkSide(c)
	m, ok := ability.Find[LoginMailer](c.destination())
	if !ok {
		t.leaveOut("the destination has no LoginEmails")
	}
	if !ok || !s.supported(t) {
		return nil, nil
	}
	return s, func(n int) int {
		ids, err := m.LoginEmails(t.ctx)
		t.noError("login emails", err)
		return len(slices.DeleteFunc(ids, func(id string) bool { return id != suiteID(n) }))
	}
}

func sinkLoginMail(t *trial, c SinkCase) {
	s, mailed := mails(t, c)
	if s == nil {
		return
	}
	with, without := s.record(0), s.record(1)
	with.Active, with.CanLogin, without.CanLogin = true, true, false
	first := s.created(t, with, without)[0]
	s.look(t, with, without)
	t.equal("mails to the one who can log in, and to the one who cannot", []int{mailed(0), mailed(1)}, []int{1, 0})
	second := s.write(t, with)[0]
	if again := second.Status == adcimport.WriteCreated && second.ID != first.ID; !again || s.honours {
		t.equal("mails after a repeated create that is "+statusName(second.Status), mailed(0), 1)
	}
}

func sinkLoginUpdate(t *trial, c SinkCase) {
	s, mailed := mails(t, c)
	if s == nil || !s.canUpdate(t) {
		return
	}
	with, without := s.record(0), s.record(1)
	with.Active, with.CanLogin, without.CanLogin = true, true, false
	made := s.created(t, with, without)
	changed := []adcimport.UserRecord{s.moved(with), s.moved(without)}
	changed[0].CanLogin, changed[1].CanLogin = false, true
	changed[0].Username, changed[1].Username = "suite.other.1", "suite.other.2"
	_, err := s.update(t.ctx, []string{made[0].ID, made[1].ID}, changed)
	t.noError("update users", unlessOfRecords(err))
	t.equal("mails after the update", []int{mailed(0), mailed(1)}, []int{1, 0})
	for i, before := range []adcimport.UserRecord{with, without} {
		if s.back == nil {
			break
		}
		got, err := s.back(t.ctx, made[i].ID)
		t.noError("read users back", err)
		if got.Username != before.Username || got.CanLogin != before.CanLogin {
			t.failf("the update of user %d changed the user name: %t, Can Login: %t",
				i+1, got.Username != before.Username, got.CanLogin != before.CanLogin)
		}
	}
}
