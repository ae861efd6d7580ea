package ledger

import "time"

// RecordState says where a record stands that is not simply known.
type RecordState string

// The states. A record may be known as well: a known one whose update failed is
// both.
const (
	StateNone     RecordState = ""         // nothing is to be done about it
	StateOpen     RecordState = "open"     // an intent stands: may have been sent
	StateDeferred RecordState = "deferred" // failed doubtfully in a run that has not come back to it
	StateFailed   RecordState = "failed"
	StateResting  RecordState = "resting" // failed often; tried again later
	StateParked   RecordState = "parked"  // in doubt for good; waits for a person
	StateReview   RecordState = "review"  // a possible match; waits for a person
)

// Record is what a store keeps of one record of the source.
type Record struct {
	ID          string
	Known       bool // it is in the sink, as SinkID
	SinkID      string
	Fingerprint string // of a known record as the sink has it; empty: compare anew. Of an open one: as it was sent
	State       RecordState
	Since       time.Time // when it came into State; of an open one, when it was last sent; see also Query.Newest
	Sent        int       // creates sent since it last rested
	Unproved    int       // of these, how many are not proved to have made nothing
	Attempts    int       // runs in a row that blamed it, under Setup
	Setup       string    // hash of mapping, options and schema
	Evidence    string    // of a possible match: what is remembered of it, opaque to a store
	Decision    string    // a person's: DecisionCreate, or the sink's id to link to; empty: none
	Generation  int       // how often it was forgotten: part of the idempotency key
	RunID       string    // the run of its last stored outcome
	Here        Verdict   // what the asked run decided; zero: nothing
}

// DecisionCreate is the decision that a record is not the one it might be.
const DecisionCreate = "create"

// Query selects records of a scope; all given criteria must match. Exceptions
// come by Since, oldest first, then by id. The zero value selects all exceptions
// that are in a state.
type Query struct {
	States []RecordState // records in one of these states; with Known or Newest: known ones that are in one of them too
	// Known selects known records, by id, after the id After.
	Known bool
	After string
	// Newest selects known records, the last confirmed first, with Since as the
	// time of the commit that confirmed them. It reaches as far back as the
	// outcomes of runs that are not pruned.
	Newest bool
	RunID  string // for Record.Here; selects nothing
	Limit  int    // at most so many; 0: all
}

// Intent tells that a create (or a link) is about to be sent.
type Intent struct {
	ID          string
	Fingerprint string // of what is sent
	// Again says that it is sent although it is open, parked or decided in this
	// run: its absence was proved, or a person asked.
	Again bool
}

// IntentState is what [StateStore.Commit] makes of an [Intent].
type IntentState int

const (
	// IntentFresh may be sent.
	IntentFresh IntentState = iota
	// IntentOpen may have been sent before: it is looked up first.
	IntentOpen
	// IntentDuplicate is known, has an outcome in this run already, or came
	// before in the same commit.
	IntentDuplicate
	// IntentParked waits for a person.
	IntentParked
)

// Amendment changes one record by a person's word.
type Amendment struct {
	ID string
	Op AmendOp
	// Decision of AmendDecide: DecisionCreate, or the sink's id to link to; empty
	// takes the decision back.
	Decision string
}

// AmendOp is what an [Amendment] does.
type AmendOp string

// The operations.
const (
	// AmendForget makes a record unknown, with nothing left but its Generation,
	// which grows by one.
	AmendForget AmendOp = "forget"
	// AmendRetry takes attempts, sends and rest from a failed, deferred, resting
	// or parked record: it is failed, and the next run tries it. A record whose
	// absence is not proved keeps Unproved and is parked until then.
	AmendRetry AmendOp = "retry"
	// AmendDecide stores a decision. It is allowed beside a run.
	AmendDecide AmendOp = "decide"
)
