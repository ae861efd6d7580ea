package engine

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// previewBooks keep what would be decided, so that a record that comes twice is
// seen as in a real run: ids and verdicts, and nothing else of a record.
type previewBooks struct {
	store ledger.StateStore
	scope ledger.Scope
	state ledger.RunState // of the preview; its link may have records that the first real run moves to the account

	mu       sync.Mutex
	foretold map[string]ledger.Record
	simply   simplyKnown               // of what was foretold, the most
	decided  map[string]ledger.Verdict // of records that stay as the store has them
}

func (*previewBooks) epoch() int64 { return 0 }

func (*previewBooks) keep(context.Context) {}

func (*previewBooks) call(ctx context.Context) (context.Context, context.CancelFunc, error) {
	ctx, cancel := context.WithCancel(ctx)
	return ctx, cancel, nil
}

func (b *previewBooks) records(ctx context.Context, ids []string) (map[string]ledger.Record, error) {
	found, err := b.store.Records(ctx, b.scope, "", ids)
	if err != nil {
		return nil, err
	}
	if own := b.ownScope(); own != b.scope {
		moved, err := b.store.Records(ctx, own, "", ids)
		if err != nil {
			return nil, err
		}
		found = merged(found, moved)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	copied := false
	for _, id := range ids {
		r, ok := b.told(id)
		if here, only := b.decided[id]; only {
			r, ok = found[id], true
			r.ID, r.Here = id, here
		}
		switch {
		case ok && !copied:
			if found, copied = maps.Clone(found), true; found == nil {
				found = make(map[string]ledger.Record)
			}
			fallthrough
		case ok:
			found[id] = r
		}
	}
	return found, nil
}

// ownScope is what the link's records belong to before they move to its account.
func (b *previewBooks) ownScope() ledger.Scope {
	return ledger.Scope{Account: b.state.Link, Kind: b.scope.Kind}
}

// merged is what becomes of records that two scopes hold.
func merged(found, moved map[string]ledger.Record) map[string]ledger.Record {
	if len(moved) == 0 {
		return found
	}
	all := make(map[string]ledger.Record, len(found)+len(moved))
	maps.Copy(all, found)
	for id, r := range moved {
		if has, both := all[id]; both {
			r = ledger.Merged(has, r, time.Now())
		}
		all[id] = r
	}
	return all
}

// list has what the store has, as it will be: without what was foretold to leave
// the state, and with what was foretold to come into it.
func (b *previewBooks) list(ctx context.Context, state ledger.RecordState, limit int) iter.Seq2[ledger.Record, error] {
	return func(yield func(ledger.Record, error) bool) {
		foretold, n := b.foretoldAs(state), 0
		some := func(r ledger.Record, err error) bool {
			n++
			return yield(r, err) && n != limit
		}
		for r, err := range b.store.List(ctx, b.scope, ledger.Query{States: []ledger.RecordState{state}}) {
			here, foretold := b.says(r.ID)
			r.Here = here
			if !foretold && !some(r, err) {
				return
			}
		}
		for _, r := range foretold {
			if !some(r, nil) {
				return
			}
		}
	}
}

func (b *previewBooks) foretoldAs(state ledger.RecordState) []ledger.Record {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []ledger.Record
	for _, id := range slices.Sorted(maps.Keys(b.foretold)) {
		if r := b.foretold[id]; r.State == state {
			list = append(list, r)
		}
	}
	return list
}

// says is what the preview decided about a record, and whether it foretold more of it.
func (b *previewBooks) says(id string) (here ledger.Verdict, foretold bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, foretold = b.told(id)
	return b.decided[id], foretold
}

func (b *previewBooks) newest(ctx context.Context, limit int) iter.Seq2[ledger.Record, error] {
	return newest(ctx, b.store, b.scope, limit)
}

func (b *previewBooks) commit(_ context.Context, c *ledger.Commit) ([]ledger.IntentState, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range c.Records {
		r := &c.Records[i]
		was, _ := b.told(r.ID)
		b.tell(ledger.Record{
			ID: r.ID, Known: r.Known, SinkID: r.SinkID, Fingerprint: r.Fingerprint, State: r.State, Since: r.Since,
			Sent: r.Sent, Attempts: r.Attempts, Setup: r.Setup, Evidence: r.Evidence, Decision: r.Decision, Generation: r.Generation,
			Here: cmp.Or(was.Here, b.decided[r.ID]),
		})
		delete(b.decided, r.ID)
	}
	for i := range c.Outcomes {
		o := &c.Outcomes[i]
		r, ok := b.told(o.SourceID)
		if !ok {
			b.decide(o)
			continue
		}
		r.Here = o.Verdict()
		b.tell(r)
	}
	return make([]ledger.IntentState, len(c.Intents)), nil // all are fresh
}

func (b *previewBooks) decide(o *ledger.Outcome) {
	if b.decided == nil {
		b.decided = make(map[string]ledger.Verdict)
	}
	b.decided[o.SourceID] = o.Verdict()
}

// told is what was foretold of a record.
func (b *previewBooks) told(id string) (ledger.Record, bool) {
	if r, ok := b.foretold[id]; ok {
		return r, true
	}
	return b.simply.record(id)
}

func (b *previewBooks) tell(r ledger.Record) {
	if b.simply.take(&r) {
		delete(b.foretold, r.ID)
		return
	}
	if b.foretold == nil {
		b.foretold = make(map[string]ledger.Record)
	}
	b.foretold[r.ID] = r
}

// simplyKnown are records that the run would make: known, without an id of the sink.
// There may be a million of them, so that it keeps what is asked of them and no more.
type simplyKnown struct {
	verdicts []ledger.Verdict // that there are, a few
	by       map[string]uint8 // places in verdicts, by id
}

// take keeps a record, if it is one of them.
func (k *simplyKnown) take(r *ledger.Record) bool {
	if !r.Simple() || r.SinkID != "" {
		delete(k.by, r.ID)
		return false
	}
	at := slices.Index(k.verdicts, r.Here)
	if at < 0 {
		if at = len(k.verdicts); at > math.MaxUint8 {
			return false
		}
		k.verdicts = append(k.verdicts, r.Here)
	}
	if k.by == nil {
		k.by = make(map[string]uint8)
	}
	k.by[r.ID] = uint8(at) //nolint:gosec // it is small enough
	return true
}

func (k *simplyKnown) record(id string) (ledger.Record, bool) {
	at, ok := k.by[id]
	if !ok {
		return ledger.Record{}, false
	}
	return ledger.Record{ID: id, Known: true, Here: k.verdicts[at]}, true
}

func (b *previewBooks) close(_ context.Context, end ledger.End) (ledger.RunState, error) {
	b.state.Close(end, time.Now().UTC())
	return b.state, nil
}
