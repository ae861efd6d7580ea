package ledger

import "time"

// LeaseRequest asks for the lease of a scope, for one run of a link.
type LeaseRequest struct {
	Scope
	Link  string
	RunID string
	// Owner names the holder, uniquely for each attempt to acquire: a store takes
	// a request of the owner who holds the lease for a repetition.
	Owner string
	TTL   time.Duration
	// Resume says which run: a new one, whose id must not exist ([ErrRunExists]),
	// or one that exists (else [ErrNotFound]), of the same link and kind (else an
	// [*InvalidRequestError]).
	Resume Resume
	// State is a new run's filter, options, labels, retry of, driver, dry run and
	// warnings; the rest of it is not read.
	State RunState
	// Driver of a run that goes on; empty: it stays.
	Driver Driver
	// Queue says that a new run is opened also while a run of another link holds the
	// lease: as an interrupted one, which goes on by itself. Acquire fails with
	// [ErrRunInProgress] all the same. Where the run exists, nothing is changed. See
	// [LeaseRequest.Queued].
	Queue bool
}

// Resume is how a run is meant to go on.
type Resume int

const (
	// ResumeNew opens a new run.
	ResumeNew Resume = iota
	// ResumeAsked goes on with a run because a person or its driver says so. A
	// completed run is refused with [ErrRunEnded]. What was asked of the run before
	// is forgotten.
	ResumeAsked
	// ResumeDue goes on with a run by itself. Refused with [ErrRunEnded] are runs
	// that ended, and with [ErrNotDue] those that are held, paused until later, or
	// driven by the host.
	ResumeDue
)

// Validate refuses a request that lacks account, kind, link, run id, owner or a
// positive TTL with an [*InvalidRequestError]. A store calls it first in Acquire.
func (r *LeaseRequest) Validate() error {
	for _, f := range []struct {
		name    string
		missing bool
	}{
		{"Account", r.Account == ""},
		{"Kind", r.Kind == ""},
		{"Link", r.Link == ""},
		{"RunID", r.RunID == ""},
		{"Owner", r.Owner == ""},
	} {
		if f.missing {
			return &InvalidRequestError{Field: "LeaseRequest." + f.name, Rule: "is required"}
		}
	}
	if r.TTL <= 0 {
		return &InvalidRequestError{Field: "LeaseRequest.TTL", Rule: "must be positive"}
	}
	if r.Resume < ResumeNew || r.Resume > ResumeDue {
		return &InvalidRequestError{Field: "LeaseRequest.Resume", Rule: "must be ResumeNew, ResumeAsked or ResumeDue"}
	}
	var texts textCheck
	texts.add(r.texts()...)
	return texts.err("LeaseRequest")
}

// Lease is the right to write for a scope, fenced by Epoch. Fields other than
// Progress are the store's.
type Lease struct {
	Scope
	Link, RunID string
	Epoch       int64 // grows with every lease of the scope, and is never used again
	TTL         time.Duration
	Expires     time.Time     // by the store's clock
	First       bool          // the scope never had a lease before
	Quiet       time.Duration // from the end of the former lease to the beginning of this one
	Asked       Ask
	State       RunState // of the run, read in the transaction of Acquire
	Matched     []string // mapping rules that ever matched in this scope, see Commit.Matched

	Progress Progress // for Renew: to be shown to whoever looks at the run
}
