package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/securitytrax/adcimport/ledger"
)

// Amend implements [ledger.StateStore].
func (s *Store) Amend(ctx context.Context, scope ledger.Scope, list []ledger.Amendment) error {
	decisions := true
	for i := range list {
		if err := list[i].Validate(); err != nil {
			return err
		}
		decisions = decisions && list[i].Op == ledger.AmendDecide
	}
	call := rand.Text()
	return s.write(ctx, fmt.Sprintf("amend %d records", len(list)), func(ctx context.Context, tx querier) error {
		r, err := s.lockScope(ctx, tx, scope)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return nil
		case err != nil:
			return err
		case r.amended == call: // an attempt whose reply was lost
			return nil
		case !decisions && r.held():
			return s.inProgress(ctx, tx, r)
		}
		if err := s.amend(ctx, tx, r, list); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, s.sql.nameAmendment, call, r.id); err != nil {
			return fmt.Errorf("name the call: %w", err)
		}
		return nil
	})
}

func (s *Store) amend(ctx context.Context, tx querier, r *scopeRow, list []ledger.Amendment) error {
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	f, err := s.lookUp(ctx, tx, r.Scope, "", ids)
	if err != nil {
		return err
	}
	m := amending{now: r, found: f, at: make(map[string]int), open: r.open}
	for _, a := range list {
		m.apply(a)
	}
	if err := s.put(ctx, tx, r.id, m.changes); err != nil {
		return err
	}
	if len(m.forgotten) > 0 {
		if _, err := tx.ExecContext(ctx, s.sql.forget, r.id, jsonRows(m.forgotten)); err != nil {
			return fmt.Errorf("forget what runs decided: %w", err)
		}
	}
	if len(m.open) == len(r.open) {
		return nil
	}
	if _, err := tx.ExecContext(ctx, s.sql.setOpen, openText(m.open), r.id); err != nil {
		return fmt.Errorf("take from the open batch: %w", err)
	}
	return nil
}

// amending is what amendments make of records, one after the other.
type amending struct {
	now       *scopeRow
	found     found
	open      []ledger.OpenIntent // what is left of the open batch
	changes   []change
	at        map[string]int // places in changes
	forgotten []string
}

func (m *amending) apply(a ledger.Amendment) {
	c := m.current(a.ID)
	isOpen := slices.ContainsFunc(m.open, func(o ledger.OpenIntent) bool { return o.ID == a.ID })
	exists := c.next != ledger.Record{ID: a.ID}
	switch {
	case a.Op == ledger.AmendForget:
		m.forgotten = append(m.forgotten, a.ID)
	case isOpen && a.Op == ledger.AmendRetry: // an open record is not retried
		return
	}
	if !exists && !isOpen {
		return
	}
	if isOpen && a.Op == ledger.AmendForget {
		m.open = slices.DeleteFunc(slices.Clone(m.open), func(o ledger.OpenIntent) bool { return o.ID == a.ID })
	}
	c.next = ledger.Amended(c.next, a, m.now.now)
	if a.Op == ledger.AmendForget {
		c.at, c.forgot = pointer{}, true
	}
	if i, ok := m.at[a.ID]; ok {
		m.changes[i] = c
		return
	}
	m.at[a.ID] = len(m.changes)
	m.changes = append(m.changes, c)
}

// current is a record as it is by now.
func (m *amending) current(id string) change {
	if i, ok := m.at[id]; ok {
		return m.changes[i]
	}
	old := m.found.records[id]
	old.ID = id
	next := old.Record
	next.Here = ledger.Verdict{}
	return change{old: old, next: next, at: old.at}
}
