package model_test

import (
	"context"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// keepsPassing gives a run whose listing begins anew the counts of what passed
// before, too.
type keepsPassing struct {
	adcimport.StateStore
}

func (s keepsPassing) Acquire(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
	before, _ := s.Run(ctx, req.RunID) // none, of a new run
	l, err := s.StateStore.Acquire(ctx, req)
	if err == nil && l.State.Pass > before.Pass {
		l.State.Counts, l.State.ByReason, l.State.Passing = before.Counts, before.ByReason, before.Passing
	}
	return l, err
}

// keepsCursor lets a run go on where it was, although another one came in between.
type keepsCursor struct{ adcimport.StateStore }

func (s keepsCursor) Acquire(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
	before, _ := s.Run(ctx, req.RunID) // none, of a new run
	l, err := s.StateStore.Acquire(ctx, req)
	if err == nil && l.State.Pass > before.Pass {
		l.State.Cursor, l.State.Listed, l.State.Pass = before.Cursor, before.Listed, before.Pass
		l.State.Counts, l.State.ByReason, l.State.Passing = before.Counts, before.ByReason, before.Passing
	}
	return l, err
}

// hereOfAny takes what any run decided last for what the asked one did.
type hereOfAny struct{ adcimport.StateStore }

func (s hereOfAny) Records(ctx context.Context, sc ledger.Scope, runID string, ids []string) (map[string]ledger.Record, error) {
	found, err := s.StateStore.Records(ctx, sc, runID, ids)
	for id, r := range found {
		if r.RunID == "" || r.RunID == runID {
			continue
		}
		last, lerr := s.StateStore.Records(ctx, sc, r.RunID, []string{id})
		if lerr == nil {
			found[id] = last[id]
		}
	}
	return found, err
}

// silentlyCleared takes an intent of which a commit says nothing for one that was
// not sent.
type silentlyCleared struct {
	adcimport.StateStore
	open map[adcimport.Kind][]string
}

func (s *silentlyCleared) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
	spoken := make(map[string]bool)
	for i := range c.Records {
		spoken[c.Records[i].ID] = true
	}
	for _, id := range s.open[l.Kind] {
		if !spoken[id] {
			c.Withdrawn = append(c.Withdrawn, id)
		}
	}
	states, err := s.StateStore.Commit(ctx, l, c)
	if err != nil {
		return states, err
	}
	var open []string
	for i, st := range states {
		if st == ledger.IntentFresh {
			open = append(open, c.Intents[i].ID)
		}
	}
	if s.open == nil {
		s.open = make(map[adcimport.Kind][]string)
	}
	s.open[l.Kind] = open
	return states, err
}

// countsTwice adds what a commit counts to what is stored, and does so again when
// the commit is repeated, as each third one is.
type countsTwice struct {
	adcimport.StateStore
	n    int
	last map[string]ledger.Tally // as the run has it
	more map[string]ledger.Tally // that is stored beyond it
}

func (s *countsTwice) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
	if s.last == nil {
		s.last, s.more = make(map[string]ledger.Tally), make(map[string]ledger.Tally)
	}
	news := c.Tally.Minus(s.last[l.RunID])
	s.last[l.RunID] = c.Tally
	if s.n++; s.n%3 == 0 {
		s.more[l.RunID] = s.more[l.RunID].Plus(news)
	}
	c.Tally = c.Tally.Plus(s.more[l.RunID])
	return s.StateStore.Commit(ctx, l, c)
}
