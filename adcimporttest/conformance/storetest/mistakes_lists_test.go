package storetest_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

func listMistakes() mistakes {
	return mistakes{
		"list_states": func(b *brokenStore) { // the zero query selects what failed
			b.listOut(func(q ledger.Query, list []ledger.Record) []ledger.Record {
				if len(q.States) > 0 || q.Known || q.Newest {
					return list
				}
				return slices.DeleteFunc(list, func(r ledger.Record) bool { return r.State == ledger.StateReview })
			})
		},
		"list_since": func(b *brokenStore) { // by id
			b.listOut(func(q ledger.Query, list []ledger.Record) []ledger.Record {
				if !q.Newest {
					slices.SortFunc(list, func(x, y ledger.Record) int { return strings.Compare(x.ID, y.ID) })
				}
				return list
			})
		},
		"list_known": func(b *brokenStore) { // as a language sorts
			b.listOut(func(q ledger.Query, list []ledger.Record) []ledger.Record {
				if q.Known {
					slices.SortStableFunc(list, func(x, y ledger.Record) int {
						return strings.Compare(strings.ToLower(x.ID), strings.ToLower(y.ID))
					})
				}
				return list
			})
		},
		"list_both": func(b *brokenStore) {
			b.list = func(ctx context.Context, s ledger.Scope, q ledger.Query) iter.Seq2[ledger.Record, error] {
				q.Known = q.Known && len(q.States) == 0
				return b.MemoryStore.List(ctx, s, q)
			}
		},
		"list_newest": func(b *brokenStore) { // the last changed first
			b.list = func(ctx context.Context, s ledger.Scope, q ledger.Query) iter.Seq2[ledger.Record, error] {
				if q.Newest {
					q.Newest, q.Known = false, true
				}
				return b.MemoryStore.List(ctx, s, q)
			}
		},
		"list_pruned": func(b *brokenStore) { // keeps a copy of what was confirmed
			var last []ledger.Record
			b.listOut(func(q ledger.Query, list []ledger.Record) []ledger.Record {
				if q.Newest && len(list) < len(last) {
					return last
				}
				if q.Newest {
					last = list
				}
				return list
			})
		},
		"list_limit": func(b *brokenStore) {
			b.list = func(ctx context.Context, s ledger.Scope, q ledger.Query) iter.Seq2[ledger.Record, error] {
				if len(q.States) > 0 {
					q.Limit = 0
				}
				return b.MemoryStore.List(ctx, s, q)
			}
		},
		"list_all": func(b *brokenStore) { // one page
			b.listOut(func(_ ledger.Query, list []ledger.Record) []ledger.Record { return first(1100, list) })
		},
	}
}

func amendMistakes() mistakes {
	// amended changes amendments on their way.
	amended := func(change func(*ledger.Amendment)) func(*brokenStore) {
		return func(b *brokenStore) {
			b.amend = func(ctx context.Context, s ledger.Scope, list []ledger.Amendment) error {
				list = slices.Clone(list)
				for i := range list {
					change(&list[i])
				}
				return b.MemoryStore.Amend(ctx, s, list)
			}
		}
	}
	return mistakes{
		"forget": func(b *brokenStore) {
			b.recordsOut(func(_ ledger.Scope, _ string, r *ledger.Record) { r.Generation = min(r.Generation, 1) })
		},
		"retry": func(b *brokenStore) { // leaves alone what is parked
			b.amend = func(ctx context.Context, s ledger.Scope, list []ledger.Amendment) error {
				list = slices.DeleteFunc(slices.Clone(list), func(a ledger.Amendment) bool {
					found, _ := b.MemoryStore.Records(ctx, s, "", []string{a.ID})
					return a.Op == ledger.AmendRetry && found[a.ID].State == ledger.StateParked
				})
				return b.MemoryStore.Amend(ctx, s, list)
			}
		},
		"decide": func(b *brokenStore) { // does not take it back
			b.amend = func(ctx context.Context, s ledger.Scope, list []ledger.Amendment) error {
				list = slices.DeleteFunc(slices.Clone(list), func(a ledger.Amendment) bool {
					return a.Op == ledger.AmendDecide && a.Decision == ""
				})
				return b.MemoryStore.Amend(ctx, s, list)
			}
		},
		"amend_held": func(b *brokenStore) { // one by one
			b.amend = func(ctx context.Context, s ledger.Scope, list []ledger.Amendment) error {
				for _, a := range list {
					if err := b.MemoryStore.Amend(ctx, s, []ledger.Amendment{a}); err != nil {
						return err
					}
				}
				return nil
			}
		},
		"amend_decisions": func(b *brokenStore) { // no word beside a run
			b.amend = func(ctx context.Context, s ledger.Scope, list []ledger.Amendment) error {
				list = append([]ledger.Amendment{{ID: "none such", Op: ledger.AmendRetry}}, list...)
				return b.MemoryStore.Amend(ctx, s, list)
			}
		},
		"amend_expired": func(b *brokenStore) { // while the run is not ended
			b.amend = func(ctx context.Context, s ledger.Scope, list []ledger.Amendment) error {
				for st, err := range b.MemoryStore.Runs(ctx, ledger.RunQuery{}) {
					if err == nil && st.Status == ledger.StatusRunning && list[0].Op != ledger.AmendDecide {
						return ledger.ErrRunInProgress
					}
				}
				return b.MemoryStore.Amend(ctx, s, list)
			}
		},
		"amend_missing": func(b *brokenStore) {
			b.amend = func(ctx context.Context, s ledger.Scope, list []ledger.Amendment) error {
				for _, a := range list {
					found, err := b.MemoryStore.Records(ctx, s, "", []string{a.ID})
					if err == nil && len(found) == 0 {
						return ledger.ErrNotFound
					}
				}
				return b.MemoryStore.Amend(ctx, s, list)
			}
		},
		"amend_open": func(b *brokenStore) { // knows only what has a row of its own
			b.amend = func(ctx context.Context, s ledger.Scope, list []ledger.Amendment) error {
				list = slices.DeleteFunc(slices.Clone(list), func(a ledger.Amendment) bool {
					found, _ := b.MemoryStore.Records(ctx, s, "", []string{a.ID})
					return a.Op == ledger.AmendForget && found[a.ID].State == ledger.StateOpen && found[a.ID].Sent == 1
				})
				return b.MemoryStore.Amend(ctx, s, list)
			}
		},
		"amend_invalid": amended(func(a *ledger.Amendment) {
			if a.Op == "" {
				a.Op = ledger.AmendRetry
			}
		}),
	}
}

func markMistakes() mistakes {
	return mistakes{
		"told": func(b *brokenStore) {
			b.mark = func(ctx context.Context, runID string, m ledger.Mark) (bool, error) {
				ok, err := b.MemoryStore.Mark(ctx, runID, m)
				return ok || m.Told != "" && err == nil, err
			}
		},
		"claim": func(b *brokenStore) { // two get it
			claims := make(map[string]int)
			b.mark = func(ctx context.Context, runID string, m ledger.Mark) (bool, error) {
				ok, err := b.MemoryStore.Mark(ctx, runID, m)
				claims[runID+m.Claim]++
				return ok || m.Claim != "" && claims[runID+m.Claim] == 2, err
			}
		},
		"claim_again": func(b *brokenStore) { // whoever claims first sends it, or nobody does
			b.mark = func(ctx context.Context, runID string, m ledger.Mark) (bool, error) {
				if m.Claim != "" && m.For > 0 {
					m.For = time.Hour
				}
				return b.MemoryStore.Mark(ctx, runID, m)
			}
		},
		"ask": func(b *brokenStore) {
			b.renew = func(ctx context.Context, l ledger.Lease) (ledger.Lease, error) {
				next, err := b.MemoryStore.Renew(ctx, l)
				next.Asked = l.Asked
				return next, err
			}
		},
		"ask_waiting": func(b *brokenStore) { // only of a run that is held
			b.mark = func(ctx context.Context, runID string, m ledger.Mark) (bool, error) {
				if st, err := b.MemoryStore.Run(ctx, runID); err == nil && m.Ask != "" && st.Status == ledger.StatusInterrupted {
					return false, nil
				}
				return b.MemoryStore.Mark(ctx, runID, m)
			}
		},
		"ask_ended": func(b *brokenStore) {
			b.mark = func(ctx context.Context, runID string, m ledger.Mark) (bool, error) {
				ok, err := b.MemoryStore.Mark(ctx, runID, m)
				return ok || m.Ask != "" && err == nil, err
			}
		},
		"mark_invalid": func(b *brokenStore) {
			b.mark = func(ctx context.Context, runID string, m ledger.Mark) (bool, error) {
				ok, err := b.MemoryStore.Mark(ctx, runID, m)
				if invalid(err) {
					err = nil
				}
				return ok, err
			}
		},
	}
}

func runMistakes() mistakes {
	return mistakes{
		"runs": func(b *brokenStore) { // one page
			b.runs = func(ctx context.Context, q ledger.RunQuery) iter.Seq2[ledger.RunState, error] {
				return changed(b.MemoryStore.Runs(ctx, q), func(list []ledger.RunState) []ledger.RunState { return first(100, list) })
			}
		},
		"runs_select": func(b *brokenStore) { // counts before it selects
			b.runs = func(ctx context.Context, q ledger.RunQuery) iter.Seq2[ledger.RunState, error] {
				return changed(b.MemoryStore.Runs(ctx, ledger.RunQuery{Link: q.Link, Kind: q.Kind, Limit: q.Limit}),
					func(list []ledger.RunState) []ledger.RunState {
						return slices.DeleteFunc(list, func(st ledger.RunState) bool { return q.Unended && st.Status == ledger.StatusHeld })
					})
			}
		},
		"runs_alive": func(b *brokenStore) { // by its status
			b.runOut(func(st *ledger.RunState) { st.Alive = st.Status == ledger.StatusRunning })
		},
		"not_found": func(b *brokenStore) {
			b.outcomes = func(ctx context.Context, runID string, from int) iter.Seq2[ledger.Outcome, error] {
				if _, err := b.MemoryStore.Run(ctx, runID); err != nil && from > 0 {
					return silent(b.MemoryStore.Outcomes(ctx, runID, from))
				}
				return b.MemoryStore.Outcomes(ctx, runID, from)
			}
		},
		"outcomes_from": func(b *brokenStore) { // counts from 1
			b.outcomes = func(ctx context.Context, runID string, from int) iter.Seq2[ledger.Outcome, error] {
				return b.MemoryStore.Outcomes(ctx, runID, max(from-1, 0))
			}
		},
		"outcomes_vanish": func(b *brokenStore) { // an end is an end: fault 28
			b.outcomes = func(ctx context.Context, runID string, from int) iter.Seq2[ledger.Outcome, error] {
				if _, err := b.MemoryStore.Run(ctx, runID); err != nil {
					return b.MemoryStore.Outcomes(ctx, runID, from)
				}
				return silent(b.MemoryStore.Outcomes(ctx, runID, from))
			}
		},
	}
}

func pruneMistakes() mistakes {
	return mistakes{
		"prune": func(b *brokenStore) {
			b.prune = func(ctx context.Context, link string, olderThan time.Time) (int, error) {
				return b.MemoryStore.Prune(ctx, link, olderThan.Add(time.Hour))
			}
		},
		"prune_keeps": func(b *brokenStore) {
			var pruned bool
			b.prune = func(ctx context.Context, link string, olderThan time.Time) (int, error) {
				pruned = true
				return b.MemoryStore.Prune(ctx, link, olderThan)
			}
			b.listOut(func(q ledger.Query, list []ledger.Record) []ledger.Record {
				if pruned && q.Known {
					return nil
				}
				return list
			})
		},
		"prune_unended": func(b *brokenStore) { // what is held counts as ended
			b.release = func(ctx context.Context, l ledger.Lease, end ledger.End) (ledger.RunState, error) {
				if end.Status == ledger.StatusHeld {
					end.Status = ledger.StatusStopped
				}
				return b.MemoryStore.Release(ctx, l, end)
			}
		},
		"prune_child": func(b *brokenStore) { // does not look at what is retried: fault 28
			b.request(func(req *ledger.LeaseRequest) { req.State.RetryOf = "" })
		},
		"prune_new": func(b *brokenStore) { // finds what a run decided by its id
			var last []ledger.Outcome
			b.outcomesOut(func(list []ledger.Outcome) []ledger.Outcome {
				if len(list) > 0 {
					last = list
				}
				return last
			})
			b.prune = func(ctx context.Context, link string, olderThan time.Time) (int, error) {
				for st, err := range b.MemoryStore.Runs(ctx, ledger.RunQuery{}) {
					for _, err = range b.Outcomes(ctx, st.RunID, 0) {
						break
					}
					if err != nil {
						return 0, err
					}
				}
				return b.MemoryStore.Prune(ctx, link, olderThan)
			}
		},
	}
}

func adoptionMistakes() mistakes {
	return mistakes{
		"adopt": func(b *brokenStore) {
			b.recordsOut(func(s ledger.Scope, _ string, r *ledger.Record) {
				if s.Account == "account" {
					r.Generation = 0
				}
			})
		},
		"adopt_epoch": func(b *brokenStore) { // its own
			b.lease(func(_ ledger.RunState, l *ledger.Lease) {
				if l.Account == "account" && l.Epoch > 2 {
					l.Epoch = 2
				}
			})
		},
		"adopt_quiet": func(b *brokenStore) { // from the end of the account's own
			ends := make(map[ledger.Kind]time.Time)
			b.lease(func(_ ledger.RunState, l *ledger.Lease) {
				if l.Account != "account" {
					return
				}
				if end, ok := ends[l.Kind]; ok && l.Epoch > 1 {
					l.Quiet = time.Since(end)
				}
				ends[l.Kind] = time.Now()
			})
		},
		"adopt_closed": func(b *brokenStore) { // only where it held something
			b.acquire = func(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
				l, err := b.MemoryStore.Acquire(ctx, req)
				if invalid(err) && req.Kind == ledger.KindUser {
					err = nil
				}
				return l, err
			}
		},
		"adopt_held": func(b *brokenStore) {
			b.acquire = func(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
				l, err := b.MemoryStore.Acquire(ctx, req)
				if held, ok := errors.AsType[*ledger.RunInProgressError](err); ok && held.Account != req.Account {
					err = nil
				}
				return l, err
			}
		},
		"adopt_fence": func(b *brokenStore) {
			b.renew = func(ctx context.Context, l ledger.Lease) (ledger.Lease, error) {
				next, err := b.MemoryStore.Renew(ctx, l)
				return next, lenient(err, ledger.ErrLeaseLost)
			}
		},
		"adopt_two": func(b *brokenStore) { // the account's record is right
			b.recordsOut(func(s ledger.Scope, _ string, r *ledger.Record) {
				if s.Account == "account" && r.State == ledger.StateReview {
					r.State = ledger.StateNone
				}
			})
		},
		"adopt_run": func(b *brokenStore) { // does not see that the account's other link came in between
			b.lease(func(was ledger.RunState, l *ledger.Lease) {
				if l.Account != l.Link && was.RunID != "" {
					l.State.Pass, l.State.Cursor = was.Pass, was.Cursor
				}
			})
		},
	}
}
