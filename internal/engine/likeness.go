package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/match"
)

// A record that the sink does not find by its id may be there all the same, typed in by
// hand. Whom of the sink it may be is weighed before it is created. What is for a person
// to decide waits in the store, with its candidates; what the whole listing leaves of it
// is settled at the run's end.

// Likeness is what a flow says of records that the sink may have without their ids.
type Likeness[R any] struct {
	// Weigh says whom of the sink each of the records may be. Ours tells which of some
	// ids of the source this run has created itself: these are no candidates, since the
	// source has both side by side. Owner says whose candidates are by this run.
	Weigh func(ctx context.Context, ids []string, recs []*R, ours Ours, owner Owner) (map[string]match.Result, error)
	// Ask looks for candidates of a record, and weighs nothing.
	Ask func(ctx context.Context, rec *R) error
	// Print is a hash of what is weighed of a record, and of the rules.
	Print func(rec *R) string
	// Link attaches the records' ids to what the sink has.
	Link func(ctx context.Context, links []Linking[R]) ([]Result, map[string]*Fault, error)
	// Claims makes Claims that hold nothing.
	Claims func() Claims
	// Certain says that what is certain by the rules is linked without a person.
	Certain bool
}

// Linking is a record, and the sink's id that it is linked to.
type Linking[R any] struct {
	ID, SinkID, Hash string
	Rec              *R
}

// Ours is asked for ids of the source, and has those whose records this run created.
type Ours func(ctx context.Context, ids []string) (map[string]bool, error)

// remembered is what is stored of a record that waits for a person.
type remembered struct {
	Print      string          `json:"p"` // empty: it is weighed again
	Candidates []match.Weighed `json:"c,omitempty"`
}

func (r remembered) String() string {
	text, err := json.Marshal(r)
	if err != nil {
		return "" // it is weighed again
	}
	return string(text)
}

// rememberedOf reads what is stored; the zero value: nothing that this library knows.
func rememberedOf(had *ledger.Record) (r remembered) {
	if had.State != ledger.StateReview || json.Unmarshal([]byte(had.Evidence), &r) != nil {
		return remembered{}
	}
	return r
}

// again reports whether the record is to be weighed again, whatever it is like.
func (r remembered) again() bool { return r.Print == "" }

// ResultOf is what was weighed of a record that waits for a person.
func ResultOf(r *ledger.Record) match.Result { return resultOf(rememberedOf(r).Candidates) }

func resultOf(candidates []match.Weighed) match.Result {
	res := match.Result{Candidates: candidates}
	if len(candidates) > 0 {
		res.Verdict = candidates[0].Verdict
	}
	return res
}

// waits reports whether a record waits for a person, and is left alone meanwhile.
func (j *job[S, R]) waits(had *ledger.Record) bool {
	decided := DecisionOf(had) != "" || j.plan.Decided[had.ID] != ""
	return j.flow.Likeness != nil && had.State == ledger.StateReview && !had.Known && !decided && !j.retries() &&
		!rememberedOf(had).again()
}

// leaveWaiting decides a record that waits already.
func (j *job[S, R]) leaveWaiting(it *item[S, R]) {
	it.decide(j.outcome(it.id), ledger.ActionSkipped, ledger.ReasonPossibleMatch)
	it.out.Candidates = rememberedOf(&it.had).Candidates
	it.evidence = it.had.Evidence
}

// leaveUnchanged decides the records that wait, and of which nothing has changed.
func (r *reader[S, R]) leaveUnchanged(items []item[S, R]) {
	for i := range items {
		it := &items[i]
		if it.stage == shaped && r.waits(&it.had) && rememberedOf(&it.had).Print == r.flow.Likeness.Print(&it.rec) {
			r.leaveWaiting(it)
		}
	}
}

// recognise decides the records, of those that the sink does not find by their ids,
// that it may have all the same; it returns those to be created, or to be linked to
// what a person chose.
func (w *writer[S, R]) recognise(ctx context.Context, absent []*item[S, R]) ([]*item[S, R], error) {
	if w.flow.Likeness == nil || len(absent) == 0 {
		return absent, nil
	}
	if err := w.takeDecided(ctx, absent); err != nil {
		return nil, err
	}
	var unknown []*item[S, R]
	for _, it := range absent {
		switch {
		case it.linkTo != "", !it.mapped(), w.parked(it):
		case w.decision(it) == ledger.DecisionCreate:
			w.stays(it)
		case it.likely != nil:
			w.weighed(it, *it.likely)
		default:
			unknown = append(unknown, it)
		}
	}
	if err := w.weigh(ctx, unknown); err != nil {
		return nil, err
	}
	return stillUnsettled(absent), nil
}

var errInItsTurn = errors.New("it is asked in its turn")

// weighAhead asks before a batch's turn whom of the sink its records may be. What it
// cannot tell, as which of the candidates the batch before creates, is asked in its turn,
// and so is what failed.
func (r *reader[S, R]) weighAhead(ctx context.Context, items []*item[S, R]) {
	if r.flow.Likeness == nil {
		return
	}
	items = slices.DeleteFunc(slices.Clone(items), func(it *item[S, R]) bool {
		free := it.unsettled() && it.mapped() && len(it.hits) == 0 && (it.fault == nil || r.mayBeTheOne(it))
		return !free || r.parked(it) || r.decision(it) != ""
	})
	if len(items) == 0 {
		return
	}
	call, cancel, err := r.books.call(ctx)
	if err != nil {
		return
	}
	defer cancel()
	ids, recs := split(items)
	later := func(context.Context, []string) (map[string]bool, error) { return nil, errInItsTurn }
	results, err := r.flow.Likeness.Weigh(call, ids, recs, later, r.owners.of)
	if err != nil {
		return
	}
	r.works(weighing)
	for _, it := range items {
		res := results[it.id]
		it.likely = &res
	}
}

// weigh asks whom of the sink the records may be. Those that it cannot be asked for
// fail, and nobody else.
func (w *writer[S, R]) weigh(ctx context.Context, items []*item[S, R]) error {
	if len(items) == 0 {
		return nil
	}
	return (&splitting[S, R]{
		job: w.job, op: weighing, once: w.weighOnce, witness: w.witnessByData(w.flow.Likeness.Ask),
		fail: func(it *item[S, R], reason ledger.Reason) {
			o := w.outcome(it.id)
			o.Fields = []ledger.FieldError{{Field: w.flow.FindBy, Rule: notLookedUp}}
			it.decide(o, ledger.ActionFailed, reason)
			if it.inDoubt {
				it.doubt(it.control, it.foretold, it.last)
			}
		},
	}).look(ctx, items)
}

func (w *writer[S, R]) weighOnce(ctx context.Context, items []*item[S, R]) error {
	call, cancel, err := w.books.call(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	ids, recs := split(items)
	results, err := w.flow.Likeness.Weigh(call, ids, recs, w.ours, w.owners.of)
	if err != nil {
		return w.wrap("look for possible matches of", outOfTime(call, err))
	}
	w.works(weighing)
	for _, it := range items {
		w.weighed(it, results[it.id])
	}
	return nil
}

// ours has the ids whose records this run created.
func (w *writer[S, R]) ours(ctx context.Context, ids []string) (map[string]bool, error) {
	if err := w.flush(false); err != nil { // what the batch before decided
		return nil, err
	}
	records, err := w.stored(ctx, ids)
	if err != nil {
		return nil, err
	}
	made := make(map[string]bool)
	for id, r := range records {
		made[id] = r.Here.Action == ledger.ActionCreated
	}
	return made, nil
}

// weighed takes what was weighed of a record.
func (w *writer[S, R]) weighed(it *item[S, R], res match.Result) {
	if res.Verdict == match.Propose || res.Verdict == match.Link {
		w.propose(it, res)
		return
	}
	it.noted = res.Candidates
	if res.Verdict != match.Taken {
		w.stays(it)
		return
	}
	w.fail(it, cmp.Or(it.fault, w.flow.Taken))
	it.out.Candidates = it.noted
}

// stays lets a record be created that is nobody of the sink, unless the sink has
// something to say against that.
func (w *writer[S, R]) stays(it *item[S, R]) {
	if it.fault == nil {
		return
	}
	w.refused(it)
	it.out.Candidates = it.noted
}

// propose leaves a record to a person, or to the run's end.
func (w *writer[S, R]) propose(it *item[S, R], res match.Result) {
	o := w.outcome(it.id)
	o.Candidates = res.Candidates
	m := remembered{w.flow.Likeness.Print(&it.rec), res.Candidates}
	if m.overtaken(w.owners.of) {
		m.Print = ""
	}
	it.evidence = m.String()
	w.rivals.note(it.id, res.Candidates)
	it.decide(o, ledger.ActionSkipped, ledger.ReasonPossibleMatch)
	if w.flow.Likeness.Certain && w.whole() && res.Linked() != "" && len(w.certain) < mostCertain {
		w.certain[it.id] = &certain[R]{rec: it.rec, hash: it.hash, filled: it.filled}
	}
}

// certain is what a record is linked with at the run's end.
type certain[R any] struct {
	rec    R
	hash   string
	filled bool
}

// link sends links.
func (w *writer[S, R]) link(ctx context.Context, todo []*item[S, R]) (unsent []*item[S, R], err error) {
	links := make([]Linking[R], len(todo))
	for i, it := range todo {
		links[i] = Linking[R]{it.id, it.linkTo, it.hash, &it.rec}
	}
	results, faults, err := w.flow.Likeness.Link(ctx, links)
	return w.brought(todo, results, faults, w.linked, "link", err)
}

// linked takes the answer to one link; true: it was not sent.
func (w *writer[S, R]) linked(it *item[S, R], res Result) (unsent bool) {
	o := w.outcome(it.id)
	o.SinkID = it.linkTo
	w.answers(linking, res)
	switch res.Status {
	case Written, Exists:
		// What people wrote there stays: an update comes with the next change at the source.
		it.decide(o, ledger.ActionLinked, ledger.ReasonMatched)
		w.owners.set(it.linkTo, it.id)
	case Rejected:
		w.rejected(linking, it, res.Fault)
		if it.had.Decision == it.linkTo { // who was chosen is gone, or somebody else by now: it waits again
			m := rememberedOf(&it.had)
			m.Print, m.Candidates = "", slices.DeleteFunc(m.Candidates, func(c match.Weighed) bool { return c.ID == it.linkTo })
			it.evidence = m.String()
		}
	case NotSent:
		return true
	case Unknown:
		w.lose(it)
	default:
		w.lose(it)
	}
	return false
}
