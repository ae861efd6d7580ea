package ledger

import (
	"cmp"
	"context"
	"iter"
	"slices"
)

// List implements [StateStore]. What it yields was so at some time after the
// iteration began; what changed meanwhile may be left out.
func (s *MemoryStore) List(ctx context.Context, scope Scope, q Query) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		n := 0
		for chunk := range s.chunks(scope, q) {
			for _, r := range chunk {
				if err := memoryCheck(ctx, "list records"); err != nil {
					yield(Record{}, err)
					return
				}
				if n++; !yield(r, nil) || n == q.Limit {
					return
				}
			}
		}
		if err := memoryCheck(ctx, "list records"); err != nil {
			yield(Record{}, err)
		}
	}
}

// chunks copies what a query selects, some of it at a time.
func (s *MemoryStore) chunks(scope Scope, q Query) iter.Seq[[]Record] {
	switch {
	case q.Newest:
		return s.newest(scope, q)
	case q.Known:
		return s.byID(scope, q)
	}
	return func(yield func([]Record) bool) { yield(s.exceptions(scope, q)) }
}

// selects reports whether a record is among what a query asks for.
func (q *Query) selects(r *Record) bool {
	switch {
	case (q.Known || q.Newest) && !r.Known, q.After != "" && r.ID <= q.After:
		return false
	case len(q.States) > 0:
		return slices.Contains(q.States, r.State)
	}
	return q.Known || q.Newest || r.State != StateNone
}

// exceptions are all copied at once: they are few, and their order changes.
func (s *MemoryStore) exceptions(scope Scope, q Query) []Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	sc := s.scopes[scope]
	if sc == nil {
		return nil
	}
	var list []Record
	add := func(id string) {
		if r, ok := sc.record(id, s.runs[q.RunID]); ok && q.selects(&r) {
			list = append(list, r)
		}
	}
	for id := range sc.exceptions {
		add(id)
	}
	for _, o := range sc.open {
		if _, twice := sc.exceptions[o.ID]; !twice {
			add(o.ID)
		}
	}
	slices.SortFunc(list, func(a, b Record) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.ID, b.ID)) })
	return list
}

// byID copies known records by id.
func (s *MemoryStore) byID(scope Scope, q Query) iter.Seq[[]Record] {
	return func(yield func([]Record) bool) {
		ids := s.knownIDs(scope)
		from, found := slices.BinarySearch(ids, q.After)
		if found {
			from++
		}
		for chunk := range slices.Chunk(ids[from:], memoryChunk) {
			if !yield(s.selected(scope, q, chunk)) {
				return
			}
		}
	}
}

func (s *MemoryStore) knownIDs(scope Scope) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	sc := s.scopes[scope]
	if sc == nil {
		return nil
	}
	if sc.known == nil {
		for id, r := range sc.records {
			if r.known() {
				sc.known = append(sc.known, id)
			}
		}
		slices.Sort(sc.known)
	}
	return sc.known
}

func (s *MemoryStore) selected(scope Scope, q Query, ids []string) []Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	sc := s.scopes[scope]
	list := make([]Record, 0, len(ids))
	for _, id := range ids {
		if r, ok := sc.record(id, s.runs[q.RunID]); ok && q.selects(&r) {
			list = append(list, r)
		}
	}
	return list
}

// newest copies known records, the last confirmed ones first.
func (s *MemoryStore) newest(scope Scope, q Query) iter.Seq[[]Record] {
	return func(yield func([]Record) bool) {
		came := make(map[string]bool)
		for _, commit := range slices.Backward(s.confirmed(scope)) {
			if !yield(s.confirmedBy(scope, q, commit, came)) {
				return
			}
		}
	}
}

// confirmed is a list that is only ever added to.
func (s *MemoryStore) confirmed(scope Scope) []memoryConfirmed {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sc := s.scopes[scope]; sc != nil {
		return sc.confirmed
	}
	return nil
}

// confirmedBy copies the records that a commit confirmed and no later one.
func (s *MemoryStore) confirmedBy(scope Scope, q Query, commit memoryConfirmed, came map[string]bool) []Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Record
	sc := s.scopes[scope]
	for _, place := range slices.Backward(commit.places) {
		o, ok := commit.run.at(place)
		if !ok || came[o.id] {
			continue
		}
		came[o.id] = true
		if r, ok := sc.record(o.id, s.runs[q.RunID]); ok && q.selects(&r) {
			r.Since = commit.at
			list = append(list, r)
		}
	}
	return list
}
