package storetest_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// allMistakes are stores with one mistake each, by the rule that it breaks.
func allMistakes() map[string]func(*brokenStore) {
	all := make(map[string]func(*brokenStore))
	for _, part := range []map[string]func(*brokenStore){
		leaseMistakes(), fenceMistakes(), intentMistakes(), commitMistakes(), runMistakes(), valueMistakes(),
	} {
		maps.Copy(all, part)
	}
	return all
}

func leaseMistakes() map[string]func(*brokenStore) {
	return map[string]func(*brokenStore){
		"acquire_new": func(b *brokenStore) { b.request(func(req *ledger.LeaseRequest) { req.State.Filter = nil }) },
		"acquire_held": func(b *brokenStore) {
			b.acquire = func(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
				l, err := b.MemoryStore.Acquire(ctx, req)
				if errors.Is(err, ledger.ErrRunInProgress) {
					err = ledger.ErrRunInProgress
				}
				return l, err
			}
		},
		"acquire_invalid": func(b *brokenStore) {
			b.request(func(req *ledger.LeaseRequest) { req.TTL = max(req.TTL, time.Second) })
		},
		"links_apart": func(b *brokenStore) {
			b.known = func(ctx context.Context, link string, _ ledger.Kind, ids []string) (map[string]ledger.Known, error) {
				return b.MemoryStore.Known(ctx, link, ledger.KindCustomer, ids)
			}
		},
		"expiry":    func(b *brokenStore) { b.request(func(req *ledger.LeaseRequest) { req.TTL *= 100 }) },
		"take_over": func(b *brokenStore) { b.lease(func(l *ledger.Lease) { l.Previous = time.Time{} }) },
		"take_over_same_run": func(b *brokenStore) {
			b.acquire = func(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
				st, _ := b.MemoryStore.Run(ctx, req.RunID)
				l, err := b.MemoryStore.Acquire(ctx, req)
				if err == nil && st.Listed {
					err = b.MemoryStore.Commit(ctx, l, ledger.Commit{Counts: st.Counts, ByReason: st.ByReason})
				}
				return l, err
			}
		},
		"renew": func(b *brokenStore) {
			b.renew = func(_ context.Context, l ledger.Lease) (ledger.Lease, error) { return l, nil }
		},
		"renew_expired": func(b *brokenStore) {
			b.renew = func(ctx context.Context, l ledger.Lease) (ledger.Lease, error) {
				if time.Now().After(l.Expires) {
					return l, ledger.ErrLeaseLost
				}
				return b.MemoryStore.Renew(ctx, l)
			}
		},
		"release": func(b *brokenStore) {
			b.lease(func(l *ledger.Lease) { l.Previous = l.Expires })
		},
		"release_summary": func(b *brokenStore) {
			b.release = func(ctx context.Context, l ledger.Lease, end ledger.RunState) error {
				end.Warnings = nil
				return b.MemoryStore.Release(ctx, l, end)
			}
		},
	}
}

func fenceMistakes() map[string]func(*brokenStore) {
	return map[string]func(*brokenStore){
		"fence_renew": func(b *brokenStore) {
			b.renew = func(ctx context.Context, l ledger.Lease) (ledger.Lease, error) {
				next, err := b.MemoryStore.Renew(ctx, l)
				return next, lenient(err)
			}
		},
		"fence_release": func(b *brokenStore) {
			b.release = func(ctx context.Context, l ledger.Lease, end ledger.RunState) error {
				return lenient(b.MemoryStore.Release(ctx, l, end))
			}
		},
		"fence_intend": func(b *brokenStore) {
			b.intend = func(ctx context.Context, l ledger.Lease, in []ledger.Intent) ([]ledger.IntentState, error) {
				states, err := b.MemoryStore.Intend(ctx, l, in)
				return states, lenient(err)
			}
		},
		"fence_commit": func(b *brokenStore) {
			b.commit = func(ctx context.Context, l ledger.Lease, c ledger.Commit) error {
				return lenient(b.MemoryStore.Commit(ctx, l, c))
			}
		},
		"fence_same_run": func(b *brokenStore) { // knows the run, not the epoch
			var last ledger.Lease
			b.lease(func(l *ledger.Lease) { last = *l })
			b.commit = func(ctx context.Context, l ledger.Lease, c ledger.Commit) error {
				if l.RunID == last.RunID {
					l = last
				}
				return b.MemoryStore.Commit(ctx, l, c)
			}
		},
	}
}

func intentMistakes() map[string]func(*brokenStore) {
	type states func(ledger.Lease, ledger.Intent, record, ledger.IntentState) ledger.IntentState
	change := func(f states) func(*brokenStore) {
		return func(b *brokenStore) { b.state(f) }
	}
	freshIf := func(is func(record, ledger.IntentState) bool) func(*brokenStore) {
		return change(func(_ ledger.Lease, _ ledger.Intent, r record, st ledger.IntentState) ledger.IntentState {
			if is(r, st) {
				return ledger.IntentFresh
			}
			return st
		})
	}
	return map[string]func(*brokenStore){
		"intend_order": func(b *brokenStore) {
			b.intend = func(ctx context.Context, l ledger.Lease, in []ledger.Intent) ([]ledger.IntentState, error) {
				states, err := b.MemoryStore.Intend(ctx, l, in)
				slices.Sort(states)
				return states, err
			}
		},
		"intend_open":    freshIf(func(r record, _ ledger.IntentState) bool { return r.open }),
		"intend_known":   freshIf(func(r record, _ ledger.IntentState) bool { return r.known }),
		"intend_outcome": freshIf(func(r record, _ ledger.IntentState) bool { return r.done }),
		"intend_earlier": freshIf(func(_ record, st ledger.IntentState) bool { return st == ledger.IntentEarlier }),
		"intend_earlier_outcome": change(func(_ ledger.Lease, it ledger.Intent, r record, st ledger.IntentState) ledger.IntentState {
			if r.done && !it.Unpark {
				return ledger.IntentDuplicate
			}
			return st
		}),
		"parked": freshIf(func(_ record, st ledger.IntentState) bool { return st == ledger.IntentParked }),
		"unpark": func(b *brokenStore) {
			b.intend = func(ctx context.Context, l ledger.Lease, in []ledger.Intent) ([]ledger.IntentState, error) {
				in = slices.Clone(in)
				for i := range in {
					in[i].Unpark = false
				}
				return b.MemoryStore.Intend(ctx, l, in)
			}
		},
		"unpark_ends": func(b *brokenStore) { // forgets that a record was parked
			tried := make(map[string]bool)
			b.state(func(_ ledger.Lease, it ledger.Intent, _ record, st ledger.IntentState) ledger.IntentState {
				if st == ledger.IntentParked && tried[it.ID] {
					return ledger.IntentFresh
				}
				tried[it.ID] = tried[it.ID] || it.Unpark
				return st
			})
		},
		"withdrawn": func(b *brokenStore) {
			b.commits(func(c *ledger.Commit) bool { c.Withdrawn = nil; return false })
		},
		"in_doubt": func(b *brokenStore) {
			b.inDoubt = func(ctx context.Context, link string, k ledger.Kind) iter.Seq2[ledger.Intent, error] {
				return first(1000, b.MemoryStore.InDoubt(ctx, link, k))
			}
		},
		"race_intend": freshIf(func(r record, _ ledger.IntentState) bool { return r.open }),
	}
}

func commitMistakes() map[string]func(*brokenStore) {
	return map[string]func(*brokenStore){
		"commit_whole": func(b *brokenStore) {
			b.commits(func(c *ledger.Commit) bool {
				c.Cursor = ledger.Cursor(strings.ToValidUTF8(string(c.Cursor), ""))
				return false
			})
		},
		"commit_empty": func(b *brokenStore) {
			b.commits(func(c *ledger.Commit) bool { return len(c.Outcomes) == 0 })
		},
		"commit_repeated": func(b *brokenStore) { // inserts, and stumbles over what is there
			b.commit = func(ctx context.Context, l ledger.Lease, c ledger.Commit) error {
				for _, o := range c.Outcomes {
					if b.record(ctx, l, o.SourceID).done {
						return fmt.Errorf("duplicate key %s", o.SourceID)
					}
				}
				return b.MemoryStore.Commit(ctx, l, c)
			}
		},
		"commit_totals": func(b *brokenStore) {
			var sum ledger.Counts
			b.commits(func(c *ledger.Commit) bool {
				sum.Read += c.Counts.Read
				sum.Created += c.Counts.Created
				c.Counts = sum
				return false
			})
		},
		"not_stored": func(b *brokenStore) {
			b.commits(func(c *ledger.Commit) bool {
				for i, o := range c.Outcomes {
					if o.Reason == ledger.ReasonAlreadyImported {
						c.Outcomes[i].Reason = ledger.ReasonFilteredOut
					}
				}
				return false
			})
		},
		"supersede": func(b *brokenStore) {
			seen := make(map[string]bool)
			b.commits(func(c *ledger.Commit) bool {
				c.Outcomes = slices.DeleteFunc(c.Outcomes, func(o ledger.Outcome) bool {
					was := seen[o.SourceID]
					seen[o.SourceID] = true
					return was
				})
				return false
			})
		},
		"outcome_order": func(b *brokenStore) {
			b.outcomesOut(func(list []ledger.Outcome) {
				if len(list) > 1000 {
					slices.SortFunc(list, func(x, y ledger.Outcome) int { return strings.Compare(x.SourceID, y.SourceID) })
				}
			})
		},
		"known_done": func(b *brokenStore) {
			b.commits(func(c *ledger.Commit) bool {
				for i, o := range c.Outcomes {
					if o.Action == ledger.ActionUnchanged {
						c.Outcomes[i].Action = ledger.ActionSkipped
					}
				}
				return false
			})
		},
		"known_entry": func(b *brokenStore) {
			b.commits(func(c *ledger.Commit) bool {
				for id, k := range c.Known {
					if !slices.ContainsFunc(c.Outcomes, func(o ledger.Outcome) bool { return o.SourceID == id }) {
						c.Outcomes = append(c.Outcomes, ledger.Outcome{SourceID: id, SinkID: k.SinkID, Action: ledger.ActionLinked})
					}
				}
				return false
			})
		},
		"known_stays": func(b *brokenStore) {
			failed := make(map[string]bool)
			b.commits(func(c *ledger.Commit) bool {
				for _, o := range c.Outcomes {
					failed[o.SourceID] = !o.Action.Done()
				}
				return false
			})
			b.known = func(ctx context.Context, link string, k ledger.Kind, ids []string) (map[string]ledger.Known, error) {
				found, err := b.MemoryStore.Known(ctx, link, k, ids)
				maps.DeleteFunc(found, func(id string, _ ledger.Known) bool { return failed[id] })
				return found, err
			}
		},
		"known_many": func(b *brokenStore) {
			b.known = func(ctx context.Context, link string, k ledger.Kind, ids []string) (map[string]ledger.Known, error) {
				return b.MemoryStore.Known(ctx, link, k, ids[:min(len(ids), 1000)])
			}
		},
		"race_commit": func(b *brokenStore) {
			var n atomic.Int64
			b.commits(func(*ledger.Commit) bool { return n.Add(1)%7 == 0 })
		},
	}
}

func runMistakes() map[string]func(*brokenStore) {
	emptied := func(b *brokenStore) {
		b.reopen = func() (ledger.StateStore, error) { return bubbleStore{new(ledger.MemoryStore)}, nil }
	}
	return map[string]func(*brokenStore){
		"runs": func(b *brokenStore) {
			b.runs = func(ctx context.Context, link string) iter.Seq2[ledger.RunState, error] {
				return first(50, b.MemoryStore.Runs(ctx, link))
			}
		},
		"not_found": func(b *brokenStore) {
			b.outcomes = func(ctx context.Context, runID string) iter.Seq2[ledger.Outcome, error] {
				return silent(b.MemoryStore.Outcomes(ctx, runID))
			}
		},
		"notified": func(b *brokenStore) {
			var n int
			b.mark = func(ctx context.Context, runID, notifier string) error {
				n++
				return b.MemoryStore.MarkNotified(ctx, runID, fmt.Sprint(notifier, n))
			}
		},
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
			b.known = func(ctx context.Context, link string, k ledger.Kind, ids []string) (map[string]ledger.Known, error) {
				if pruned {
					return nil, nil
				}
				return b.MemoryStore.Known(ctx, link, k, ids)
			}
		},
		"prune_resumable": func(b *brokenStore) { // what is interrupted counts as ended
			b.release = func(ctx context.Context, l ledger.Lease, end ledger.RunState) error {
				if end.Status == ledger.StatusInterrupted {
					end.Status = ledger.StatusStopped
				}
				return b.MemoryStore.Release(ctx, l, end)
			}
		},
		"iterator_break": func(b *brokenStore) {
			b.inDoubt = func(ctx context.Context, link string, k ledger.Kind) iter.Seq2[ledger.Intent, error] {
				return once(b.MemoryStore.InDoubt(ctx, link, k))
			}
		},
		"iterator_cancel": func(b *brokenStore) {
			b.runs = func(ctx context.Context, link string) iter.Seq2[ledger.RunState, error] {
				return silent(b.MemoryStore.Runs(ctx, link))
			}
		},
		"iterator_nested": func(b *brokenStore) { // holds a lock while the caller's code runs
			var mu sync.Mutex
			b.inDoubt = func(ctx context.Context, link string, k ledger.Kind) iter.Seq2[ledger.Intent, error] {
				return func(yield func(ledger.Intent, error) bool) {
					mu.Lock()
					defer mu.Unlock()
					b.MemoryStore.InDoubt(ctx, link, k)(yield)
				}
			}
			b.commit = func(ctx context.Context, l ledger.Lease, c ledger.Commit) error {
				if !mu.TryLock() {
					return errors.New("database is locked")
				}
				defer mu.Unlock()
				return b.MemoryStore.Commit(ctx, l, c)
			}
		},
		"race_acquire": func(b *brokenStore) { // looks first and takes then
			b.acquire = func(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
				l, err := b.MemoryStore.Acquire(ctx, req)
				if errors.Is(err, ledger.ErrRunInProgress) {
					return ledger.Lease{Link: req.Link, Kind: req.Kind, RunID: req.RunID, Epoch: 1, TTL: req.TTL}, nil
				}
				return l, err
			}
		},
		"survive_lease":   emptied,
		"survive_intents": emptied,
		"survive_commit":  emptied,
	}
}
