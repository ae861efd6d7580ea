package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/securitytrax/adcimport/adcimporttest/internal/ability"
	"github.com/securitytrax/adcimport/ledger"
)

// What the rules use throughout.
const (
	linkName = "link-1"
	leaseTTL = time.Minute
)

// scope is what most of the rules are about.
var scope = ledger.Scope{Account: linkName, Kind: ledger.KindCustomer}

// trial is one rule on one store. The first failure stays; nothing is done
// to the store after it, so that rules read without error handling.
type trial struct {
	ctx   context.Context //nolint:containedctx // a trial lives as long as one call of check
	store ledger.StateStore
	err   error

	attempts int
	seqs     map[lease]int64
}

func (t *trial) failf(format string, args ...any) {
	if t.err == nil {
		t.err = fmt.Errorf(format, args...)
	}
}

// do runs a step and fails with its error.
func (t *trial) do(doing string, step func() error) {
	if t.err != nil {
		return
	}
	if err := step(); err != nil {
		t.failf("%s: %w", doing, err)
	}
}

// equal compares two values by how they print.
func (t *trial) equal(what string, got, want any) {
	if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); t.err == nil && g != w {
		t.failf("%s is %s, want %s", what, g, w)
	}
}

// refused wants an error of a step that matches target.
func (t *trial) refused(doing string, target error, step func() error) {
	if t.err != nil {
		return
	}
	if err := step(); !errors.Is(err, target) {
		t.failf("%s returned %v, want an error that is %q", doing, err, target)
	}
}

// advance moves the clock, or leaves the rule out.
func (t *trial) advance(d time.Duration) {
	c, ok := ability.Find[Clock](t.store)
	if !ok {
		t.failf("%w: the store has no Advance, its clock cannot be moved", errLeftOut)
		return
	}
	if t.err == nil {
		c.Advance(d)
	}
}

// advanceIfPossible makes a difference of time visible where the clock moves.
func (t *trial) advanceIfPossible(d time.Duration) {
	if c, ok := ability.Find[Clock](t.store); ok && t.err == nil {
		c.Advance(d)
	}
}

// reopen goes on with the state alone, or leaves the rule out.
func (t *trial) reopen() {
	r, ok := ability.Find[Reopener](t.store)
	if !ok {
		t.failf("%w: the store has no Reopen", errLeftOut)
	}
	t.do("Reopen", func() error {
		s, err := r.Reopen()
		if err == nil {
			t.store = s
		}
		return err
	})
}

// collect ranges to the end.
func collect[T any](t *trial, what string, seq iter.Seq2[T, error]) (list []T) {
	t.do(what, func() error {
		for v, err := range seq {
			if err != nil {
				return err
			}
			list = append(list, v)
		}
		return nil
	})
	return list
}

// invalid wants an *InvalidRequestError.
func (t *trial) invalid(doing string, step func() error) {
	if t.err != nil {
		return
	}
	var invalid *ledger.InvalidRequestError
	if err := step(); !errors.As(err, &invalid) {
		t.failf("%s returned %v, want an *InvalidRequestError", doing, err)
	}
}

// about wants a duration within a second, which a slow store may need.
func (t *trial) about(what string, got, want time.Duration) {
	if t.err == nil && (got < want-time.Second || got > want+time.Second) {
		t.failf("%s is %s, want about %s", what, got, want)
	}
}
