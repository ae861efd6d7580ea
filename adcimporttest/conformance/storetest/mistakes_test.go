package storetest_test

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// mistakes are stores with one mistake each, by the rule that it breaks.
type mistakes map[string]func(*brokenStore)

func allMistakes() mistakes {
	all := make(mistakes)
	for _, part := range []mistakes{
		leaseMistakes(), stayMistakes(), resumeMistakes(), fenceMistakes(), batchMistakes(), commitMistakes(), recordMistakes(),
		listMistakes(), amendMistakes(), markMistakes(), runMistakes(), pruneMistakes(), adoptionMistakes(), iteratorMistakes(),
		valueMistakes(), raceMistakes(), survivalMistakes(),
	} {
		maps.Copy(all, part)
	}
	return all
}

func leaseMistakes() mistakes {
	return mistakes{
		"acquire_new": func(b *brokenStore) { b.request(func(req *ledger.LeaseRequest) { req.State.Labels = nil }) },
		"acquire_held": func(b *brokenStore) {
			b.acquire = func(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
				l, err := b.MemoryStore.Acquire(ctx, req)
				if errors.Is(err, ledger.ErrRunInProgress) {
					err = ledger.ErrRunInProgress
				}
				return l, err
			}
		},
		"acquire_queued": func(b *brokenStore) { b.request(func(req *ledger.LeaseRequest) { req.Queue = false }) },
		"acquire_repeated": func(b *brokenStore) { // does not look at the owner
			b.request(func(req *ledger.LeaseRequest) { req.Owner += time.Now().String() })
			var n int
			inner := b.acquire
			b.acquire = func(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
				n++
				req.Owner += string(rune('a' + n%26))
				return inner(ctx, req)
			}
		},
		"acquire_invalid": func(b *brokenStore) {
			b.request(func(req *ledger.LeaseRequest) { req.TTL = max(req.TTL, time.Second) })
		},
		"acquire_exists": func(b *brokenStore) { // opens what it was to go on with: fault 29
			b.acquire = func(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
				l, err := b.MemoryStore.Acquire(ctx, req)
				if errors.Is(err, ledger.ErrNotFound) {
					req.Resume = ledger.ResumeNew
					return b.MemoryStore.Acquire(ctx, req)
				}
				return l, err
			}
		},
		"acquire_asked": func(b *brokenStore) { // takes a canceled run for one that is over for good
			b.acquire = func(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
				if st, err := b.MemoryStore.Run(ctx, req.RunID); err == nil && st.Status == ledger.StatusCanceled {
					return ledger.Lease{}, ledger.ErrRunEnded
				}
				return b.MemoryStore.Acquire(ctx, req)
			}
		},
		"acquire_due": func(b *brokenStore) { // does not ask who drives it
			b.acquire = func(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
				if st, err := b.MemoryStore.Run(ctx, req.RunID); err == nil && st.Driver == ledger.DriverHost {
					req.Resume = ledger.ResumeAsked
				}
				return b.MemoryStore.Acquire(ctx, req)
			}
		},
		"acquire_paused": func(b *brokenStore) { // waits for somebody who sets it to interrupted
			b.acquire = func(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
				if st, err := b.MemoryStore.Run(ctx, req.RunID); err == nil && st.Status == ledger.StatusPaused && req.Resume == ledger.ResumeDue {
					return ledger.Lease{}, ledger.ErrNotDue
				}
				return b.MemoryStore.Acquire(ctx, req)
			}
		},
		"scopes_apart": func(b *brokenStore) {
			b.records = func(ctx context.Context, s ledger.Scope, runID string, ids []string) (map[string]ledger.Record, error) {
				return b.MemoryStore.Records(ctx, ledger.Scope{Account: s.Account, Kind: ledger.KindCustomer}, runID, ids)
			}
		},
		"account_shared": func(b *brokenStore) { // leases by link: fault 25
			b.request(func(req *ledger.LeaseRequest) {
				if req.Account == "account" && req.Link != "link-1" {
					req.Account = req.Link
				}
			})
		},
		"expiry":    func(b *brokenStore) { b.request(func(req *ledger.LeaseRequest) { req.TTL *= 100 }) },
		"take_over": func(b *brokenStore) { b.lease(func(_ ledger.RunState, l *ledger.Lease) { l.First = l.Epoch <= 2 }) },
		"quiet": func(b *brokenStore) { // from the beginning of the former lease
			var began time.Time
			b.lease(func(_ ledger.RunState, l *ledger.Lease) {
				l.Quiet, began = time.Since(began), time.Now()
				if l.First {
					l.Quiet = 0
				}
			})
		},
	}
}

func stayMistakes() mistakes {
	return mistakes{
		"renew": func(b *brokenStore) {
			b.renew = func(ctx context.Context, l ledger.Lease) (ledger.Lease, error) {
				next := l
				l.TTL /= 2
				got, err := b.MemoryStore.Renew(ctx, l)
				next.Asked, next.Expires = got.Asked, time.Now().Add(next.TTL)
				return next, err
			}
		},
		"renew_expired": func(b *brokenStore) {
			b.renew = func(ctx context.Context, l ledger.Lease) (ledger.Lease, error) {
				if time.Now().After(l.Expires) {
					return l, ledger.ErrLeaseLost
				}
				return b.MemoryStore.Renew(ctx, l)
			}
		},
		"renew_progress": func(b *brokenStore) {
			b.renew = func(ctx context.Context, l ledger.Lease) (ledger.Lease, error) {
				l.Progress = ledger.Progress{}
				return b.MemoryStore.Renew(ctx, l)
			}
		},
		"release": func(b *brokenStore) { // lets it run out
			b.release = func(ctx context.Context, l ledger.Lease, end ledger.End) (ledger.RunState, error) {
				if end.Status == ledger.StatusInterrupted {
					return b.MemoryStore.Run(ctx, l.RunID)
				}
				return b.MemoryStore.Release(ctx, l, end)
			}
		},
		"release_end": func(b *brokenStore) {
			b.release = func(ctx context.Context, l ledger.Lease, end ledger.End) (ledger.RunState, error) {
				end.Warnings = nil
				return b.MemoryStore.Release(ctx, l, end)
			}
		},
		"release_paused": func(b *brokenStore) {
			b.release = func(ctx context.Context, l ledger.Lease, end ledger.End) (ledger.RunState, error) {
				st, err := b.MemoryStore.Release(ctx, l, end)
				if end.Wait > 0 {
					st.PausedUntil = st.Finished.Add(end.Wait)
				}
				return st, err
			}
		},
		"release_repeated": func(b *brokenStore) {
			released := make(map[int64]bool)
			b.release = func(ctx context.Context, l ledger.Lease, end ledger.End) (ledger.RunState, error) {
				if released[l.Epoch] {
					return ledger.RunState{}, ledger.ErrLeaseLost
				}
				released[l.Epoch] = true
				return b.MemoryStore.Release(ctx, l, end)
			}
		},
		"release_invalid": func(b *brokenStore) {
			b.release = func(ctx context.Context, l ledger.Lease, end ledger.End) (ledger.RunState, error) {
				end.Wait = max(end.Wait, 0)
				return b.MemoryStore.Release(ctx, l, end)
			}
		},
		"starts": func(b *brokenStore) { b.runOut(func(st *ledger.RunState) { st.Starts = min(st.Starts, 1) }) },
	}
}

func resumeMistakes() mistakes {
	// pretended changes what a lease and its run say of a run that goes on.
	pretended := func(change func(before ledger.RunState, st *ledger.RunState)) func(*brokenStore) {
		return func(b *brokenStore) {
			before := make(map[string]ledger.RunState)
			b.lease(func(was ledger.RunState, l *ledger.Lease) {
				if was.RunID != "" {
					before[l.RunID] = was
					change(was, &l.State)
				}
			})
			b.runOut(func(st *ledger.RunState) {
				if was, ok := before[st.RunID]; ok {
					change(was, st)
				}
			})
		}
	}
	return mistakes{
		"resume_state": pretended(func(_ ledger.RunState, st *ledger.RunState) { st.RetryOf = "" }),
		// An outage begins anew with every stretch, and never ends.
		"resume_waiting": pretended(func(_ ledger.RunState, st *ledger.RunState) { st.Failure = nil }),
		"resume_driver": func(b *brokenStore) {
			b.request(func(req *ledger.LeaseRequest) { req.Driver = "" })
		},
		"resume_exact": func(b *brokenStore) { // always begins its listing anew
			b.lease(func(was ledger.RunState, l *ledger.Lease) {
				if was.RunID != "" {
					l.State.Restart()
				}
			})
		},
		// The place stays although others came in between, or what passed is counted
		// twice: fault 20.
		"resume_pass": pretended(func(was ledger.RunState, st *ledger.RunState) { st.Pass = was.Pass }),
		"resume_passing": pretended(func(was ledger.RunState, st *ledger.RunState) {
			if st.Pass > was.Pass {
				st.Counts, st.ByReason = was.Counts, was.ByReason
			}
		}),
		"resume_elsewhere": func(b *brokenStore) { // one order of leases for all scopes
			var last string
			b.lease(func(was ledger.RunState, l *ledger.Lease) {
				if was.RunID != "" && last != l.RunID {
					l.State.Restart()
				}
				last = l.RunID
			})
		},
	}
}

func fenceMistakes() mistakes {
	return mistakes{
		"fence_renew": func(b *brokenStore) {
			b.renew = func(ctx context.Context, l ledger.Lease) (ledger.Lease, error) {
				next, err := b.MemoryStore.Renew(ctx, l)
				return next, lenient(err, ledger.ErrLeaseLost)
			}
		},
		"fence_release": func(b *brokenStore) {
			b.release = func(ctx context.Context, l ledger.Lease, end ledger.End) (ledger.RunState, error) {
				st, err := b.MemoryStore.Release(ctx, l, end)
				return st, lenient(err, ledger.ErrLeaseLost)
			}
		},
		"fence_commit": func(b *brokenStore) {
			b.commit = func(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
				states, err := b.MemoryStore.Commit(ctx, l, c)
				return states, lenient(err, ledger.ErrLeaseLost)
			}
		},
		"fence_same_run": func(b *brokenStore) { // knows the run, not the epoch
			var last ledger.Lease
			b.lease(func(_ ledger.RunState, l *ledger.Lease) { last = *l })
			b.commit = func(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
				if l.RunID == last.RunID {
					l = last
				}
				return b.MemoryStore.Commit(ctx, l, c)
			}
		},
	}
}
