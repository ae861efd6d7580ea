package ledger

import (
	"slices"
	"time"
)

// memoryScope is the state of one scope.
type memoryScope struct {
	key    Scope
	closed bool
	lease  memoryLease

	records    map[string]*memoryRecord
	exceptions map[string]struct{} // ids of those that are in a state
	room       []memoryRecord      // where new ones go: a chunk at a time, never moved
	known      []string            // ids of the known ones, sorted; nil: to be made anew. Never changed
	confirmed  []memoryConfirmed   // by time
	open       []OpenIntent
	openAt     map[string]int // places in open; empty: to be filled
	matched    map[string]struct{}
}

// memoryRecord is a record as stored, without Here: the runs know that. One that is
// simply known is kept in short.
type memoryRecord struct {
	sinkID, fingerprint, runID string
	whole                      *Record
}

func (m *memoryRecord) known() bool { return m.whole == nil || m.whole.Known }

func (m *memoryRecord) record(id string) Record {
	if m.whole != nil {
		return *m.whole
	}
	return Record{ID: id, Known: true, SinkID: m.sinkID, Fingerprint: m.fingerprint, RunID: m.runID}
}

func memoryRecordOf(r *Record) memoryRecord {
	m := memoryRecord{sinkID: r.SinkID, fingerprint: r.Fingerprint, runID: r.RunID}
	if m.record(r.ID) == *r {
		return m
	}
	whole := *r
	return memoryRecord{whole: &whole}
}

// memoryConfirmed tells which outcomes of a run one commit confirmed records by.
type memoryConfirmed struct {
	run    *memoryRun
	at     time.Time
	places []int32
}

func (s *MemoryStore) scope(k Scope) *memoryScope {
	sc := s.scopes[k]
	if sc == nil {
		sc = &memoryScope{
			key: k, records: make(map[string]*memoryRecord), exceptions: make(map[string]struct{}), matched: make(map[string]struct{}),
		}
		if s.scopes == nil {
			s.scopes = make(map[Scope]*memoryScope)
		}
		s.scopes[k] = sc
	}
	return sc
}

// put stores a record whole.
func (sc *memoryScope) put(r Record) {
	r.Here = Verdict{}
	old := sc.records[r.ID]
	if (old != nil && old.known()) != r.Known {
		sc.known = nil
	}
	if r.State == StateNone {
		delete(sc.exceptions, r.ID)
	} else {
		sc.exceptions[r.ID] = struct{}{}
	}
	switch {
	case r == (Record{ID: r.ID}):
		delete(sc.records, r.ID)
	case old != nil:
		*old = memoryRecordOf(&r)
	default:
		if len(sc.room) == cap(sc.room) {
			sc.room = make([]memoryRecord, 0, memoryChunk)
		}
		sc.room = append(sc.room, memoryRecordOf(&r))
		sc.records[r.ID] = &sc.room[len(sc.room)-1]
	}
}

// stored is a record without what the open batch makes of it, with Here of r,
// which may be nil.
func (sc *memoryScope) stored(id string, r *memoryRun) (Record, bool) {
	kept := sc.records[id]
	if kept == nil {
		return Record{ID: id}, false
	}
	got := kept.record(id)
	if r != nil && r.scope == sc {
		got.Here = r.verdict(id)
	}
	return got, true
}

// record is a record as the outside sees it.
func (sc *memoryScope) record(id string, r *memoryRun) (Record, bool) {
	got, ok := sc.stored(id, r)
	if o, isOpen := sc.intent(id); isOpen {
		return o.Over(got), true
	}
	return got, ok
}

// intent finds an id in the open batch.
func (sc *memoryScope) intent(id string) (OpenIntent, bool) {
	if len(sc.open) == 0 {
		return OpenIntent{}, false
	}
	if len(sc.openAt) == 0 {
		if sc.openAt == nil {
			sc.openAt = make(map[string]int, len(sc.open))
		}
		for i, o := range sc.open {
			sc.openAt[o.ID] = i
		}
	}
	i, ok := sc.openAt[id]
	if !ok {
		return OpenIntent{}, false
	}
	return sc.open[i], true
}

func (sc *memoryScope) setOpen(open []OpenIntent) {
	sc.open = open
	clear(sc.openAt) // its room is used again, batch after batch
}

// settle turns what the open batch still holds into open records.
func (sc *memoryScope) settle() {
	for _, o := range sc.open {
		r, _ := sc.stored(o.ID, nil)
		sc.put(o.Over(r))
	}
	sc.setOpen(nil)
}

// adopt moves what the scope of the request's link holds into sc, and closes it.
func (s *MemoryStore) adopt(sc *memoryScope, req LeaseRequest, now time.Time) error {
	if req.Account == req.Link {
		return nil
	}
	former := s.scope(Scope{Account: req.Link, Kind: req.Kind})
	switch {
	case former.closed:
		return nil
	case former.lease.held(now):
		return former.inProgress(now)
	}
	former.settle()
	sc.settle()
	for id, r := range former.records {
		merged := r.record(id)
		if own, both := sc.records[id]; both {
			merged = Merged(own.record(id), merged, now)
		}
		sc.put(merged)
	}
	for rule := range former.matched {
		sc.matched[rule] = struct{}{}
	}
	sc.confirmed = slices.Concat(sc.confirmed, former.confirmed) // a list of its own: others range over the former ones
	slices.SortStableFunc(sc.confirmed, func(a, b memoryConfirmed) int { return a.at.Compare(b.at) })
	for _, r := range s.opened {
		if r.scope == former {
			r.scope = sc
		}
	}
	sc.lease = mergedLease(sc.lease, former.lease)
	s.scopes[former.key] = &memoryScope{key: former.key, closed: true}
	return nil
}

// mergedLease is what two scopes' last leases leave behind. Where both had one,
// nobody knows which of their runs was last: each of them begins its pass anew.
func mergedLease(a, b memoryLease) memoryLease {
	switch {
	case b.epoch == 0:
		return a
	case a.epoch == 0:
		return b
	}
	ends := a.ends
	if b.ends.After(ends) {
		ends = b.ends
	}
	return memoryLease{epoch: max(a.epoch, b.epoch), ends: ends, released: true}
}
