package ledger

import "slices"

// Commit is one checkpoint of a run. Its order is: outcomes and new states
// first, intents after them.
type Commit struct {
	// Seq numbers the commits of a lease from 1.
	Seq int64
	// Outcomes are those to be stored (see Outcome.Stored), with the run and kind
	// of the lease. A later outcome of one run and record takes the place of the
	// earlier one. They change no record: Records says what does. One without a
	// SourceID stands for all records of the run that have no usable id.
	Outcomes []Outcome
	// Records are the new states of records that change. Apply says which of
	// their fields count.
	Records []Record
	// Withdrawn are ids of the open batch whose create was certainly not sent.
	Withdrawn []string
	// Intents are about to be sent. They replace the open batch: an id of the
	// former one that is neither in Records nor in Withdrawn becomes an open
	// record.
	Intents []Intent
	// Cursor moves to the new place; nil: cursor and Listed stay.
	Cursor *Cursor
	Listed bool // the listing is finished; with Cursor
	// Tally and Passing are totals of the run; see RunState.Passing.
	Tally    Tally
	Passing  Tally
	Progress Progress
	// Matched are mapping rules that matched for the first time in this scope;
	// opaque, at most 64 bytes each.
	Matched []string
}

// Mends reports whether a commit ends what its run waited for: it brings a record
// that was created, linked, updated or found unchanged.
func (c *Commit) Mends() bool {
	return slices.ContainsFunc(c.Outcomes, func(o Outcome) bool { return o.Action.Done() })
}

// Validate refuses a commit that a store could not keep as it is, with an
// [*InvalidRequestError]: without a number, with anything that has no id, or with
// text that is not valid UTF-8 or holds a NUL. A store calls it first in Commit.
func (c *Commit) Validate() error {
	if c.Seq <= 0 {
		return &InvalidRequestError{Field: "Commit.Seq", Rule: "must be positive"}
	}
	var texts textCheck
	texts.add(c.Withdrawn...)
	texts.add(c.Matched...)
	for reason := range c.Tally.ByReason {
		texts.add(string(reason))
	}
	for reason := range c.Passing.ByReason {
		texts.add(string(reason))
	}
	if c.Cursor != nil {
		texts.add(string(*c.Cursor))
	}
	for i := range c.Outcomes {
		o := &c.Outcomes[i]
		texts.add(o.SourceID, o.SinkID, string(o.Action), string(o.Reason))
		for _, f := range o.Fields {
			texts.add(f.Field, f.Rule)
		}
		for _, c := range o.Candidates {
			texts.add(c.ID)
		}
	}
	for i := range c.Records {
		r := &c.Records[i]
		if r.ID == "" {
			return &InvalidRequestError{Field: "Commit.Records.ID", Rule: "is required"}
		}
		texts.add(r.ID, r.SinkID, r.Fingerprint, string(r.State), r.Setup, r.Evidence)
	}
	for _, in := range c.Intents {
		if in.ID == "" {
			return &InvalidRequestError{Field: "Commit.Intents.ID", Rule: "is required"}
		}
		texts.add(in.ID, in.Fingerprint)
	}
	return texts.err("Commit")
}
