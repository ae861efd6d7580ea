package storetest_test

import (
	"context"
	"slices"
	"strings"

	"github.com/securitytrax/adcimport/ledger"
)

func batchMistakes() mistakes {
	freshIf := func(is func(ledger.Record, ledger.Intent) bool) func(*brokenStore) {
		return func(b *brokenStore) {
			b.states(func(before ledger.Record, in ledger.Intent, st ledger.IntentState) ledger.IntentState {
				if is(before, in) {
					return ledger.IntentFresh
				}
				return st
			})
		}
	}
	return mistakes{
		"intents": func(b *brokenStore) {
			b.commit = func(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
				states, err := b.MemoryStore.Commit(ctx, l, c)
				slices.Sort(states)
				return states, err
			}
		},
		"intents_doubt": freshIf(func(r ledger.Record, in ledger.Intent) bool {
			return r.State == ledger.StateParked && r.Here != (ledger.Verdict{}) && !in.Again
		}),
		"intents_elsewhere": func(b *brokenStore) { // any run's outcome counts
			b.states(func(r ledger.Record, in ledger.Intent, st ledger.IntentState) ledger.IntentState {
				if st == ledger.IntentFresh && r.RunID != "" && !in.Again && r.State == ledger.StateResting {
					return ledger.IntentDuplicate
				}
				return st
			})
		},
		"intents_again": func(b *brokenStore) {
			b.commits(func(_ ledger.Lease, c *ledger.Commit) {
				for i := range c.Intents {
					c.Intents[i].Again = false
				}
			})
		},
		"batch_shown": func(b *brokenStore) { // the fingerprint of a failed one's former send
			b.recordsOut(func(_ ledger.Scope, _ string, r *ledger.Record) {
				if r.State == ledger.StateOpen && r.Attempts > 0 {
					r.Fingerprint = ""
				}
			})
		},
		"batch_silence": clearedBySilence,
		"batch_withdrawn": func(b *brokenStore) {
			b.commits(func(_ ledger.Lease, c *ledger.Commit) { c.Withdrawn = nil })
		},
		"batch_cleared": func(b *brokenStore) { // intents before records
			b.states(func(r ledger.Record, _ ledger.Intent, st ledger.IntentState) ledger.IntentState {
				if st == ledger.IntentFresh && r.State == ledger.StateOpen && r.Sent == 1 {
					return ledger.IntentOpen
				}
				return st
			})
		},
		"batch_dead": forgetsDeadBatch,
		"sent_grows": func(b *brokenStore) {
			b.recordsOut(func(_ ledger.Scope, _ string, r *ledger.Record) { r.Sent = min(r.Sent, 1) })
		},
		"batch_many": func(b *brokenStore) {
			b.commits(func(_ ledger.Lease, c *ledger.Commit) { c.Intents = first(999, c.Intents) })
		},
	}
}

// clearedBySilence takes what the next commit does not name for done.
func clearedBySilence(b *brokenStore) {
	var former []string
	b.commits(func(_ ledger.Lease, c *ledger.Commit) {
		c.Withdrawn = append(slices.Clone(c.Withdrawn), former...)
		former = nil
		for _, in := range c.Intents {
			former = append(former, in.ID)
		}
	})
}

// forgetsDeadBatch has the open batch end with its lease.
func forgetsDeadBatch(b *brokenStore) {
	sent, lost := make(map[string]bool), make(map[string]bool)
	b.lease(func(ledger.RunState, *ledger.Lease) {
		for id := range sent {
			lost[id] = true
		}
	})
	b.states(func(_ ledger.Record, in ledger.Intent, st ledger.IntentState) ledger.IntentState {
		sent[in.ID] = true
		if st == ledger.IntentOpen && lost[in.ID] {
			return ledger.IntentFresh
		}
		return st
	})
}

func commitMistakes() mistakes {
	return mistakes{
		"commit_whole": func(b *brokenStore) {
			b.commits(func(_ ledger.Lease, c *ledger.Commit) { c.Progress.Read = 0 })
		},
		"commit_cursor": func(b *brokenStore) { // an empty cursor is none
			b.commits(func(_ ledger.Lease, c *ledger.Commit) {
				if c.Cursor != nil && *c.Cursor == "" {
					c.Cursor = nil
				}
			})
		},
		"commit_repeated": func(b *brokenStore) { // applies it once more and says what it meets then
			last := make(map[int64]int64)
			b.states(func(_ ledger.Record, _ ledger.Intent, st ledger.IntentState) ledger.IntentState { return st })
			inner := b.commit
			b.commit = func(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
				states, err := inner(ctx, l, c)
				if last[l.Epoch] == c.Seq {
					for i := range states {
						states[i] = ledger.IntentOpen
					}
				}
				last[l.Epoch] = c.Seq
				return states, err
			}
		},
		"commit_attempts": func(b *brokenStore) { // counts them itself
			attempts := make(map[string]int)
			b.commits(func(_ ledger.Lease, c *ledger.Commit) {
				for _, r := range c.Records {
					attempts[r.ID]++
				}
			})
			b.recordsOut(func(_ ledger.Scope, _ string, r *ledger.Record) {
				if r.Attempts > 1 {
					r.Attempts += attempts[r.ID] - 1
				}
			})
		},
		"commit_seq": func(b *brokenStore) { // numbers them itself
			seqs := make(map[int64]int64)
			b.commits(func(l ledger.Lease, c *ledger.Commit) {
				if c.Seq > 0 && c.Seq != seqs[l.Epoch] {
					c.Seq = seqs[l.Epoch] + 1
				}
				seqs[l.Epoch] = c.Seq
			})
		},
		"outcome_without_id": func(b *brokenStore) {
			b.commits(func(_ ledger.Lease, c *ledger.Commit) {
				c.Outcomes = slices.DeleteFunc(slices.Clone(c.Outcomes), func(o ledger.Outcome) bool { return o.SourceID == "" })
			})
		},
		"commit_invalid": func(b *brokenStore) {
			b.commits(func(_ ledger.Lease, c *ledger.Commit) {
				for i, rule := range c.Matched {
					c.Matched[i] = strings.ReplaceAll(rule, "\x00", "")
				}
			})
		},
		"commit_totals": func(b *brokenStore) {
			var sum int
			b.commits(func(_ ledger.Lease, c *ledger.Commit) {
				sum += c.Tally.Counts.Created
				c.Tally.Counts.Created = sum
			})
		},
		"matched": func(b *brokenStore) { // those of the last commit that had any
			var last []string
			b.commits(func(_ ledger.Lease, c *ledger.Commit) {
				if len(c.Matched) > 0 {
					last = slices.Clone(c.Matched)
				}
			})
			b.lease(func(_ ledger.RunState, l *ledger.Lease) { l.Matched = last })
		},
		"supersede": func(b *brokenStore) { // puts the later one at the end
			moved := make(map[string]bool)
			stored := make(map[string]bool)
			b.commits(func(l ledger.Lease, c *ledger.Commit) {
				for _, o := range c.Outcomes {
					key := l.RunID + "/" + o.SourceID
					moved[key], stored[key] = stored[key], true
				}
			})
			b.outcomesOut(func(list []ledger.Outcome) []ledger.Outcome {
				slices.SortStableFunc(list, func(x, y ledger.Outcome) int {
					switch mx, my := moved[x.RunID+"/"+x.SourceID], moved[y.RunID+"/"+y.SourceID]; {
					case mx == my:
						return 0
					case mx:
						return 1
					}
					return -1
				})
				return list
			})
		},
		"outcome_order": func(b *brokenStore) {
			b.outcomesOut(func(list []ledger.Outcome) []ledger.Outcome {
				if len(list) > 1000 {
					slices.SortFunc(list, func(x, y ledger.Outcome) int { return strings.Compare(x.SourceID, y.SourceID) })
				}
				return list
			})
		},
	}
}

func recordMistakes() mistakes {
	return mistakes{
		"record_alone": func(b *brokenStore) { // takes a create for a record
			b.commits(func(_ ledger.Lease, c *ledger.Commit) {
				for _, o := range c.Outcomes {
					if o.Action.Done() && !slices.ContainsFunc(c.Records, func(r ledger.Record) bool { return r.ID == o.SourceID }) {
						c.Records = append(c.Records, ledger.Record{ID: o.SourceID, Known: true, SinkID: o.SinkID})
					}
				}
			})
		},
		"record_known": func(b *brokenStore) {
			failed := make(map[string]bool)
			b.commits(func(_ ledger.Lease, c *ledger.Commit) {
				for _, r := range c.Records {
					failed[r.ID] = !r.Known
				}
			})
			b.recordsOut(func(_ ledger.Scope, _ string, r *ledger.Record) { r.Known = r.Known && !failed[r.ID] })
		},
		"record_decision": func(b *brokenStore) { // keeps what was carried out
			decisions := make(map[string]string)
			b.amend = func(ctx context.Context, s ledger.Scope, list []ledger.Amendment) error {
				for _, a := range list {
					decisions[a.ID] = a.Decision
				}
				return b.MemoryStore.Amend(ctx, s, list)
			}
			b.recordsOut(func(_ ledger.Scope, _ string, r *ledger.Record) { r.Decision = decisions[r.ID] })
		},
		"record_since": func(b *brokenStore) { // the first time it came into any state
			since := make(map[string]ledger.Record)
			b.recordsOut(func(_ ledger.Scope, _ string, r *ledger.Record) {
				if was, ok := since[r.ID]; ok && r.State != ledger.StateNone {
					r.Since = was.Since
				}
				since[r.ID] = *r
			})
		},
		"records_missing": func(b *brokenStore) {
			b.records = func(ctx context.Context, s ledger.Scope, runID string, ids []string) (map[string]ledger.Record, error) {
				found, err := b.MemoryStore.Records(ctx, s, runID, ids)
				for _, id := range ids {
					if _, ok := found[id]; !ok && err == nil {
						found[id] = ledger.Record{ID: id}
					}
				}
				return found, err
			}
		},
		"records_many": func(b *brokenStore) {
			b.records = func(ctx context.Context, s ledger.Scope, runID string, ids []string) (map[string]ledger.Record, error) {
				return b.MemoryStore.Records(ctx, s, runID, first(5000, ids))
			}
		},
		"here": func(b *brokenStore) { // of whatever run decided last
			b.records = func(ctx context.Context, s ledger.Scope, _ string, ids []string) (map[string]ledger.Record, error) {
				found, err := b.MemoryStore.Records(ctx, s, "", ids)
				for id, r := range found {
					one, _ := b.MemoryStore.Records(ctx, s, r.RunID, []string{id})
					found[id] = one[id]
				}
				return found, err
			}
		},
		"here_kept": func(b *brokenStore) { // of the last run alone
			b.recordsOut(func(_ ledger.Scope, runID string, r *ledger.Record) {
				if r.RunID != runID {
					r.Here = ledger.Verdict{}
				}
			})
		},
		"here_known": func(b *brokenStore) { // of exceptions alone
			b.recordsOut(func(_ ledger.Scope, _ string, r *ledger.Record) {
				if r.Known && r.State == ledger.StateNone {
					r.Here = ledger.Verdict{}
				}
			})
		},
		"run_of_record": func(b *brokenStore) { // that changed it last
			runs := make(map[string]string)
			b.commits(func(l ledger.Lease, c *ledger.Commit) {
				for _, r := range c.Records {
					runs[r.ID] = l.RunID
				}
			})
			b.recordsOut(func(_ ledger.Scope, _ string, r *ledger.Record) {
				if run, ok := runs[r.ID]; ok {
					r.RunID = run
				}
			})
		},
	}
}
