package engine

import (
	"time"

	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/match"
)

// stage is how far a record came. It only grows, except by doubt.
type stage int

const (
	listed   stage = iota // its id is known, and perhaps no more
	read                  // src is complete
	shaped                // rec is what the mapping makes of it
	intended              // its create was sent and has no clear end: the durable intent stands
	deferred              // it failed doubtfully, and comes again after all others
	decided               // out says what became of it
)

// item is a record on its way.
type item[S, R any] struct {
	id       string
	stage    stage
	before   stage // the stage that it was decided at
	src      S
	rec      R
	hash     string
	out      ledger.Outcome
	had      ledger.Record // what is stored of it; zero: nothing
	updates  bool          // it is known, and to be updated where it changed
	unsure   bool          // its update was sent, and no word came back
	sent     bool          // its intent is in the open batch
	failed   int64         // the turn at which that was
	trouble  error         // what its detail failed with, doubtfully
	tried    bool          // it did so ahead of its turn, which is still to come
	blame    *blame        // it failed, and is to blame itself; nil: it is not
	unproved bool          // it failed doubtfully, and nobody knows whose failure it is

	// What the sink says of it, where it was asked.
	asked  bool
	filled bool     // references are filled in
	hits   []string // its ids there
	there  *R       // what it has of a known one; nil: it was not read
	fault  *Fault

	// An item in doubt may have been created by an earlier attempt. ifAbsent is
	// what was decided of it, and holds only when the sink does not have it. See
	// doubt.go for what proves that.
	inDoubt  bool
	ahead    bool // the listing has not come to it yet
	ifAbsent *ledger.Outcome
	control  string   // the id of a known record, to be found in the same look-up; empty: there is none
	foretold bool     // a preview: by then the run will have made one
	unseen   bool     // the control was not found
	proved   bool     // it was: that the sink does not have the item can be believed
	copies   []string // what it may have been made into, without its id

	// Whom of the sink it may be.
	likely   *match.Result   // asked ahead of its turn; nil: it was not
	noted    []match.Weighed // that it is somebody else, and who
	evidence string          // remembered, of one that waits for a person
	linkTo   string          // the sink's id that it is to be linked to
	settles  bool            // this run has left it to its end
	last     bool            // this run does not look it up again
}

// blame is what a run has against a record.
type blame struct {
	setup     string // mapping and options, hashed: under others it may fare better
	restAfter int    // runs in a row
	atOnce    bool   // it rests from now on
}

// on counts the run against the record.
func (b *blame) on(r *ledger.Record) {
	if r.Setup != b.setup {
		r.Attempts, r.Setup = 0, b.setup
	}
	if r.Attempts++; b.atOnce {
		r.Attempts = max(r.Attempts, b.restAfter)
	}
	if r.Attempts >= b.restAfter && r.State == ledger.StateFailed {
		r.State = ledger.StateResting
	}
}

// batch is a part of a page. It is read, and then written, as one.
type batch[S, R any] struct {
	items     []item[S, R]
	firstPage bool // it is the first one of a page
	total     int  // that the page says the listing has
	moves     bool // after it the cursor moves
	cursor    ledger.Cursor
	listed    bool
	asked     time.Time // when the sink was asked for its items; zero: it was not
	err       error     // the reader's end; items were read before
	head      head
}

func (it *item[S, R]) decide(o ledger.Outcome, a ledger.Action, r ledger.Reason) {
	o.Action, o.Reason, o.At = a, r, time.Now().UTC()
	it.settle(o)
}

func (it *item[S, R]) settle(o ledger.Outcome) {
	if it.stage != decided {
		it.before = it.stage
	}
	it.out, it.stage = o, decided
}

// undecide is for what the sink has, and is to be updated.
func (it *item[S, R]) undecide() { it.stage = it.before }

// unsettled reports whether the item is still to be decided, and nothing was sent.
func (it *item[S, R]) unsettled() bool { return it.stage < intended }

// mapped reports whether rec is what the mapping makes of the item.
func (it *item[S, R]) mapped() bool {
	return it.stage == shaped || it.stage == decided && it.before == shaped
}

// doubt makes the item one that may exist already: what was decided about it
// holds only when the sink does not have it.
func (it *item[S, R]) doubt(control string, foretold, last bool) {
	it.inDoubt, it.control, it.foretold, it.last = true, control, foretold, last
	if it.stage == decided {
		out := it.out
		it.ifAbsent, it.stage = &out, it.before
	}
}

// stored reports whether the outcome has a row. Where the run has one of the
// record already, it stands for what is decided now, and so it does of a record
// that was in doubt.
func (it *item[S, R]) stored(named bool) bool {
	return it.out.Stored(named || it.inDoubt || it.had.Here != ledger.Verdict{})
}

// record is what is to be stored of a decided item; false: it stays as it is.
func (it *item[S, R]) record() (ledger.Record, bool) {
	was := it.had
	was.ID = it.id
	r, o := was, &it.out
	switch {
	case it.id == "", o.Reason == ledger.ReasonDuplicateInSource && it.stage == decided:
		return r, false // that it came twice says nothing of it, and what was read of it may be old
	case it.stage == deferred:
		r.State = ledger.StateDeferred
		return r, r != was
	case r.State == ledger.StateReview && !r.Known && (o.Reason == ledger.ReasonExcluded || o.Reason == ledger.ReasonNotInSink):
		r.State = ledger.StateNone // nobody needs to decide
	case o.Reason == ledger.ReasonPossibleMatch, it.evidence != "":
		r.State, r.Evidence = ledger.StateReview, it.evidence
		r.Unproved, r.Attempts, r.Setup = 0, 0, ""
		if it.had.Evidence != "" { // else it was sent as a create, which still counts; a link makes nobody
			r.Sent = 0
		}
	case o.Action.Done():
		r.Known, r.SinkID, r.Fingerprint, r.State = true, o.SinkID, it.hash, ledger.StateNone
		r.Sent, r.Unproved, r.Attempts, r.Setup, r.Evidence = 0, 0, 0, "", ""
	case o.Reason == ledger.ReasonInDoubt:
		r.State = ledger.StateParked
	case it.had.State == ledger.StateParked && !it.inDoubt && !it.sent: // nothing new is known of what may have been created
	case it.unproved:
		r.State = ledger.StateDeferred // in the next run, too, it comes after all others
	case o.Action == ledger.ActionFailed:
		r.State = ledger.StateFailed
	case it.inDoubt, r.State == ledger.StateDeferred:
		r.State = ledger.StateNone // it is not for this run to bring it there, and nothing is held against it
	}
	if it.blame != nil && !o.Action.Done() {
		it.blame.on(&r)
	} else if o.Action == ledger.ActionFailed && !it.unproved && o.Reason != ledger.ReasonInDoubt {
		r.Attempts = 0 // it is looked at in every run
	}
	if !r.Known {
		r.SinkID = "" // it was found, and could not be updated
	}
	if it.inDoubt && o.Reason != ledger.ReasonInDoubt {
		r.Unproved = 0 // it was looked up
	}
	if r.State != ledger.StateReview {
		r.Evidence = ""
	}
	return r, it.sent || r != was
}

func split[S, R any](items []*item[S, R]) (ids []string, recs []*R) {
	ids, recs = make([]string, len(items)), make([]*R, len(items))
	for i, it := range items {
		ids[i], recs[i] = it.id, &it.rec
	}
	return ids, recs
}
