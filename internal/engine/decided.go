package engine

import "github.com/securitytrax/adcimport/ledger"

// What this run decided before is known in one way: the store says it of the ids
// that come up, with what it has of them (ledger.Record.Here). The store has it
// once the batch is committed; until then recent has the ids.

// decidedHere reports whether the listing has nothing to say of a record: this run
// has counted it. Where the listing is read for the second time (the page at which
// the run was interrupted, or all of it after another run), that is each record
// that it decided; where it is read for the first time, what it decided ahead,
// and what it will decide at its end.
func (r *reader[S, R]) decidedHere(it *item[S, R]) bool {
	here := it.had.Here
	return here != ledger.Verdict{} && (here.Ahead || r.again) || r.left[it.id]
}

// recentBatches is how many batches may be read whose outcomes are not stored: the
// one that is being read, the one that is being written, and the one before, whose
// outcomes wait for that one's intents.
const recentBatches = 3

// recent is the ids of the last batches.
type recent [recentBatches]map[string]bool

// begin forgets the oldest batch, and returns the set for the ids of a new one.
func (r *recent) begin(size int) map[string]bool {
	oldest := r[recentBatches-1]
	copy(r[1:], r[:])
	if clear(oldest); oldest == nil {
		oldest = make(map[string]bool, size)
	}
	r[0] = oldest
	return oldest
}

func (r *recent) has(id string) bool {
	for _, ids := range r {
		if ids[id] {
			return true
		}
	}
	return false
}
