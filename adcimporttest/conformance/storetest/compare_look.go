package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// look compares a part of what is kept, another one each time.
func (s *story) look() {
	if len(s.runs) == 0 {
		return
	}
	scope, run := s.scope(), s.last
	if h := s.holds[run]; h != nil && !s.chance(3) {
		scope = h.leases[0].Scope
	}
	s.lookAtRecords(scope, pick(s, run, pick(s, s.runs...), ""))
	q := ledger.Query{
		Known: s.chance(2), After: pick(s, "", "", "3", "B"), Limit: pick(s, 0, 1, 3),
		States: pick(s, nil, []ledger.RecordState{ledger.StateOpen}, []ledger.RecordState{ledger.StateFailed, ledger.StateReview}),
	}
	if !q.Known {
		q.After = ""
	}
	s.lookAtList(scope, q)
	s.lookAtRun(pick(s, run, pick(s, s.runs...)), s.rand.IntN(6))
}

// lookAtAll compares all that is kept.
func (s *story) lookAtAll() {
	for _, scope := range s.scopes() {
		for _, run := range append(s.runs, "") {
			s.lookAtRecords(scope, run)
		}
		for _, q := range []ledger.Query{{}, {Known: true}, {Newest: true}} {
			s.lookAtList(scope, q)
		}
	}
	for _, link := range s.links() {
		for _, q := range []ledger.RunQuery{{Link: link}, {Link: link, Unended: true}, {Link: link, Kind: ledger.KindUser, Limit: 2}} {
			s.both(fmt.Sprintf("Runs %+v", q), func(store ledger.StateStore, _ int) ([]string, error) {
				return texts(store.Runs(s.ctx, q), seenText)
			})
		}
	}
	for _, run := range append(s.runs, s.name+"none such") {
		s.lookAtRun(run, 0)
	}
}

// lookAtRecords asks for a run's decisions only while stores have to know them.
func (s *story) lookAtRecords(scope ledger.Scope, run string) {
	if st, err := s.stores[0].Run(s.ctx, run); err != nil || st.Status == ledger.StatusCompleted {
		run = ""
	}
	ids := append([]string{"", "none such"}, storyIDs...)
	s.both(fmt.Sprintf("Records %v of %q", scope, run), func(store ledger.StateStore, _ int) ([]string, error) {
		found, err := store.Records(s.ctx, scope, run, ids)
		var list []ledger.Record
		for id, r := range found {
			if id == r.ID && r != (ledger.Record{ID: id}) { // a row with nothing in it is as good as none
				list = append(list, r)
			}
		}
		slices.SortFunc(list, func(a, b ledger.Record) int { return cmp.Compare(a.ID, b.ID) })
		return recordTexts(list), err
	})
}

func (s *story) lookAtList(scope ledger.Scope, q ledger.Query) {
	s.both(fmt.Sprintf("List %v %+v", scope, q), func(store ledger.StateStore, _ int) ([]string, error) {
		var list []ledger.Record
		for r, err := range store.List(s.ctx, scope, q) {
			if err != nil {
				return nil, err
			}
			list = append(list, r)
		}
		if q.Newest && q.Limit == 0 { // those of one commit come in any order
			slices.SortStableFunc(list, func(a, b ledger.Record) int {
				if a.Since.Equal(b.Since) {
					return cmp.Compare(a.ID, b.ID)
				}
				return 0
			})
		}
		return recordTexts(list), nil
	})
}

func (s *story) lookAtRun(run string, from int) {
	s.both("Run "+run, func(store ledger.StateStore, _ int) ([]string, error) {
		st, err := store.Run(s.ctx, run)
		return []string{seenText(st)}, err
	})
	s.both(fmt.Sprintf("Outcomes %s from %d", run, from), func(store ledger.StateStore, _ int) ([]string, error) {
		return texts(store.Outcomes(s.ctx, run, from), func(o ledger.Outcome) string {
			at := printTime(o.At)
			o.At = time.Time{}
			return fmt.Sprintf("%+v at %s", o, at)
		})
	})
}

// recordTexts print records, times as places in their order.
func recordTexts(list []ledger.Record) []string {
	var order []time.Time
	for _, r := range list {
		order = append(order, r.Since)
	}
	lines := make([]string, len(list))
	for i, r := range list {
		lines[i] = recordText(r, order)
	}
	return lines
}

func recordText(r ledger.Record, order []time.Time) string {
	since := place(r.Since, order)
	r.Since = time.Time{}
	return fmt.Sprintf("%+v since %s", r, since)
}

// place is where a time stands among others.
func place(at time.Time, order []time.Time) string {
	if at.IsZero() {
		return "none"
	}
	before := make(map[int64]bool)
	for _, other := range order {
		if !other.IsZero() && other.Before(at) {
			before[other.UnixMicro()] = true
		}
	}
	return fmt.Sprint("time ", len(before))
}

// seenText is a run as a reader of either store gets it.
func seenText(st ledger.RunState) string {
	return fmt.Sprint(timelessText(st), " alive ", st.Alive, " due ", st.DueIn <= 0)
}

// timelessText is a run without what time alone changes, times as places in their
// order.
func timelessText(st ledger.RunState) string {
	order := []time.Time{st.Started, st.Finished, st.PausedUntil, st.Heartbeat}
	times := make([]string, len(order))
	for i, at := range order {
		times[i] = place(at, order)
	}
	st.Started, st.Finished, st.PausedUntil, st.Heartbeat = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	return fmt.Sprint(runText(st), times)
}

func leaseText(l ledger.Lease) string {
	return fmt.Sprint([]any{
		l.Scope, l.Link, l.RunID, l.Epoch, l.TTL, l.Expires.IsZero(), l.First, l.Quiet > 0, string(l.Asked), l.Matched, timelessText(l.State),
	})
}
