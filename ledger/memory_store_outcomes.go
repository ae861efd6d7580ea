package ledger

import (
	"slices"
	"time"
)

// memoryChunk outcomes are kept, and copied, at a time: a long ledger is never
// copied whole, neither when it grows nor under the lock of a reader.
const memoryChunk = 256

// memoryOutcome is an outcome in short where it has nothing else, as nearly all of
// a first import: what is kept of a million records is what the collector has to
// look through.
type memoryOutcome struct {
	id, sinkID string
	action     Action
	at         int64 // in nanoseconds
	whole      *Outcome
}

func (r *memoryRun) kept(o *Outcome) memoryOutcome {
	m := memoryOutcome{id: o.SourceID, sinkID: o.SinkID, action: o.Action, at: o.At.UnixNano()}
	if o.Reason != "" || o.Ahead || len(o.Fields) > 0 || len(o.Candidates) > 0 || !m.time().Equal(o.At) {
		whole := *o
		whole.RunID, whole.Kind = r.state.RunID, r.state.Kind
		whole.Fields, whole.Candidates = slices.Clone(o.Fields), cloneWeighed(o.Candidates)
		m.whole = &whole
	}
	return m
}

func (m *memoryOutcome) time() time.Time { return time.Unix(0, m.at).UTC() }

// outcome is what a reader gets, which shares nothing with what is kept.
func (m *memoryOutcome) outcome(r *memoryRun) Outcome {
	if m.whole != nil {
		o := *m.whole
		o.Fields, o.Candidates = slices.Clone(o.Fields), cloneWeighed(o.Candidates)
		return o
	}
	return Outcome{RunID: r.state.RunID, Kind: r.state.Kind, SourceID: m.id, SinkID: m.sinkID, Action: m.action, At: m.time()}
}

func (m *memoryOutcome) verdict() Verdict {
	if m.whole != nil {
		return m.whole.Verdict()
	}
	return Verdict{Action: m.action}
}

// store keeps an outcome in the place of an earlier one of the same record.
func (r *memoryRun) store(o *Outcome) int32 {
	delete(r.forgotten, o.SourceID)
	if at, ok := r.index[o.SourceID]; ok {
		r.chunks[at/memoryChunk][at%memoryChunk] = r.kept(o)
		return at
	}
	if r.index == nil {
		r.index = make(map[string]int32)
	}
	at := int32(len(r.index)) //nolint:gosec // a run of two thousand million records does not fit into memory
	r.index[o.SourceID] = at
	if at%memoryChunk == 0 {
		r.chunks = append(r.chunks, make([]memoryOutcome, 0, memoryChunk))
	}
	last := &r.chunks[at/memoryChunk]
	*last = append(*last, r.kept(o))
	return at
}

// at is a stored outcome; a pruned run has none.
func (r *memoryRun) at(place int32) (*memoryOutcome, bool) {
	if int(place)/memoryChunk >= len(r.chunks) {
		return nil, false
	}
	return &r.chunks[place/memoryChunk][place%memoryChunk], true
}

// from copies a chunk of outcomes, or what is left of it.
func (r *memoryRun) from(place int) []Outcome {
	if place >= len(r.index) {
		return nil
	}
	rest := r.chunks[place/memoryChunk][place%memoryChunk:]
	list := make([]Outcome, len(rest))
	for i := range rest {
		list[i] = rest[i].outcome(r)
	}
	return list
}

// verdict is what the run decided about a record.
func (r *memoryRun) verdict(id string) Verdict {
	place, ok := r.index[id]
	if !ok || r.forgotten[id] {
		return Verdict{}
	}
	o, _ := r.at(place)
	return o.verdict()
}

func (r *memoryRun) forget(sc *memoryScope, id string) {
	if _, ok := r.index[id]; !ok || r.scope != sc {
		return
	}
	if r.forgotten == nil {
		r.forgotten = make(map[string]bool)
	}
	r.forgotten[id] = true
}
