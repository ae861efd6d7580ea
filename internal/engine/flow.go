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

	Mapping  *mapping.Run[*S, *R]                                              // the compiled rules, with this run's statistics
	Complete func(src *S, rec *R, generation int) ([]ledger.FieldError, error) // fills in keys and options, and checks the sink's rules
	Hash     func(rec *R) string                                               // fingerprint of what was mapped

	// Claim is what only one record of the sink may have, as a login name, and Find
	// reports where another one has it; nil: there is nothing of the kind.
	Claim func(rec *R) string

	// FindBy is the field that Find goes by, to be named where a record cannot be
	// looked up.
	FindBy string

	// References are look-ups in the sink that fill in records; nil: there are
	// none. Update is nil where the sink cannot. Proves says that finding nothing
	// proves that there is nothing: Find goes by the id alone, but for the claim.
	References func(ctx context.Context, recs []*R) error
	Find       func(ctx context.Context, ids []string, recs []*R) (hits map[string][]string, faults map[string]*Fault, err error)
	Create     func(ctx context.Context, ids []string, recs []*R) ([]Result, map[string]*Fault, error)
	Update     func(ctx context.Context, ids, sinkIDs []string, recs []*R) ([]Result, map[string]*Fault, error)
	Proves     bool
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
