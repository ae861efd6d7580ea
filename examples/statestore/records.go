package main

import (
	"context"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/securitytrax/adcimport/ledger"
)

// Known implements [ledger.StateStore].
func (s *Store) Known(ctx context.Context, link string, k ledger.Kind, ids []string) (map[string]ledger.Known, error) {
	found := make(map[string]ledger.Known)
	err := s.view(ctx, fmt.Sprintf("look up %d records", len(ids)), func(tx *bolt.Tx) error {
		b := path(tx, "links", link, string(k), "known")
		if b == nil {
			return nil
		}
		for _, id := range ids {
			known, ok, err := get[ledger.Known](b, recordKey(id))
			if err != nil {
				return err
			}
			if ok {
				found[id] = known
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Intend implements [ledger.StateStore].
func (s *Store) Intend(ctx context.Context, l ledger.Lease, in []ledger.Intent) ([]ledger.IntentState, error) {
	states := make([]ledger.IntentState, len(in))
	err := s.update(ctx, "intend records of run "+l.RunID, func(tx *bolt.Tx) error {
		h, err := hold(tx, l)
		if err != nil {
			return err
		}
		now := s.moment()
		for i, it := range in {
			if states[i], err = h.intend(it, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return states, nil
}

// intend opens an intent where the record's state allows it.
func (h holding) intend(it ledger.Intent, now time.Time) (ledger.IntentState, error) {
	st, err := h.intentState(it)
	if err == nil && (st == ledger.IntentFresh || st == ledger.IntentEarlier) {
		open := intent{Fingerprint: it.Fingerprint, Since: now, Epoch: h.lease.Epoch}
		err = put(h.scope.open, recordKey(it.ID), open)
	}
	return st, err
}

// intentState is the table of [ledger.StateStore.Intend], in its order.
func (h holding) intentState(it ledger.Intent) (ledger.IntentState, error) {
	key := recordKey(it.ID)
	open, ok, err := get[intent](h.scope.open, key)
	switch {
	case err != nil:
		return 0, err
	case ok && open.Epoch == h.lease.Epoch:
		return ledger.IntentDuplicate, nil
	case ok:
		return ledger.IntentEarlier, nil
	case h.scope.known.Get(key) != nil:
		return ledger.IntentDuplicate, nil
	case h.scope.parked.Get(key) != nil && it.Unpark:
		return ledger.IntentEarlier, nil
	case h.scope.parked.Get(key) != nil:
		return ledger.IntentParked, nil
	case h.run.has(key) && !it.Unpark:
		return ledger.IntentDuplicate, nil
	}
	return ledger.IntentFresh, nil
}

// Commit implements [ledger.StateStore].
func (s *Store) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) error {
	return s.update(ctx, "commit outcomes of run "+l.RunID, func(tx *bolt.Tx) error {
		h, err := hold(tx, l)
		if err != nil {
			return err
		}
		for _, id := range c.Withdrawn {
			if err := h.scope.open.Delete(recordKey(id)); err != nil {
				return err
			}
		}
		for _, o := range c.Outcomes {
			o.RunID, o.Kind = l.RunID, l.Kind
			if err := h.settle(o, c.Known); err != nil {
				return err
			}
		}
		st, err := h.run.state()
		if err != nil {
			return err
		}
		st.Cursor, st.Listed = []byte(c.Cursor), c.Listed
		st.Summary.Counts, st.Summary.ByReason = c.Counts, c.ByReason
		return h.run.setState(st)
	})
}

// settle stores an outcome, clears its intent and says what the record is now.
func (h holding) settle(o ledger.Outcome, known map[string]ledger.Known) error {
	if !o.Stored(false) {
		return nil
	}
	key := recordKey(o.SourceID)
	if err := h.run.setOutcome(key, o); err != nil {
		return err
	}
	if err := h.scope.open.Delete(key); err != nil {
		return err
	}
	if o.Action == ledger.ActionFailed && o.Reason == ledger.ReasonInDoubt {
		return h.scope.parked.Put(key, []byte{1})
	}
	if !o.Action.Done() {
		return nil
	}
	k, ok := known[o.SourceID]
	if !ok {
		k.SinkID = o.SinkID
	}
	k.RunID = o.RunID
	if err := h.scope.parked.Delete(key); err != nil {
		return err
	}
	return put(h.scope.known, key, k)
}
