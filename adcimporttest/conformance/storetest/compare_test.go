package storetest_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/securitytrax/adcimport/adcimporttest/conformance/storetest"
	"github.com/securitytrax/adcimport/ledger"
)

// Two stores that are the same stay the same, whatever the story.
func TestCompare_same(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one, other := bubbleStore{new(ledger.MemoryStore)}, bubbleStore{new(ledger.MemoryStore)}
		for seed := range uint64(15) {
			if err := storetest.Compare(t.Context(), seed, 250, one, other); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Compare finds, without a rule, what the rules find: all mistakes but those that
// no story can tell.
func TestCompare_catches(t *testing.T) {
	t.Parallel()
	all := allMistakes()
	for _, rule := range unseen() {
		if all[rule] == nil {
			t.Errorf("there is no mistake %s", rule)
		}
		delete(all, rule)
	}
	for rule, mistake := range all {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := &brokenStore{MemoryStore: new(ledger.MemoryStore)}
				mistake(b)
				for seed := range uint64(30) {
					if storetest.Compare(t.Context(), seed, 250, bubbleStore{new(ledger.MemoryStore)}, b) != nil {
						return
					}
				}
				t.Error("no story of thirty tells of it")
			})
		})
	}
}

// unseen are mistakes about what no story has.
func unseen() []string {
	return []string{
		"account_shared", "acquire_queued", "adopt", "adopt_epoch", "adopt_quiet", "adopt_two", // by the names that the rules use
		"amend_invalid", "commit_invalid", "mark_invalid", "release_invalid", "text_refused", "run_values", // requests that are refused
		"ids_exact", "outcome_without_id", "batch_many", "list_all", "outcome_order", "records_many", "runs", "outcomes_vanish", // sizes, and spaces
		"race_list", "context_ended", "iterator_break", "iterator_cancel", "iterator_nested",
		"survive_adoption", "survive_lease", "survive_records", "survive_runs",
		"prune", "records_missing", "quiet", // what is left open to stores, or too early
	}
}

// The error tells the story again: its seed, the last calls, and what differs.
func TestCompare_error(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &brokenStore{MemoryStore: new(ledger.MemoryStore)}
		allMistakes()["sent_grows"](b)
		err := storetest.Compare(t.Context(), 3, 250, bubbleStore{new(ledger.MemoryStore)}, b)
		if err == nil {
			t.Fatal("no difference")
		}
		for _, part := range []string{"story 3, after these calls:", "Commit story-3-run-", "the reference has {ID:", "the other store  {ID:"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("the error has no %q:\n%v", part, err)
			}
		}
	})
}
