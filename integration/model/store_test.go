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
			s.r.world.granted(s.r, l, req.TTL) //nolint:contextcheck // looks at the store from outside of any runner
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

func (s gatedStore) Release(ctx context.Context, l ledger.Lease, end ledger.End) (ledger.RunState, error) {
	return happen(s.r, "release", l.RunID+" "+string(end.Status), func() (ledger.RunState, error) {
		st, err := s.raw.Release(ctx, l, end)
		if err == nil {
			s.r.world.wrote(l, "release")
			s.r.world.ended(l, end) //nolint:contextcheck // looks at the store from outside of any runner
		}
		return st, err
	})
}

func (s gatedStore) Records(ctx context.Context, sc ledger.Scope, runID string, named []string) (map[string]ledger.Record, error) {
	return happen(s.r, "records", strings.Join(named, ","), func() (map[string]ledger.Record, error) {
		return s.raw.Records(ctx, sc, runID, named)
	})
}

func (s gatedStore) List(ctx context.Context, sc ledger.Scope, q ledger.Query) iter.Seq2[ledger.Record, error] {
	return gatedSeq(s.r, "list", string(sc.Kind), func() iter.Seq2[ledger.Record, error] { return s.raw.List(ctx, sc, q) })
}

func (s gatedStore) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
	return happen(s.r, "commit", committed(&c), func() ([]ledger.IntentState, error) {
		states, err := s.raw.Commit(ctx, l, c)
		if err == nil {
			s.r.world.wrote(l, "commit")
			s.r.world.putOff(l.Kind, c.Records)
		}
		return states, err
	})
}

// committed is a commit as a trace has it.
func committed(c *ledger.Commit) string {
	var b strings.Builder
	b.WriteString(ids(c.Outcomes, func(o adcimport.Outcome) string { return o.SourceID }))
	if c.Cursor != nil {
		fmt.Fprintf(&b, " @%s", *c.Cursor)
	}
	if c.Listed {
		b.WriteString(" listed")
	}
	if len(c.Withdrawn) > 0 {
		fmt.Fprintf(&b, " withdraws %s", strings.Join(c.Withdrawn, ","))
	}
	if len(c.Intents) > 0 {
		fmt.Fprintf(&b, " intends %s", ids(c.Intents, func(i ledger.Intent) string { return i.ID }))
	}
	return b.String()
}

func (s gatedStore) Amend(ctx context.Context, sc ledger.Scope, a []ledger.Amendment) error {
	s.r.world.amended(sc.Kind, a) //nolint:contextcheck // looks at the store from outside of any runner
	return s.raw.Amend(ctx, sc, a)
}

func (s gatedStore) Run(ctx context.Context, id string) (ledger.RunState, error) {
	return happen(s.r, "run", id, func() (ledger.RunState, error) { return s.raw.Run(ctx, id) })
}

func (s gatedStore) Runs(ctx context.Context, q ledger.RunQuery) iter.Seq2[ledger.RunState, error] {
	return gatedSeq(s.r, "runs", q.Link, func() iter.Seq2[ledger.RunState, error] { return s.raw.Runs(ctx, q) })
}

func (s gatedStore) Outcomes(ctx context.Context, runID string, from int) iter.Seq2[adcimport.Outcome, error] {
	return gatedSeq(s.r, "outcomes", runID, func() iter.Seq2[adcimport.Outcome, error] { return s.raw.Outcomes(ctx, runID, from) })
}

func (s gatedStore) Mark(ctx context.Context, runID string, m ledger.Mark) (bool, error) {
	return s.raw.Mark(ctx, runID, m)
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
