package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/match"
)

// story is what Compare tells.
type story struct {
	ctx    context.Context //nolint:containedctx // a story lives as long as one call of Compare
	stores [2]ledger.StateStore
	rand   *rand.Rand
	name   string
	calls  []string
	err    error

	runs   []string // that were opened, and not pruned as far as anybody knows
	opened int
	owners int
	holds  map[string]*holding // the last lease of each run
	last   string              // the run that was acquired last
}

// holding is a lease as either store gave it.
type holding struct {
	leases [2]ledger.Lease
	seq    int64
	commit ledger.Commit // the last one
	sent   []string      // by the last commit
	former *holding      // of the same run
}

func newStory(ctx context.Context, seed uint64, stores [2]ledger.StateStore) *story {
	return &story{
		ctx: ctx, stores: stores, name: fmt.Sprintf("story-%d-", seed), holds: make(map[string]*holding),
		rand: rand.New(rand.NewPCG(seed, 11)), //nolint:gosec // a story that can be told again
	}
}

func pick[T any](s *story, list ...T) T { return list[s.rand.IntN(len(list))] }

// chance is true once in n times.
func (s *story) chance(n int) bool { return s.rand.IntN(n) == 0 }

// storyIDs are the ids of all records of a story.
var storyIDs = []string{"1", "2", "3", "4", "a", "B", "ä", `it's "7"`}

func (s *story) someIDs(oneIn int) []string {
	var ids []string
	for _, id := range storyIDs {
		if s.chance(oneIn) {
			ids = append(ids, id)
		}
	}
	return ids
}

// step makes one call that writes.
func (s *story) step() {
	s.tick()
	switch n := s.rand.IntN(24); {
	case n < 4 || len(s.runs) == 0:
		s.acquire()
	case n < 14:
		s.commit()
	case n < 16:
		s.renew()
	case n < 18:
		s.release()
	case n < 20:
		s.amend()
	case n < 22:
		s.mark()
	case n == 22 && s.chance(3):
		s.prune()
	default:
		s.repeat()
	}
}

func (s *story) links() []string { return []string{s.name + "a", s.name + "b"} }

func (s *story) scopes() []ledger.Scope {
	var all []ledger.Scope
	for _, account := range append(s.links(), s.name+"shared") {
		for _, kind := range []ledger.Kind{ledger.KindCustomer, ledger.KindUser} {
			all = append(all, ledger.Scope{Account: account, Kind: kind})
		}
	}
	return all
}

func (s *story) scope() ledger.Scope {
	all := s.scopes()
	return pick(s, all[0], all[0], all[0], all[2], all[4], all[1])
}

func (s *story) acquire() {
	s.owners++
	link := pick(s, s.links()...)
	req := ledger.LeaseRequest{
		Scope: ledger.Scope{Account: link, Kind: pick(s, ledger.KindCustomer, ledger.KindCustomer, ledger.KindUser)}, Link: link,
		Owner: fmt.Sprint("owner-", s.owners), Resume: pick(s, ledger.ResumeNew, ledger.ResumeAsked, ledger.ResumeDue),
		TTL: pick(s, time.Hour, time.Millisecond), // over at once: a crash
		State: ledger.RunState{
			Filter: pick(s, []byte(nil), []byte{}, []byte{0, 255}), Options: []byte("{}"), RetryOf: pick(s, append(s.runs, "")...),
			Driver: pick(s, "", ledger.DriverImporter, ledger.DriverHost), Labels: pick(s, nil, ledger.Labels{"job": "7"}),
		},
		Driver: pick(s, "", ledger.DriverImporter, ledger.DriverHost), Queue: pick(s, false, true),
	}
	s.opened++
	req.RunID = fmt.Sprint(s.name, "run-", s.opened)
	if req.Resume != ledger.ResumeNew {
		req.RunID = pick(s, append(s.runs, req.RunID)...)
		if h := s.holds[req.RunID]; h != nil && !s.chance(8) {
			req.Scope, req.Link = h.leases[0].Scope, h.leases[0].Link
		}
	}
	if len(s.calls) > 150 && s.chance(6) {
		req.Account = s.name + "shared"
	}
	if s.chance(12) {
		req.RunID = pick(s, append(s.runs, req.RunID)...) // which may be gone by now
	}
	h := new(holding)
	for range pick(s, 1, 1, 2) {
		s.tick()
		ok := s.both("Acquire "+requestText(req), func(store ledger.StateStore, i int) ([]string, error) {
			l, err := store.Acquire(s.ctx, req)
			h.leases[i] = l
			return []string{leaseText(l)}, err
		})
		if !ok {
			return
		}
		if req.TTL < time.Second {
			break
		}
	}
	s.tick() // a short lease is over, for both
	h.former = s.holds[req.RunID]
	s.holds[req.RunID], s.last = h, req.RunID
	if !slices.Contains(s.runs, req.RunID) {
		s.runs = append(s.runs, req.RunID)
	}
}

// holder is mostly the last one, sometimes one that lost its lease.
func (s *story) holder() (string, *holding) {
	run := s.last
	if s.chance(4) || s.holds[run] == nil {
		run = pick(s, s.runs...)
	}
	h := s.holds[run]
	if h.former != nil && s.chance(8) {
		h = h.former
	}
	return run, h
}

func (s *story) commit() {
	run, h := s.holder()
	c := ledger.Commit{
		Seq: h.seq + 1, Withdrawn: s.someIDs(8), Matched: pick(s, nil, []string{"rule-1"}, []string{"rule-3", "rule-2"}),
		Tally: ledger.Tally{
			Counts: ledger.Counts{Read: s.rand.IntN(9), Created: s.rand.IntN(3)}, ByReason: map[ledger.Reason]int{"x": 1 + s.rand.IntN(3)},
		},
		Progress: ledger.Progress{Read: s.rand.IntN(9), Total: s.rand.IntN(9)},
	}
	c.Passing = pick(s, ledger.Tally{}, c.Tally)
	if s.chance(2) {
		c.Cursor, c.Listed = new(pick[ledger.Cursor](s, "", "c-1", "ü")), s.chance(2)
	}
	if s.chance(15) {
		c.Seq = int64(s.rand.IntN(4))
	}
	for _, id := range append(s.someIDs(4), h.sent...) {
		s.resolve(&c, id)
	}
	for _, id := range append(s.someIDs(3), s.someIDs(9)...) {
		c.Intents = append(c.Intents, ledger.Intent{ID: id, Fingerprint: s.fingerprint(), Again: s.chance(3)})
	}
	if s.both(fmt.Sprintf("Commit %s %s", run, commitText(c)), s.committing(h, c)) {
		h.seq, h.commit, h.sent = c.Seq, c, nil
		for _, in := range c.Intents {
			h.sent = append(h.sent, in.ID)
		}
	}
}

func (s *story) committing(h *holding, c ledger.Commit) func(ledger.StateStore, int) ([]string, error) {
	return func(store ledger.StateStore, i int) ([]string, error) {
		states, err := store.Commit(s.ctx, h.leases[i], c)
		return []string{fmt.Sprint(len(states), states)}, err
	}
}

func (s *story) fingerprint() string { return pick(s, "", "fp-1", "0123456789abcdef", "00", "no hex") }

// resolve says what became of a record, or a part of it.
func (s *story) resolve(c *ledger.Commit, id string) {
	verdict := pick(s,
		ledger.Verdict{Action: ledger.ActionCreated}, ledger.Verdict{Action: ledger.ActionCreated},
		ledger.Verdict{Action: ledger.ActionLinked, Reason: ledger.ReasonInDoubtResolved, Ahead: true},
		ledger.Verdict{Action: ledger.ActionUpdated},
		ledger.Verdict{Action: ledger.ActionSkipped, Reason: ledger.ReasonNotInSink},
		ledger.Verdict{Action: ledger.ActionFailed, Reason: ledger.ReasonInDoubt},
		ledger.Verdict{Action: ledger.ActionFailed, Reason: ledger.ReasonNotSent},
	)
	if !s.chance(5) {
		c.Outcomes = append(c.Outcomes, ledger.Outcome{
			SourceID: id, SinkID: pick(s, "", "sink-"+id), Action: verdict.Action, Reason: verdict.Reason, Ahead: verdict.Ahead,
			At: moment(), Fields: pick(s, nil, []ledger.FieldError{{Field: "F", Rule: "<r>"}}),
			Candidates: pick(s, nil, nil, []match.Weighed{{ID: "<8>", Verdict: match.Propose, Evidence: []match.Evidence{match.EvidenceName}}}),
		})
	}
	if s.chance(5) {
		return
	}
	r := ledger.Record{ID: id, Known: verdict.Action.Done() && !s.chance(8)}
	if r.Known {
		r.SinkID, r.Fingerprint = pick(s, "sink-"+id, "sink-"+id, "other"), s.fingerprint()
	}
	if !r.Known || s.chance(6) {
		r.State = pick(s, ledger.StateNone, ledger.StateOpen, ledger.StateDeferred, ledger.StateFailed, ledger.StateResting,
			ledger.StateParked, ledger.StateReview)
		r.Sent, r.Unproved, r.Attempts = s.rand.IntN(4), s.rand.IntN(3), s.rand.IntN(6)
		r.Setup, r.Evidence = pick(s, "", "setup"), pick(s, "", "evidence")
	}
	c.Records = append(c.Records, r)
}

// repeat is for a reply that was lost.
func (s *story) repeat() {
	run, h := s.holder()
	if h.seq > 0 {
		s.both("Commit again "+run, s.committing(h, h.commit))
	}
}

func (s *story) renew() {
	run, h := s.holder()
	progress := ledger.Progress{Read: s.rand.IntN(9), Total: 9}
	s.both("Renew "+run, func(store ledger.StateStore, i int) ([]string, error) {
		l := h.leases[i]
		l.Progress = progress
		next, err := store.Renew(s.ctx, l)
		return []string{fmt.Sprint(next.Epoch, next.Asked, next.Expires.IsZero())}, err
	})
	s.tick() // a short lease is over again, for both
}

func (s *story) release() {
	run, h := s.holder()
	end := ledger.End{
		Status: pick(s, ledger.StatusInterrupted, ledger.StatusHeld, ledger.StatusPaused, ledger.StatusCompleted, ledger.StatusStopped,
			ledger.StatusCanceled, ledger.StatusFailed),
		Wait: pick(s, 0, time.Hour), Warnings: pick(s, nil, []string{"a", "b"}),
		Failure: pick(s, nil, &ledger.Failure{End: "sink", Code: "auth", Status: 401, At: moment()},
			&ledger.Failure{End: "sink", Code: "timeout", At: moment(), Since: moment()}),
	}
	for range pick(s, 1, 1, 2) {
		s.tick()
		s.both("Release "+run+" as "+string(end.Status), func(store ledger.StateStore, i int) ([]string, error) {
			st, err := store.Release(s.ctx, h.leases[i], end)
			return []string{seenText(st)}, err
		})
	}
}

func (s *story) amend() {
	scope := s.scope()
	decisions := s.chance(2)
	var list []ledger.Amendment
	for _, id := range append(s.someIDs(4), s.someIDs(12)...) {
		a := pick(s, forget(id), retry(id), decide(id, ""))
		if decisions || a.Op == ledger.AmendDecide {
			a = decide(id, pick(s, "", ledger.DecisionCreate, "sink-9"))
		}
		list = append(list, a)
	}
	s.both(fmt.Sprintf("Amend %v %+v", scope, list), func(store ledger.StateStore, _ int) ([]string, error) {
		return nil, store.Amend(s.ctx, scope, list)
	})
}

func (s *story) mark() {
	run := pick(s, append(s.runs, "none such")...)
	m := pick(s,
		ledger.Mark{Claim: "mail", For: time.Hour}, ledger.Mark{Claim: "chat", For: time.Millisecond}, ledger.Mark{Claim: "mail"},
		ledger.Mark{Told: "mail"}, ledger.Mark{Told: "chat"}, ledger.Mark{Ask: ledger.AskCancel}, ledger.Mark{Ask: ledger.AskInterrupt})
	s.both(fmt.Sprintf("Mark %s %+v", run, m), func(store ledger.StateStore, _ int) ([]string, error) {
		ok, err := store.Mark(s.ctx, run, m)
		return []string{strconv.FormatBool(ok)}, err
	})
}

// prune takes all that ended, by the reference's clock and a day.
func (s *story) prune() {
	link := pick(s, s.links()...)
	s.both("Prune "+link, func(store ledger.StateStore, _ int) ([]string, error) {
		n, err := store.Prune(s.ctx, link, time.Now().Add(1000*time.Hour))
		return []string{strconv.Itoa(n)}, err
	})
}

func requestText(req ledger.LeaseRequest) string {
	return fmt.Sprintf("%v of %s for %s by %s, %s, resume %d, retry of %q, drivers %q and %q",
		req.Scope, req.Link, req.RunID, req.Owner, req.TTL, req.Resume, req.State.RetryOf, req.State.Driver, req.Driver)
}

func commitText(c ledger.Commit) string {
	var b strings.Builder
	fmt.Fprintf(&b, "number %d, withdrawn %v", c.Seq, c.Withdrawn)
	if c.Cursor != nil {
		fmt.Fprintf(&b, ", cursor %q %v", *c.Cursor, c.Listed)
	}
	for _, o := range c.Outcomes {
		fmt.Fprintf(&b, ", outcome %s", outcomeWord(o))
	}
	for _, r := range c.Records {
		fmt.Fprintf(&b, ", record %s", recordText(r, nil))
	}
	for _, in := range c.Intents {
		fmt.Fprintf(&b, ", intent %+v", in)
	}
	return b.String()
}
