package conformance

import (
	"context"
	"errors"
	"slices"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/ability"
)

// linker attaches Alarm.com ids.
type linker func(ctx context.Context, links []sideLink) ([]adcimport.WriteResult, error)

type sideLink struct{ sinkID, id, repID string }

// nobodyID is an id that the destination does not have.
const nobodyID = "999999999"

func linkRules[R any](what string, side func(SinkCase) *sinkSide[R]) []rule[SinkCase] {
	on := sinkOn(what, side)
	return []rule[SinkCase]{
		on("link", "a link attaches the id, by which the record is found from then on; the same link again is Exists", sinkLink[R]),
		on("link_other", "who has another Alarm.com id keeps it: the link is Rejected, and spoils no other one", sinkLinkOther[R]),
		on("link_gone", "a link to who is not there is Rejected, makes nobody, and spoils no other one", sinkLinkGone[R]),
		on("link_keeps", "a link changes nothing of the record but its Alarm.com id", sinkLinkKeeps[R]),
		on("link_cancel", "a link under a canceled context writes nothing, and its results are NotSent or missing with an error",
			sinkLinkCancel[R]),
		on("link_check_write", "a link asks CheckWrite before it writes: in a run that may not write any more all is NotSent",
			sinkLinkCheckWrite[R]),
	}
}

func linkRulesOfOne() []rule[SinkCase] {
	return []rule[SinkCase]{
		sinkOn("customers", customerSinkSide)("link_rep", "a link gives a rep to who has none, and takes nobody's place", sinkLinkRep),
		sinkOn("users", userSinkSide)("link_mail", "a link of a user mails nobody", sinkLinkMail),
	}
}

// links leaves rules out that need a sink that links what was typed in, and finds it.
func (s *sinkSide[R]) links(t *trial) bool { return s.types(t) && s.canFind(t) }

// linked links, and returns a result for each.
func (s *sinkSide[R]) linked(t *trial, links ...sideLink) []adcimport.WriteResult {
	results, err := s.link(t.ctx, links)
	t.noError("link "+s.what, unlessOfRecords(err))
	return t.filled(results, len(links))
}

func (t *trial) result(what string, r adcimport.WriteResult, want adcimport.WriteStatus, id string) {
	if r.Status != want || want != adcimport.WriteRejected && r.ID != id {
		t.failf("%s is %s with id %q (%v), want %s with id %q", what, statusName(r.Status), r.ID, r.Err, statusName(want), id)
	}
}

func sinkLink[R any](t *trial, s *sinkSide[R]) {
	if !s.links(t) {
		return
	}
	ids := []string{s.typed(t, s.alone(0)), s.typed(t, s.alone(1)), s.typed(t, s.alone(2))}
	links := []sideLink{{sinkID: ids[2], id: suiteID(2)}, {sinkID: ids[0], id: suiteID(0)}}
	for _, want := range []adcimport.WriteStatus{adcimport.WriteCreated, adcimport.WriteExists} {
		for i, r := range s.linked(t, links...) {
			t.result("a link", r, want, links[i].sinkID)
		}
		found := s.look(t, s.record(0), s.record(2))
		t.equal("found after a link", found, map[string][]string{suiteID(0): {ids[0]}, suiteID(2): {ids[2]}})
	}
}

func sinkLinkOther[R any](t *trial, s *sinkSide[R]) {
	if !s.links(t) {
		return
	}
	first, beside := s.typed(t, s.alone(0)), s.typed(t, s.alone(1))
	s.linked(t, sideLink{sinkID: first, id: suiteID(0)})
	results := s.linked(t, sideLink{sinkID: first, id: suiteID(2)}, sideLink{sinkID: beside, id: suiteID(1)})
	t.result("a second link to another id", results[0], adcimport.WriteRejected, "")
	t.result("the link beside it", results[1], adcimport.WriteCreated, beside)
	t.impersonal("a link that is refused", results[0].Err)
	found := s.look(t, s.record(0), s.record(1), s.record(2))
	t.equal("found after it", found, map[string][]string{suiteID(0): {first}, suiteID(1): {beside}})
}

func sinkLinkGone[R any](t *trial, s *sinkSide[R]) {
	if !s.links(t) {
		return
	}
	beside := s.typed(t, s.alone(1))
	results := s.linked(t, sideLink{sinkID: nobodyID, id: suiteID(0)}, sideLink{sinkID: beside, id: suiteID(1)})
	t.result("a link to who is not there", results[0], adcimport.WriteRejected, "")
	t.result("the link beside it", results[1], adcimport.WriteCreated, beside)
	s.holds(t, "after a link to who is not there", 0, 0)
}

func sinkLinkKeeps[R any](t *trial, s *sinkSide[R]) {
	if !s.links(t) {
		return
	}
	if s.back == nil {
		t.leaveOut("nothing reads " + s.what + " back")
		return
	}
	ids := []string{s.typed(t, s.alone(0)), s.typed(t, s.alone(1))}
	var before []R
	for _, id := range ids {
		rec, err := s.back(t.ctx, id)
		t.noError("read "+s.what+" back", err)
		before = append(before, rec)
	}
	s.linked(t, sideLink{sinkID: ids[0], id: suiteID(0)})
	for i, id := range ids {
		rec, err := s.back(t.ctx, id)
		t.noError("read "+s.what+" back", err)
		names := slices.DeleteFunc(differences(rec, before[i]), func(name string) bool {
			return i == 0 && (name == "AlarmComID" || name == "IdempotencyKey")
		})
		if len(names) > 0 {
			t.failf("record %d of 2, of which the first was linked, has other %v", i+1, names)
		}
	}
}

func sinkLinkCancel[R any](t *trial, s *sinkSide[R]) {
	if !s.links(t) {
		return
	}
	id := s.typed(t, s.alone(0))
	results, err := s.link(canceledContext(t), []sideLink{{sinkID: id, id: suiteID(0)}})
	for _, r := range results {
		t.result("a link", r, adcimport.WriteNotSent, r.ID)
	}
	if len(results) != 1 && err == nil {
		t.failf("%d results for 1 link, and no error", len(results))
	}
	s.holds(t, "after a link under a canceled context", 0, 0)
}

func sinkLinkCheckWrite[R any](t *trial, s *sinkSide[R]) {
	if !s.links(t) {
		return
	}
	id := s.typed(t, s.alone(0))
	err := StoppedRun(t.ctx, func(ctx context.Context) {
		results, err := s.link(ctx, []sideLink{{sinkID: id, id: suiteID(0)}})
		for _, r := range t.filled(results, 1) {
			if r.Status != adcimport.WriteNotSent {
				t.failf("it is %s (%v)", statusName(r.Status), errors.Join(r.Err, err))
			}
		}
	})
	t.noError("run", err)
	s.holds(t, "after a link in a stopped run", 0, 0)
}

func sinkLinkRep(t *trial, s *sinkSide[adcimport.CustomerRecord]) {
	if !s.links(t) {
		return
	}
	rep := s.record(0).RepID
	rec := s.alone(0)
	made := s.created(t, s.alone(1))[0].ID
	if s.back == nil || rep == "" {
		t.leaveOut("nothing tells the rep of a customer")
		return
	}
	if got, err := s.back(t.ctx, made); err != nil || got.RepID != rep {
		t.noError("read customers back", err)
		t.leaveOut("nothing tells the rep of a customer")
		return
	}
	rec.RepID = ""
	id := s.typed(t, rec)
	has := s.typed(t, s.alone(2)) // a rep
	s.linked(t, sideLink{sinkID: id, id: suiteID(0), repID: rep}, sideLink{sinkID: has, id: suiteID(2), repID: nobodyID})
	for _, id := range []string{id, has} {
		got, err := s.back(t.ctx, id)
		t.noError("read customers back", err)
		if got.RepID != rep {
			t.failf("the rep is %q, want %s", got.RepID, rep)
		}
	}
}

func sinkLinkMail(t *trial, s *sinkSide[adcimport.UserRecord]) {
	if !s.links(t) {
		return
	}
	if s.mails == nil {
		t.leaveOut("nothing tells who was mailed a login")
		return
	}
	rec := s.alone(0)
	rec.CanLogin, rec.Active = true, true
	id := s.typed(t, rec)
	before, err := s.mails(t.ctx)
	t.noError("who was mailed", err)
	s.linked(t, sideLink{sinkID: id, id: suiteID(0)})
	after, err := s.mails(t.ctx)
	t.noError("who was mailed", err)
	t.equal("mails after a link", len(after), len(before))
}

// mailer tells whom the destination has mailed a login; nil: nothing tells.
func (c SinkCase) mailer() func(context.Context) ([]string, error) {
	if m, ok := ability.Find[LoginMailer](c.destination()); ok {
		return m.LoginEmails
	}
	return nil
}
