package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/securitytrax/adcimport/adcimporttest/internal/ability"
	"github.com/securitytrax/adcimport/ledger"
)

// Compare tells a random story to two stores, call by call, and compares what
// they return and what they keep. It finds what no rule was written for:
//
//	for seed := range uint64(50) {
//		if err := storetest.Compare(ctx, seed, 200, new(ledger.MemoryStore), mine); err != nil {
//			t.Error(err)
//		}
//	}
//
// A story is made of commits, crashes, repetitions, several runs, links that come
// to share an account, a person's words and prunes; its names begin with its
// seed, so that many stories fit into one store. Of times, only their order
// counts, and whether they are there. Between two calls the clock of each store
// moves by two milliseconds: by its [Clock], or else by waiting. The error has
// the seed and the last calls; the same seed tells the same story.
func Compare(ctx context.Context, seed uint64, steps int, reference, other ledger.StateStore) error {
	s := newStory(ctx, seed, [2]ledger.StateStore{reference, other})
	for range steps {
		s.step()
		s.look()
		if s.err == nil && s.rand.IntN(25) == 0 {
			s.lookAtAll()
		}
		if s.err != nil {
			break
		}
	}
	s.lookAtAll()
	if s.err != nil {
		return fmt.Errorf("story %d, after these calls:\n%s\n%w", seed, strings.Join(s.calls[max(0, len(s.calls)-15):], "\n"), s.err)
	}
	return nil
}

// both makes one call of both stores and compares what comes back, which is
// printed one line for each item. It reports whether the call went well.
func (s *story) both(call string, do func(store ledger.StateStore, i int) ([]string, error)) bool {
	if s.err != nil {
		return false
	}
	s.calls = append(s.calls, call)
	var (
		texts [2][]string
		errs  [2]error
	)
	for i, store := range s.stores {
		texts[i], errs[i] = do(store, i)
	}
	if a, b := errorText(errs[0]), errorText(errs[1]); a != b {
		s.err = fmt.Errorf("%s: the reference returned the error %q, the other store %q", call, a, b)
		return false
	}
	for k := range max(len(texts[0]), len(texts[1])) {
		var line [2]string
		for i := range texts {
			line[i] = "(nothing)"
			if k < len(texts[i]) {
				line[i] = texts[i][k]
			}
		}
		if line[0] != line[1] {
			s.err = fmt.Errorf("%s, item %d:\n\tthe reference has %s\n\tthe other store  %s", call, k, line[0], line[1])
			return false
		}
	}
	return errs[0] == nil
}

// tick moves both clocks, so that what comes later is later in both stores.
func (s *story) tick() {
	const step = 2 * time.Millisecond
	waited := false
	for _, store := range s.stores {
		if c, ok := ability.Find[Clock](store); ok {
			c.Advance(step)
		} else if !waited {
			time.Sleep(step)
			waited = true
		}
	}
}

// errorText is what a caller can tell of an error.
func errorText(err error) string {
	if err == nil {
		return ""
	}
	if busy, ok := errors.AsType[*ledger.RunInProgressError](err); ok {
		return fmt.Sprintf("in progress: %s %s %s %s %s %v", busy.Account, busy.Link, busy.Kind, busy.RunID, busy.Owner, busy.EndsIn > 0)
	}
	if invalid, ok := errors.AsType[*ledger.InvalidRequestError](err); ok {
		return "invalid: " + invalid.Field
	}
	for _, known := range []error{
		ledger.ErrRunInProgress, ledger.ErrLeaseLost, ledger.ErrNotFound, ledger.ErrRunExists, ledger.ErrRunEnded, ledger.ErrNotDue,
	} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return "unexpected: " + err.Error()
}

// texts are the items of a list, printed.
func texts[T any](seq iter.Seq2[T, error], text func(T) string) ([]string, error) {
	var list []string
	for v, err := range seq {
		if err != nil {
			return list, err
		}
		list = append(list, text(v))
	}
	return list, nil
}
