package sqlstore

import (
	"encoding/json"
	"slices"
	"sync"

	"github.com/securitytrax/adcimport/ledger"
)

// remembered is what a commit leaves behind in memory, so that the calls after it
// ask for less. It counts only while the scope's row is the one that the commit
// wrote: whoever writes a record, or the open batch, in between changes the epoch,
// the number of the commit, or the name of the amendment.
type remembered struct {
	epoch, seq int64 // seq is never 0
	amended    string
	open       []ledger.OpenIntent // not to be changed
	at         map[string]int      // places in open
	stored     map[string]bool     // its ids of which anything is stored
}

// nothing is remembered: it counts nowhere.
func nothing() *remembered { return &remembered{seq: -1} }

// asStored stands for an open batch that is remembered. It is no JSON.
const asStored = ""

// args tell a statement what is remembered: it returns asStored where that counts,
// in place of the open batch.
func (r *remembered) args() []any { return []any{r.epoch, r.seq, r.amended} }

// read is the open batch that a statement returned, and the places of its ids.
func (r *remembered) read(text string) (open []ledger.OpenIntent, at map[string]int, err error) {
	if text == asStored {
		return r.open, r.at, nil
	}
	if err := json.Unmarshal([]byte(text), &open); err != nil {
		return nil, nil, err
	}
	return open, places(open), nil
}

func places(open []ledger.OpenIntent) map[string]int {
	at := make(map[string]int, len(open))
	for i := range open {
		at[open[i].ID] = i
	}
	return at
}

// memory is what a store remembers, by scope. It has nothing of a scope without an
// open batch.
type memory struct {
	mu     sync.Mutex
	scopes map[ledger.Scope]*remembered
}

// of is what is remembered of a scope.
func (m *memory) of(s ledger.Scope) *remembered {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.scopes[s]; r != nil {
		return r
	}
	return nothing()
}

func (m *memory) set(s ledger.Scope, r *remembered) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(r.open) == 0 {
		delete(m.scopes, s)
		return
	}
	if m.scopes == nil {
		m.scopes = make(map[ledger.Scope]*remembered)
	}
	m.scopes[s] = r
}

// remember keeps what a commit leaves, whose look-up found f. It need not succeed.
func (m *memory) remember(r *scopeRow, seq int64, after *ledger.After, f found) {
	at, stored := places(after.Open), make(map[string]bool)
	note := func(id string) {
		if _, open := at[id]; open {
			stored[id] = true
		}
	}
	for id := range f.records {
		note(id)
	}
	for i := range after.Records {
		note(after.Records[i].ID)
	}
	m.set(r.Scope, &remembered{epoch: r.epoch, seq: seq, amended: r.amended, open: after.Open, at: at, stored: stored})
}

// toLookUp are the ids that a commit must look up, each once.
func (r *scopeRow) toLookUp(c *ledger.Commit) []string {
	ids := c.IDs()
	for i := range r.open {
		ids = append(ids, r.open[i].ID)
	}
	if was := r.was; was != nil {
		ids = slices.DeleteFunc(ids, func(id string) bool {
			_, open := was.at[id]
			return open && !was.stored[id]
		})
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
