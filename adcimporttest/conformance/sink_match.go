package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/ability"
	"github.com/securitytrax/adcimport/match"
)

// matchSide is what a sink that recognises records is asked, of one kind.
type matchSide[R any] struct {
	ask   func(ctx context.Context, recs []R) ([]sideCandidate, error)
	enter func(ctx context.Context, rec R) (string, error) // as a person does, without an Alarm.com id; nil: nobody can
	// apart is the record with values that only the n-th has.
	apart func(rec R, n int) R
	// ways are by what somebody is looked up: each gives a record the value of another.
	ways []way[R]
}

type sideCandidate struct {
	id      string
	carries []string // Alarm.com ids
}

// way is one by which records are looked up.
type way[R any] struct {
	name string
	copy func(to, from *R)
	kept func(rec *R) bool // whether the destination has kept the value
}

func matchRules[R any](what string, side func(SinkCase) *sinkSide[R]) []rule[SinkCase] {
	on := sinkOn(what, side)
	return []rule[SinkCase]{
		on("match_typed", "who was typed in and has one value of a record by which it is looked up is a candidate, without an Alarm.com id",
			sinkMatchTyped[R]),
		on("match_linked", "a candidate that has an Alarm.com id says so", sinkMatchLinked[R]),
		on("match_leaves", "to be asked for candidates changes no record", sinkMatchLeaves[R]),
		on("match_none", "for no records there are no candidates, and no error", sinkMatchNone[R]),
		on("match_cancel", "to be asked under a canceled context is an error: it must not look like nobody", sinkMatchCancel[R]),
	}
}

// matches leaves rules out that need a sink that recognises records.
func (s *sinkSide[R]) matches(t *trial) bool {
	if s.match == nil {
		t.leaveOut("the sink does not recognise " + s.what)
	}
	return t.err == nil
}

// types leaves rules out that need somebody who types records in.
func (s *sinkSide[R]) types(t *trial) bool {
	if s.matches(t) && s.match.enter == nil {
		t.leaveOut("nobody types " + s.what + " in")
	}
	return t.err == nil
}

// alone is the n-th record of the suite, with nothing in common with another one.
func (s *sinkSide[R]) alone(n int) R { return s.match.apart(s.record(n), n) }

// typed is a record that a person typed in, by its values, and its id.
func (s *sinkSide[R]) typed(t *trial, rec R) string {
	rec = s.clone(rec)
	id, key, _ := s.fields(&rec)
	*id, *key = "", ""
	sinkID, err := s.match.enter(t.ctx, rec)
	t.noError("type in one of "+s.what, err)
	return sinkID
}

func (s *sinkSide[R]) candidates(t *trial, recs ...R) []sideCandidate {
	found, err := s.match.ask(t.ctx, recs)
	t.noError("ask for candidates of "+s.what, err)
	return found
}

func sinkMatchTyped[R any](t *trial, s *sinkSide[R]) {
	if !s.types(t) {
		return
	}
	const others = 100 // whose records are asked for
	ids := make([]string, len(s.match.ways))
	for i := range ids {
		ids[i] = s.typed(t, s.alone(i))
	}
	for i, w := range s.match.ways {
		if s.back != nil { // what is not kept with the record cannot be looked up
			rec, err := s.back(t.ctx, ids[i])
			t.noError("read "+s.what+" back", err)
			if !w.kept(&rec) {
				continue
			}
		}
		rec, typed := s.alone(others+i), s.alone(i)
		w.copy(&rec, &typed)
		at := slices.IndexFunc(s.candidates(t, rec), func(c sideCandidate) bool { return c.id == ids[i] })
		if at < 0 {
			t.failf("by %s, who was typed in is no candidate", w.name)
		}
	}
	for _, c := range s.candidates(t, s.alone(0)) {
		if len(c.carries) > 0 {
			t.failf("a candidate that was typed in has an Alarm.com id")
		}
	}
}

func sinkMatchLinked[R any](t *trial, s *sinkSide[R]) {
	if !s.matches(t) || !s.canFind(t) {
		return
	}
	id := s.created(t, s.alone(0))[0].ID
	asked := s.keyed(s.alone(0), 1)
	for _, c := range s.candidates(t, asked) {
		if c.id == id && !slices.Equal(c.carries, []string{suiteID(0)}) {
			t.failf("a candidate with the Alarm.com id %s says that it has %v", suiteID(0), c.carries)
		}
	}
}

func sinkMatchLeaves[R any](t *trial, s *sinkSide[R]) {
	if !s.types(t) {
		return
	}
	if s.back == nil {
		t.leaveOut("nothing reads " + s.what + " back")
		return
	}
	ids := []string{s.typed(t, s.alone(0)), s.created(t, s.alone(1))[0].ID}
	read := func() (recs []R) {
		for _, id := range ids {
			rec, err := s.back(t.ctx, id)
			t.noError("read "+s.what+" back", err)
			recs = append(recs, rec)
		}
		return recs
	}
	before := read()
	s.candidates(t, s.keyed(s.alone(0), 2), s.keyed(s.alone(1), 3))
	for i, rec := range read() {
		if names := differences(rec, before[i]); len(names) > 0 {
			t.failf("record %s has other %v after it was asked for", ids[i], names)
		}
	}
	s.holds(t, "after a record was asked for", 2, 0)
}

func sinkMatchNone[R any](t *trial, s *sinkSide[R]) {
	if !s.matches(t) {
		return
	}
	s.created(t, s.alone(0))
	if found := s.candidates(t); len(found) > 0 {
		t.failf("there are %d candidates of nobody", len(found))
	}
}

func sinkMatchCancel[R any](t *trial, s *sinkSide[R]) {
	if !s.matches(t) {
		return
	}
	s.created(t, s.alone(0))
	if found, err := s.match.ask(canceledContext(t), []R{s.keyed(s.alone(0), 1)}); err == nil && len(found) == 0 {
		t.failf("under a canceled context it returned, without an error, that there is nobody")
	}
}

func (c SinkCase) customerMatching() (*matchSide[adcimport.CustomerRecord], linker) {
	m, ok := ability.Find[adcimport.CustomerMatcher](c.Sink)
	if !ok {
		return nil, nil
	}
	side := &matchSide[adcimport.CustomerRecord]{
		ask: func(ctx context.Context, recs []adcimport.CustomerRecord) ([]sideCandidate, error) {
			facts := make([]match.Customer, len(recs))
			for i, r := range recs {
				facts[i] = match.Customer{
					ID: r.AlarmComID, FirstName: r.FirstName, LastName: r.LastName, BusinessName: r.BusinessName,
					Phones: []string{r.Phone1}, Emails: []string{r.Email},
					Address:       match.Address{Street1: r.Address1, City: r.City, State: r.State, Zip: r.Zip},
					AccountNumber: r.AccountNumber, ReceiverNumber: r.ReceiverNumber,
				}
			}
			found, err := m.MatchCustomers(ctx, facts)
			list := make([]sideCandidate, len(found))
			for i, f := range found {
				list[i] = sideCandidate{f.ID, f.AlarmComIDs}
			}
			return list, err
		},
		apart: func(r adcimport.CustomerRecord, n int) adcimport.CustomerRecord {
			name := "Quill" + letters(n)
			r.FirstName, r.LastName, r.BusinessName = "Una", name, name+" Bakery"
			r.Phone1, r.Email, r.AccountNumber = fmt.Sprintf("2084567%03d", n), strings.ToLower(name)+"@mail.example.com", fmt.Sprintf("Q-%04d", n)
			r.Address1, r.Zip = fmt.Sprintf("%d Elm St", n+1), fmt.Sprintf("83%03d", n)
			return r
		},
		ways: customerWays(),
	}
	if e, ok := ability.Find[CustomerTypist](c.destination()); ok {
		side.enter = e.TypeCustomer
	}
	return side, func(ctx context.Context, links []sideLink) ([]adcimport.WriteResult, error) {
		list := make([]adcimport.CustomerLink, len(links))
		for i, l := range links {
			list[i] = adcimport.CustomerLink{ID: l.sinkID, AlarmComID: l.id, RepID: l.repID}
		}
		return m.LinkCustomers(ctx, list)
	}
}

func customerWays() []way[adcimport.CustomerRecord] {
	text := func(name string, of func(r *adcimport.CustomerRecord) *string, place bool) way[adcimport.CustomerRecord] {
		return way[adcimport.CustomerRecord]{
			name,
			func(to, from *adcimport.CustomerRecord) {
				if *of(to) = *of(from); place {
					to.Address1, to.City, to.State, to.Zip = from.Address1, from.City, from.State, from.Zip
				}
			},
			func(r *adcimport.CustomerRecord) bool { return *of(r) != "" },
		}
	}
	return []way[adcimport.CustomerRecord]{
		text("its phone number", func(r *adcimport.CustomerRecord) *string { return &r.Phone1 }, false),
		text("its e-mail address", func(r *adcimport.CustomerRecord) *string { return &r.Email }, false),
		text("its account number", func(r *adcimport.CustomerRecord) *string { return &r.AccountNumber }, false),
		text("its last name at its address", func(r *adcimport.CustomerRecord) *string { return &r.LastName }, true),
		text("its business at its address", func(r *adcimport.CustomerRecord) *string { return &r.BusinessName }, true),
	}
}

func (c SinkCase) userMatching() (*matchSide[adcimport.UserRecord], linker) {
	m, ok := ability.Find[adcimport.UserMatcher](c.Sink)
	if !ok {
		return nil, nil
	}
	side := &matchSide[adcimport.UserRecord]{
		ask: func(ctx context.Context, recs []adcimport.UserRecord) ([]sideCandidate, error) {
			facts := make([]match.User, len(recs))
			for i, r := range recs {
				facts[i] = match.User{ID: r.AlarmComID, FirstName: r.FirstName, LastName: r.LastName, Username: r.Username, Email: r.Email}
			}
			found, err := m.MatchUsers(ctx, facts)
			list := make([]sideCandidate, len(found))
			for i, f := range found {
				list[i] = sideCandidate{f.ID, f.AlarmComIDs}
			}
			return list, err
		},
		apart: func(r adcimport.UserRecord, n int) adcimport.UserRecord {
			name := "quill" + letters(n)
			r.FirstName, r.LastName, r.Username, r.Email = "Una", name, name, name+"@mail.example.com"
			return r
		},
		ways: []way[adcimport.UserRecord]{
			{
				"its login name", func(to, from *adcimport.UserRecord) { to.Username = from.Username },
				func(r *adcimport.UserRecord) bool { return r.Username != "" },
			},
			{
				"its e-mail address", func(to, from *adcimport.UserRecord) { to.Email = from.Email },
				func(r *adcimport.UserRecord) bool { return r.Email != "" },
			},
		},
	}
	if e, ok := ability.Find[UserTypist](c.destination()); ok {
		side.enter = e.TypeUser
	}
	return side, func(ctx context.Context, links []sideLink) ([]adcimport.WriteResult, error) {
		list := make([]adcimport.UserLink, len(links))
		for i, l := range links {
			list[i] = adcimport.UserLink{ID: l.sinkID, AlarmComID: l.id}
		}
		return m.LinkUsers(ctx, list)
	}
}

// letters writes a number in letters, for names.
func letters(n int) string {
	return strings.Map(func(r rune) rune { return r - '0' + 'a' }, fmt.Sprintf("%03d", n))
}
