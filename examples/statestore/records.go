package main

import (
	"context"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/securitytrax/adcimport"
)

// Known implements [adcimport.StateStore].
func (s *Store) Known(ctx context.Context, link string, k adcimport.Kind, ids []string) (map[string]adcimport.Known, error) {
	found := make(map[string]adcimport.Known)
	err := s.view(ctx, fmt.Sprintf("look up %d records", len(ids)), func(tx *bolt.Tx) error {
		b := path(tx, "links", link, string(k), "known")
		if b == nil {
			return nil
		}
		for _, id := range ids {
			known, ok, err := get[adcimport.Known](b, recordKey(id))
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

// Intend implements [adcimport.StateStore].
func (s *Store) Intend(ctx context.Context, l adcimport.Lease, in []adcimport.Intent) ([]adcimport.IntentState, error) {
	states := make([]adcimport.IntentState, len(in))
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
func (h holding) intend(it adcimport.Intent, now time.Time) (adcimport.IntentState, error) {
	st, err := h.intentState(it)
	if err == nil && (st == adcimport.IntentFresh || st == adcimport.IntentEarlier) {
		open := intent{Fingerprint: it.Fingerprint, Since: now, Epoch: h.lease.Epoch}
		err = put(h.scope.open, recordKey(it.ID), open)
	}
	return st, err
}

// intentState is the table of [adcimport.StateStore.Intend], in its order.
func (h holding) intentState(it adcimport.Intent) (adcimport.IntentState, error) {
	key := recordKey(it.ID)
	open, ok, err := get[intent](h.scope.open, key)
	switch {
	case err != nil:
		return 0, err
	case ok && open.Epoch == h.lease.Epoch:
		return adcimport.IntentDuplicate, nil
	case ok:
		return adcimport.IntentEarlier, nil
	case h.scope.known.Get(key) != nil:
		return adcimport.IntentDuplicate, nil
	case h.scope.parked.Get(key) != nil && it.Unpark:
		return adcimport.IntentEarlier, nil
	case h.scope.parked.Get(key) != nil:
		return adcimport.IntentParked, nil
	case h.run.has(key) && !it.Unpark:
		return adcimport.IntentDuplicate, nil
	}
	return adcimport.IntentFresh, nil
}

// Commit implements [adcimport.StateStore].
func (s *Store) Commit(ctx context.Context, l adcimport.Lease, c adcimport.Commit) error {
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
func (h holding) settle(o adcimport.Outcome, known map[string]adcimport.Known) error {
	if o.Reason == adcimport.ReasonAlreadyImported || o.Reason == adcimport.ReasonDuplicateInSource {
		return nil
	}
	key := recordKey(o.SourceID)
	if err := h.run.setOutcome(key, o); err != nil {
		return err
	}
	if err := h.scope.open.Delete(key); err != nil {
		return err
	}
	if o.Action == adcimport.ActionFailed && o.Reason == adcimport.ReasonInDoubt {
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
