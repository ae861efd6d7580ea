package engine

import (
	"context"
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/securitytrax/adcimport/internal/mapping"
	"github.com/securitytrax/adcimport/ledger"
)

// Flow is what the kinds of records differ in. S is a source's record, R a
// sink's. Listings end, as those of [Ending] do.
//
// The faults of Find, Create and Update concern single records, by id; their
// errors concern all, and end the run.
type Flow[S, R any] struct {
	// Pages is the listing, with the filter pushed down. ByID has the records with
	// these ids, whatever the filter. Detail is nil for a source without partial
	// pages.
	Pages  func(ctx context.Context, from ledger.Cursor) iter.Seq2[Page[S], error]
	ByID   func(ctx context.Context, ids []string) iter.Seq2[Page[S], error]
	Detail func(ctx context.Context, id string) (S, *Fault, error)

	Named    []string             // ids that the filter names
	Criteria bool                 // the filter has other criteria too
	ID       func(*S) string      // "": none that a store can keep
	Wanted   func(id string) bool // may the filter select it, by its id alone?
	Match    func(*S) bool        // does it?
	Excluded func(*S) string      // the field by which it is an account that the filter does not include; empty: none; nil: it includes all

	Mapping  *mapping.Run[*S, *R]                                              // the compiled rules, with this run's statistics
	Complete func(src *S, rec *R, generation int) ([]ledger.FieldError, error) // fills in keys and options, and checks the sink's rules
	Hash     func(rec *R) string                                               // fingerprint of what was mapped

	// Claim is what only one record of the sink may have, as a login name, and Find
	// reports where another one has it; nil: there is nothing of the kind. Taken is
	// the fault of a record whose claim another one of the run has.
	Claim func(rec *R) string
	Taken *Fault

	// Once says that a create that may have happened is never sent again by itself,
	// also where the sink does not have the record: what came of it may have gone
	// out to people.
	Once bool

	// FindBy is the field that Find goes by, to be named where a record cannot be
	// looked up.
	FindBy string

	// Refer looks up what records refer to, which is the field ReferBy; nil: they refer
	// to nothing.
	Refer   Referring[R]
	ReferBy string

	// Own says what an update writes; nil: all of the record. See ownership.go.
	Own Owning[R]

	// Find proves, where Proves says so, that the sink does not have what it does not
	// find: it goes by the id alone, but for the claim. Traces has what may have been
	// made of records without their ids; nil: the sink cannot say. Update is nil where it
	// cannot.
	Find   func(ctx context.Context, ids []string, recs []*R) (hits map[string][]string, faults map[string]*Fault, err error)
	Traces func(ctx context.Context, ids []string, recs []*R) (copies map[string][]string, err error)
	Create func(ctx context.Context, ids []string, recs []*R) ([]Result, map[string]*Fault, error)
	Update func(ctx context.Context, ids, sinkIDs []string, recs []*R) ([]Result, map[string]*Fault, error)
	Proves bool

	Likeness *Likeness[R] // nil: what the sink does not find by its id is not there
}

// UsableID returns "" for an id that no store can keep: such a record fails
// alone, as one without an id does. All such records of a run share one row of
// the ledger.
func UsableID(id string) string {
	if !utf8.ValidString(id) || strings.Contains(id, "\x00") {
		return ""
	}
	return id
}

// excludes decides a record that is an account which the filter does not include.
func (j *job[S, R]) excludes(it *item[S, R]) bool {
	if j.flow.Excluded == nil {
		return false
	}
	field := j.flow.Excluded(&it.src)
	if field == "" {
		return false
	}
	it.decide(j.outcome(it.id), ledger.ActionSkipped, ledger.ReasonExcluded)
	it.out.Fields = []ledger.FieldError{{Field: field, Rule: "is not among what the filter includes"}}
	return true
}

// WantedIDs returns what reports whether an id is among those a filter names, if
// it names any.
func WantedIDs(ids []string) func(string) bool {
	if len(ids) == 0 {
		return func(string) bool { return true }
	}
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return func(id string) bool { return set[id] }
}
