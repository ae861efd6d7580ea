package engine

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/match"
)

// A record is weighed when it comes. What is so of it is known at the listing's end: that
// another record may be the same candidate, as a son is who comes long after his father,
// or that three have the phone number by which it was proposed. So whoever waits is
// settled then: what is certain is linked, where the run may, and that of which nothing
// is left is weighed again, and created.
//
// What a run over 100,000 new customers holds for that does not grow with those that are
// nobody's in the sink: the phone numbers and addresses that were seen, 100,000 at most;
// the records of mostCertain that are certain, a kilobyte each (others are read again);
// and at its end two ids for each record that waits, about 150 bytes.
//
// Of what was weighed before the run, or before it was cut off, it is not known any more
// which values it shares: it counts as it was weighed.

// Claims knows whom the records of a listing may be. All are added before the first one
// is settled.
type Claims interface {
	Add(record string, r match.Result)
	// Settle is what the whole listing leaves of a record.
	Settle(record string, r match.Result) match.Result
}

// mostCertain is how many records are held until they are linked.
const mostCertain = 10_000

// ClaimOf is what a record that waits claims: whom a person chose, or whom it may be.
func ClaimOf(r *ledger.Record) match.Result {
	switch d := DecisionOf(r); d {
	case "":
		return ResultOf(r)
	case ledger.DecisionCreate:
		return match.Result{}
	}
	return match.Result{Verdict: match.Link, Candidates: []match.Weighed{{ID: r.Decision, Verdict: match.Link}}}
}

// DecisionOf is what a person decided of a record that waits, and can still be done; empty:
// nothing. A candidate to whom it could not be linked is none any more.
func DecisionOf(r *ledger.Record) string {
	is := func(c match.Weighed) bool { return c.ID == r.Decision }
	if r.Decision == ledger.DecisionCreate || r.State != ledger.StateReview || slices.ContainsFunc(rememberedOf(r).Candidates, is) {
		return r.Decision
	}
	return ""
}

// whole reports whether the run is for all of the listing.
func (j *job[S, R]) whole() bool {
	return len(j.flow.Named) == 0 && !j.flow.Criteria && j.plan.Options.Limit <= 0 && !j.retries()
}

// settle brings those that wait to what the whole listing leaves of them. A run that does
// not see all of it cannot tell.
func (w *phases[S, R]) settle(ctx context.Context) error {
	if w.flow.Likeness == nil || !w.whole() || w.incomplete != nil {
		return nil
	}
	linkTo, err := w.settled(ctx)
	if err != nil {
		return err
	}
	w.reader.settles = true
	defer func() { w.reader.settles = false }()
	for some := range slices.Chunk(slices.Sorted(maps.Keys(linkTo)), w.cfg.BatchSize) {
		items, err := w.settledItems(ctx, some, linkTo)
		if err != nil {
			return err
		}
		if err := w.writer.write(ctx, &batch[S, R]{items: items}); err != nil {
			return err
		}
	}
	return nil
}

// settled has those of whom the listing says more than was weighed, by id: the sink's id
// of whom they are, or nothing where they are to be weighed again.
func (w *phases[S, R]) settled(ctx context.Context) (linkTo map[string]string, err error) {
	claims := w.flow.Likeness.Claims()
	if err := w.waiting(ctx, func(r *ledger.Record) { claims.Add(r.ID, ClaimOf(r)) }); err != nil {
		return nil, err
	}
	linkTo = make(map[string]string)
	return linkTo, w.waiting(ctx, func(r *ledger.Record) {
		// Others are another link's of the account, or failed just now.
		if DecisionOf(r) != "" || r.Known || r.Here.Reason != ledger.ReasonPossibleMatch {
			return
		}
		res := claims.Settle(r.ID, ResultOf(r))
		switch to := res.Linked(); {
		case rememberedOf(r).again(), res.ToCreate():
			linkTo[r.ID] = ""
		case to != "" && w.flow.Likeness.Certain:
			linkTo[r.ID] = to
		}
	})
}

// settledItems are records to be settled: as this stretch read and weighed them, or read
// again, and weighed again where they were certain: they may be so no more.
func (w *phases[S, R]) settledItems(ctx context.Context, ids []string, linkTo map[string]string) ([]item[S, R], error) {
	stored, err := w.stored(ctx, ids)
	if err != nil {
		return nil, err
	}
	var items []item[S, R]
	var again []string
	for _, id := range ids {
		c := w.writer.certain[id]
		if c == nil {
			again = append(again, id)
			continue
		}
		delete(w.writer.certain, id)
		items = append(items, item[S, R]{
			id: id, stage: shaped, had: stored[id], rec: c.rec, hash: c.hash, filled: c.filled, settles: true, linkTo: linkTo[id],
		})
	}
	if len(again) == 0 {
		return items, nil
	}
	more, err := w.reader.byIDs(ctx, again, w.reader.judgeDetails)
	if err != nil {
		return nil, err
	}
	var certain []*item[S, R]
	for i := range more {
		it := &more[i]
		if it.settles = true; linkTo[it.id] != "" && it.unsettled() {
			certain = append(certain, it)
		}
	}
	if err := w.writer.weigh(ctx, certain); err != nil {
		return nil, err
	}
	for _, it := range certain {
		delete(w.writer.certain, it.id)
		proposed := !it.unsettled() && it.out.Reason == ledger.ReasonPossibleMatch
		if proposed && resultOf(it.out.Candidates).Linked() == linkTo[it.id] {
			it.undecide()
			it.linkTo, it.evidence = linkTo[it.id], ""
		}
	}
	return append(items, more...), nil
}

// waiting hands over the records that wait for a person.
func (j *job[S, R]) waiting(ctx context.Context, take func(*ledger.Record)) error {
	for r, err := range j.books.list(ctx, ledger.StateReview, 0) {
		if err != nil {
			return j.wrap("list what waits of", err)
		}
		take(&r)
	}
	return nil
}

// rivals are the ids of the records that wait and may be one of the sink, by that one's:
// once a person chose it for another record, it has an id of the source, and they are
// weighed again. Nil: nobody asked yet.
type rivals map[string][]string

// note notes the candidates of a record that waits.
func (r rivals) note(id string, candidates []match.Weighed) {
	for _, c := range candidates {
		if r != nil && !slices.Contains(r[c.ID], id) {
			r[c.ID] = append(r[c.ID], id)
		}
	}
}

// overtaken reports whether the record may be one that has an owner by now, and had none
// when it was weighed.
func (r remembered) overtaken(owner Owner) bool {
	return slices.ContainsFunc(r.Candidates, func(c match.Weighed) bool {
		return owner(c.ID) != "" && !slices.Contains(c.Vetoes, match.VetoAlarmComID)
	})
}

// decision is a person's, of a record; empty: none.
func (j *job[S, R]) decision(it *item[S, R]) string {
	return cmp.Or(j.plan.Decided[it.id], DecisionOf(&it.had))
}

// takeDecided takes the links that people chose. Who else may be the same is weighed
// again: at the run's end, or by the next run that reads it.
func (w *writer[S, R]) takeDecided(ctx context.Context, absent []*item[S, R]) error {
	var chosen []string
	for _, it := range absent {
		if d := w.decision(it); it.linkTo == "" && it.mapped() && !w.parked(it) && d != "" && d != ledger.DecisionCreate {
			it.linkTo = d
			w.owners.set(d, it.id)
			chosen = append(chosen, d)
		}
	}
	if len(chosen) == 0 {
		return nil
	}
	if err := w.flush(false); err != nil { // what the batch before decided
		return err
	}
	if w.rivals == nil {
		w.rivals = make(rivals)
		if err := w.waiting(ctx, func(r *ledger.Record) { w.rivals.note(r.ID, rememberedOf(r).Candidates) }); err != nil {
			return err
		}
	}
	var others []string
	for _, id := range chosen {
		others = append(others, w.rivals[id]...)
	}
	return w.weighLater(ctx, others)
}

// weighLater has records weighed again that wait.
func (w *writer[S, R]) weighLater(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	stored, err := w.stored(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(stored)) {
		r := stored[id]
		m := rememberedOf(&r)
		if r.State != ledger.StateReview || DecisionOf(&r) != "" || w.plan.Decided[id] != "" || m.again() {
			continue
		}
		m.Print = ""
		r.Evidence = m.String()
		w.next.commit.Records = append(w.next.commit.Records, r)
	}
	return nil
}
