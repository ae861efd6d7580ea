// Package conformance holds a [adcimport.Source] or a [adcimport.Sink] to its
// contract: one rule after the other, each with a case of its own. Package
// storetest does the same for state stores.
package conformance

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/securitytrax/adcimport/adcimporttest/internal/panics"
)

// errLeftOut says that what is under test cannot be checked by a rule.
var errLeftOut = errors.New("left out")

// rule is one rule of the contract of a Source or a Sink. check leaves
// what it finds in the trial.
type rule[C any] struct {
	name    string
	explain string
	check   func(t *trial, c C)
}

// trial is one rule on one thing under test. The first failure stays.
type trial struct {
	ctx context.Context //nolint:containedctx // a trial lives as long as one call of check
	err error
}

func (t *trial) failf(format string, args ...any) {
	if t.err == nil {
		t.err = fmt.Errorf(format, args...)
	}
}

// leaveOut ends a rule that the thing under test cannot be checked by.
func (t *trial) leaveOut(why string) { t.failf("%w: %s", errLeftOut, why) }

// noError fails with an error.
func (t *trial) noError(doing string, err error) {
	if err != nil {
		t.failf("%s: %w", doing, err)
	}
}

// equal compares two values by how they print.
func (t *trial) equal(what string, got, want any) {
	if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != w {
		t.failf("%s: %s, want %s", what, g, w)
	}
}

// refused wants an error that matches target.
func (t *trial) refused(doing string, err, target error) {
	if !errors.Is(err, target) {
		t.failf("%s returned %v, want an error that is %q", doing, err, target)
	}
}

func (r rule[C]) try(ctx context.Context, c C) error {
	t := &trial{ctx: ctx}
	if err := panics.Guard(func() error { r.check(t, c); return nil }); err != nil {
		t.err = err // more than what it found before
	}
	if t.err != nil {
		return fmt.Errorf("%s: %s: %w", r.name, r.explain, t.err)
	}
	return nil
}

// tryAll checks by every rule, each on a thing of its own.
func tryAll[C any](rules []rule[C], newCase func() (C, error)) error {
	var errs []error
	for _, r := range rules {
		var c C
		var err error
		if thrown := panics.Guard(func() error { c, err = newCase(); return nil }); thrown != nil {
			errs = append(errs, fmt.Errorf("%s: the case: %w", r.name, thrown))
			continue
		}
		if err != nil {
			return fmt.Errorf("make what is tested by rule %s: %w", r.name, err)
		}
		if err := r.try(context.Background(), c); err != nil && !errors.Is(err, errLeftOut) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// own runs a part of a rule on a goroutine of its own, with a trial of its own.
func (t *trial) own(part func(own *trial)) error {
	own := &trial{ctx: t.ctx}
	if err := panics.Guard(func() error { part(own); return nil }); err != nil {
		return err
	}
	return own.err
}

// runAll is tryAll with a subtest for each rule, and one before them that prints which
// abilities there are.
func runAll[C interface{ Abilities() string }](t *testing.T, rules []rule[C], newCase func(t *testing.T) C) {
	t.Helper()
	t.Run("abilities", func(t *testing.T) {
		if err := panics.Guard(func() error { t.Log(newCase(t).Abilities()); return nil }); err != nil {
			t.Error(err)
		}
	})
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			err := panics.Guard(func() error { return r.try(t.Context(), newCase(t)) })
			if errors.Is(err, errLeftOut) {
				t.Skip(err)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}
