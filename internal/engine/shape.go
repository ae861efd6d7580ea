package engine

import (
	"slices"

	"github.com/securitytrax/adcimport/ledger"
)

// shape matches and maps what is undecided, and finds every rule it breaks. An
// error leaves the rest as it is.
func (r *reader[S, R]) shape(items []item[S, R]) error {
	for i := range items {
		if it := &items[i]; it.unsettled() {
			if err := r.shapeOne(it); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *reader[S, R]) shapeOne(it *item[S, R]) error {
	if !r.flow.Match(&it.src) {
		it.decide(r.outcome(it.id), ledger.ActionSkipped, ledger.ReasonFilteredOut)
		return nil
	}
	if r.excludes(it) {
		return nil
	}
	broken := CleanText(&it.src)
	if len(broken) == 0 {
		broken = r.flow.Mapping.Apply(&it.src, &it.rec)
		it.hash = r.flow.Hash(&it.rec)
		found, err := r.flow.Complete(&it.src, &it.rec, it.had.Generation)
		if err != nil {
			return r.wrap("validate", err)
		}
		it.stage = shaped
		broken = addBroken(broken, found)
		broken = addBroken(broken, brokenText(&it.rec)) // a transform may have cut a character
	}
	if len(broken) > 0 {
		it.decide(r.outcome(it.id), ledger.ActionFailed, ledger.ReasonInvalidRecord)
		it.out.Fields = broken
	}
	return nil
}

// addBroken adds what a sink's rules find, except on fields that the mapping has
// refused: these are empty because of that, not because nothing was given.
func addBroken(mapped, found []ledger.FieldError) []ledger.FieldError {
	all := mapped
	for _, f := range found {
		if !slices.ContainsFunc(mapped, func(m ledger.FieldError) bool { return m.Field == f.Field }) {
			all = append(all, f)
		}
	}
	return all
}
