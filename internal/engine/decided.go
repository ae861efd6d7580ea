package engine

import "github.com/securitytrax/adcimport/ledger"

// What this run decided before is known in one way: the store says it of the ids
// that come up, with what it has of them (ledger.Record.Here). The store has it
// once the batch is committed; until then recent has the ids.

// decidedHere reports whether the listing has nothing to say of a record: this run
// has counted it. Where the listing is read for the second time (the page at which
// the run was interrupted, or all of it after another run), that is each record
// that it decided; where it is read for the first time, what it decided ahead,
// and what it will decide at its end. Those without an id share one row, which says
// nothing of a single one: they are counted when the cursor moves past them.
func (r *reader[S, R]) decidedHere(it *item[S, R]) bool {
	here := it.had.Here
	return it.id != "" && here != ledger.Verdict{} && (here.Ahead || r.again) || r.left[it.id]
}

// recentBatches is how many batches may be read whose outcomes are not stored, besides
// those that wait for the one before them: the one that is screened, the one whose
// details are begun, the one that is completed, the one that is written, and the one
// before, whose outcomes wait for that one's intents.
const recentBatches = 5

// recent is the ids of the last batches.
type recent struct {
	last map[string]int // by id: the number of the last batch that has it
	ids  [][]string     // of the batches; the nth has its place at n modulo their number
	n    int            // the number of the newest batch
}

func newRecent(batches int) recent {
	return recent{last: make(map[string]int), ids: make([][]string, batches)}
}

// begin begins a new batch, and forgets the oldest one.
func (r *recent) begin() {
	r.n++
	at := r.n % len(r.ids)
	for _, id := range r.ids[at] {
		if r.last[id] == r.n-len(r.ids) {
			delete(r.last, id)
		}
	}
	r.ids[at] = r.ids[at][:0]
}

// add notes an id of the newest batch.
func (r *recent) add(id string) {
	r.last[id] = r.n
	at := r.n % len(r.ids)
	r.ids[at] = append(r.ids[at], id)
}

func (r *recent) has(id string) bool {
	_, is := r.last[id]
	return is
}
