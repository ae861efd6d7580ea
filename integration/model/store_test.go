package model_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// gatedStore is the state store as one runner has it.
type gatedStore struct {
	r   *runner
	raw adcimport.StateStore // the real one, or a planted mistake around it
}

func (s gatedStore) Acquire(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
	return happen(s.r, "acquire", req.RunID, func() (ledger.Lease, error) {
		l, err := s.raw.Acquire(ctx, req)
		if err == nil {
			s.r.world.granted(s.r, l, req.TTL)
		}
		return l, err
	})
}

func (s gatedStore) Renew(ctx context.Context, l ledger.Lease) (ledger.Lease, error) {
	return happen(s.r, "renew", l.RunID, func() (ledger.Lease, error) {
		got, err := s.raw.Renew(ctx, l)
		if err == nil {
			s.r.world.wrote(l, "renew")
			s.r.leaseEnds[l.Kind] = time.Now().Add(l.TTL)
		}
		return got, err
	})
}

func (s gatedStore) Release(ctx context.Context, l ledger.Lease, end ledger.RunState) error {
	_, err := happen(s.r, "release", l.RunID+" "+string(end.Status), func() (struct{}, error) {
		err := s.raw.Release(ctx, l, end)
		if err == nil {
			s.r.world.wrote(l, "release")
			s.r.world.ended(l, end) //nolint:contextcheck // looks at the store from outside of any runner
		}
		return struct{}{}, err
	})
	return err
}

func (s gatedStore) Known(ctx context.Context, link string, k adcimport.Kind, ids []string) (map[string]ledger.Known, error) {
	return happen(s.r, "known", strings.Join(ids, ","), func() (map[string]ledger.Known, error) {
		return s.raw.Known(ctx, link, k, ids)
	})
}

func (s gatedStore) Intend(ctx context.Context, l ledger.Lease, in []ledger.Intent) ([]ledger.IntentState, error) {
	return happen(s.r, "intend", ids(in, func(i ledger.Intent) string { return i.ID }), func() ([]ledger.IntentState, error) {
		states, err := s.raw.Intend(ctx, l, in)
		if err == nil {
			s.r.world.wrote(l, "intend")
		}
		return states, err
	})
}

func (s gatedStore) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) error {
	arg := fmt.Sprintf("%s @%s", ids(c.Outcomes, func(o adcimport.Outcome) string { return o.SourceID }), c.Cursor)
	_, err := happen(s.r, "commit", arg, func() (struct{}, error) {
		err := s.raw.Commit(ctx, l, c)
		if err == nil {
			s.r.world.wrote(l, "commit")
		}
		return struct{}{}, err
	})
	return err
}

func (s gatedStore) InDoubt(ctx context.Context, link string, k adcimport.Kind) iter.Seq2[ledger.Intent, error] {
	return gatedSeq(s.r, "in doubt", string(k), func() iter.Seq2[ledger.Intent, error] { return s.raw.InDoubt(ctx, link, k) })
}

func (s gatedStore) Run(ctx context.Context, id string) (ledger.RunState, error) {
	return happen(s.r, "run", id, func() (ledger.RunState, error) { return s.raw.Run(ctx, id) })
}

func (s gatedStore) Runs(ctx context.Context, link string) iter.Seq2[ledger.RunState, error] {
	return gatedSeq(s.r, "runs", link, func() iter.Seq2[ledger.RunState, error] { return s.raw.Runs(ctx, link) })
}

func (s gatedStore) Outcomes(ctx context.Context, runID string) iter.Seq2[adcimport.Outcome, error] {
	return gatedSeq(s.r, "outcomes", runID, func() iter.Seq2[adcimport.Outcome, error] { return s.raw.Outcomes(ctx, runID) })
}

func (s gatedStore) MarkNotified(ctx context.Context, runID, notifier string) error {
	return s.raw.MarkNotified(ctx, runID, notifier)
}

func (s gatedStore) Prune(ctx context.Context, link string, olderThan time.Time) (int, error) {
	return s.raw.Prune(ctx, link, olderThan)
}

// gatedSeq reads a sequence in one call and then yields it.
func gatedSeq[T any](r *runner, op, arg string, raw func() iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		all, err := happen(r, op, arg, func() ([]T, error) { return collect(raw()) })
		for _, v := range all {
			if !yield(v, nil) {
				return
			}
		}
		if err != nil {
			var none T
			yield(none, err)
		}
	}
}

func collect[T any](seq iter.Seq2[T, error]) ([]T, error) {
	var all []T
	for v, err := range seq {
		if err != nil {
			return all, err
		}
		all = append(all, v)
	}
	return all, nil
}

func ids[T any](items []T, id func(T) string) string {
	var b strings.Builder
	for i, it := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(id(it))
	}
	return b.String()
}
