package alarmcom

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/securitytrax/adcimport/alarmcom/internal/account"
)

// lists are how the customers of an account, or of a sub-dealer, are listed.
type lists struct {
	in account.Include
	// included lists those that the filter includes, as far as a list can tell.
	included func(ctx context.Context, branch int64) ([]int64, error)
	// terminated and commitments list what is left out as well as the others: with
	// the terminated ones, those and the commitments. nil: no list tells.
	terminated, commitments func(ctx context.Context, branch int64) ([]int64, error)
}

// listsOfAll are those of the whole account.
func (s *Source) listsOfAll(in account.Include) lists {
	of := func(in account.Include) func(context.Context, int64) ([]int64, error) {
		return func(ctx context.Context, _ int64) ([]int64, error) { return told(s.first().CustomerIDs(ctx, in)) }
	}
	l := lists{in: in, included: of(in)}
	if s.partner == nil {
		l.commitments = of(account.Include{Terminated: in.Terminated, Commitment: true})
		l.terminated = of(account.Include{Terminated: true, Commitment: true})
	}
	return l
}

// listsOfBranches are those of single sub-dealers: they have the commitments.
func (s *Source) listsOfBranches(in account.Include) lists {
	of := func(terminated bool) func(context.Context, int64) ([]int64, error) {
		return func(ctx context.Context, branch int64) ([]int64, error) {
			return told(s.branches.BranchIDs(ctx, branch, terminated))
		}
	}
	return lists{in: in, included: of(in.Terminated), terminated: of(true)}
}

// listsOfNamed are the ids that a filter names.
func listsOfNamed(ids []int64) lists {
	return lists{included: func(context.Context, int64) ([]int64, error) { return ids, nil }}
}

// roll is the customers of an account, or of a sub-dealer, sorted.
type roll struct {
	ids                     []int64 // all of them
	terminated, commitments []int64 // of these, what is left out
}

// leftOut adds to the included ids what is left out, as far as lists tell. A
// customer that is added between two of the lists is taken for one of those, in this
// run. It reports false where a list cannot be had.
func (l *lists) leftOut(ctx context.Context, branch int64, included []int64) (r roll, complete bool) {
	r = roll{ids: included}
	if l.commitments != nil && !l.in.Commitment {
		ids, err := l.commitments(ctx, branch)
		if err != nil {
			return r, false
		}
		r.ids, r.commitments = withNew(r.ids, ids)
	}
	if l.terminated != nil && !l.in.Terminated {
		ids, err := l.terminated(ctx, branch)
		if err != nil {
			return r, false
		}
		r.ids, r.terminated = withNew(r.ids, ids)
	}
	return r, true
}

// withNew is a sorted list with what another one has beyond it, and that.
func withNew(ids, more []int64) (all, added []int64) {
	for _, id := range more {
		if !has(ids, id) {
			added = append(added, id)
		}
	}
	if len(added) == 0 {
		return ids, nil
	}
	all = slices.Concat(ids, added)
	slices.Sort(all)
	return all, added
}

func has(sorted []int64, id int64) bool {
	_, has := slices.BinarySearch(sorted, id)
	return has
}

// uncounted notes that accounts are left out whom nobody counted, until a run's end.
type uncounted struct{ some atomic.Bool }

// take returns what there is to say, and forgets it.
func (u *uncounted) take() []string {
	if !u.some.Swap(false) {
		return nil
	}
	return []string{"Alarm.com does not list the terminated accounts, or the commitments: those that are left out are not all counted"}
}
