package storetest_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

func iteratorMistakes() mistakes {
	return mistakes{
		"iterator_break": func(b *brokenStore) {
			b.list = func(ctx context.Context, s ledger.Scope, q ledger.Query) iter.Seq2[ledger.Record, error] {
				return once(b.MemoryStore.List(ctx, s, q))
			}
		},
		"iterator_cancel": func(b *brokenStore) {
			b.runs = func(ctx context.Context, q ledger.RunQuery) iter.Seq2[ledger.RunState, error] {
				return silent(b.MemoryStore.Runs(ctx, q))
			}
		},
		"iterator_nested": func(b *brokenStore) { // holds a lock while the caller's code runs
			var mu sync.Mutex
			b.list = func(ctx context.Context, s ledger.Scope, q ledger.Query) iter.Seq2[ledger.Record, error] {
				return func(yield func(ledger.Record, error) bool) {
					mu.Lock()
					defer mu.Unlock()
					b.MemoryStore.List(ctx, s, q)(yield)
				}
			}
			b.commit = func(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
				if !mu.TryLock() {
					return nil, errors.New("database is locked")
				}
				defer mu.Unlock()
				return b.MemoryStore.Commit(ctx, l, c)
			}
		},
		"context_ended": func(b *brokenStore) {
			b.mark = func(ctx context.Context, runID string, m ledger.Mark) (bool, error) {
				return b.MemoryStore.Mark(context.WithoutCancel(ctx), runID, m)
			}
		},
	}
}

func valueMistakes() mistakes {
	return mistakes{
		"ids_exact": func(b *brokenStore) {
			b.records = func(ctx context.Context, s ledger.Scope, runID string, ids []string) (map[string]ledger.Record, error) {
				var trimmed []string
				for _, id := range ids {
					trimmed = append(trimmed, strings.TrimSpace(id))
				}
				return b.MemoryStore.Records(ctx, s, runID, trimmed)
			}
		},
		"outcome_values": func(b *brokenStore) {
			b.outcomesOut(func(list []ledger.Outcome) []ledger.Outcome {
				for i := range list {
					list[i].At = list[i].At.Truncate(time.Second)
				}
				return list
			})
		},
		"run_values": func(b *brokenStore) {
			b.request(func(req *ledger.LeaseRequest) {
				req.State.Filter = []byte(strings.ToValidUTF8(string(req.State.Filter), ""))
			})
		},
		"text_refused": func(b *brokenStore) {
			b.request(func(req *ledger.LeaseRequest) { req.Owner = strings.ToValidUTF8(req.Owner, "?") })
		},
		"copies_in": func(b *brokenStore) {
			kept := make(map[string][]ledger.FieldError)
			b.commit = func(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
				for _, o := range c.Outcomes {
					kept[o.SourceID] = o.Fields
				}
				return b.MemoryStore.Commit(ctx, l, c)
			}
			b.outcomesOut(func(list []ledger.Outcome) []ledger.Outcome {
				for i, o := range list {
					list[i].Fields = kept[o.SourceID]
				}
				return list
			})
		},
		"copies_out": func(b *brokenStore) {
			kept := make(map[string]ledger.RunState)
			b.run = func(ctx context.Context, id string) (ledger.RunState, error) {
				if st, ok := kept[id]; ok {
					return st, nil
				}
				st, err := b.MemoryStore.Run(ctx, id)
				kept[id] = st
				return st, err
			}
		},
	}
}

func raceMistakes() mistakes {
	return mistakes{
		"race_acquire": func(b *brokenStore) { // looks first and takes then
			b.acquire = func(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
				l, err := b.MemoryStore.Acquire(ctx, req)
				if errors.Is(err, ledger.ErrRunInProgress) {
					return ledger.Lease{Scope: req.Scope, Link: req.Link, RunID: req.RunID, Epoch: 1, TTL: req.TTL}, nil
				}
				return l, err
			}
		},
		"race_commit": func(b *brokenStore) { // the second one in finds what the first one stored
			var last atomic.Int64
			b.commit = func(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
				states, err := b.MemoryStore.Commit(ctx, l, c)
				if last.Swap(c.Seq) == c.Seq && len(states) > 0 {
					states[0] = ledger.IntentOpen
				}
				return states, err
			}
		},
		"race_fence": func(b *brokenStore) { // stores outcomes first and looks at the lease then
			b.commit = func(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
				_, err := b.MemoryStore.Commit(ctx, l, ledger.Commit{Seq: c.Seq, Outcomes: c.Outcomes})
				if err == nil {
					err = ledger.ErrLeaseLost
				}
				return nil, err
			}
		},
		"race_claim": func(b *brokenStore) {
			b.mark = func(ctx context.Context, runID string, m ledger.Mark) (bool, error) {
				_, err := b.MemoryStore.Mark(ctx, runID, m)
				return err == nil, err
			}
		},
		"race_list": func(b *brokenStore) { // a reader that meets a writer reads again, from where it was
			var writes atomic.Int64
			b.commit = func(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
				writes.Add(1)
				return b.MemoryStore.Commit(ctx, l, c)
			}
			b.outcomesOut(func(list []ledger.Outcome) []ledger.Outcome {
				if writes.Load() > 1 {
					return first(256, list)
				}
				return list
			})
		},
	}
}

func survivalMistakes() mistakes {
	emptied := func(b *brokenStore) {
		b.reopen = func() (ledger.StateStore, error) { return bubbleStore{new(ledger.MemoryStore)}, nil }
	}
	return mistakes{
		"survive_lease": emptied, "survive_records": emptied, "survive_runs": emptied, "survive_adoption": emptied,
	}
}
