package adcimport

import (
	"context"
	"fmt"
	"slices"

	"github.com/securitytrax/adcimport/internal/engine"
	"github.com/securitytrax/adcimport/ledger"
)

// LookupRecord returns what is known of a record, or [ErrNotFound]: no run has decided
// about it, or it was forgotten.
func (imp *Importer) LookupRecord(ctx context.Context, k Kind, id string) (ledger.RecordInfo, error) {
	stored, err := imp.cfg.Store.Records(ctx, imp.scope(k), "", []string{id})
	if err != nil {
		return ledger.RecordInfo{}, fmt.Errorf("look up %s %s: %w", k, id, err)
	}
	r, ok := stored[id]
	if !ok || !r.Known && r.State == ledger.StateNone {
		return ledger.RecordInfo{}, fmt.Errorf("look up %s %s: nothing is known of it: %w", k, id, ErrNotFound)
	}
	info := ledger.RecordInfo{ID: id, SinkID: r.SinkID, State: r.State, Since: r.Since, RunID: r.RunID}
	if r.State == ledger.StateResting {
		info.Rests = r.Since.Add(engine.RestOf(&r, imp.cfg.RestAfter))
	}
	if d := engine.DecisionOf(&r); d == ledger.DecisionCreate {
		info.Create = true
	} else {
		info.LinkTo = d
	}
	return info, nil
}

// Forget is for what was deleted at the destination and shall come again: the next
// run takes these records for ones that it never saw. They are known no more, what
// was counted against them and what was in doubt of them is dropped, and a create
// goes out under a new idempotency key. A record that is still there is found by its
// Alarm.com id, and linked again.
//
// It is refused as a whole: with [ErrRunInProgress] while a run of the kind is at
// work, and with [ErrNotFound] where nothing is known of one of the ids. What runs
// have decided about the records stays in their outcomes. With [Config.SinkAccount],
// all links of the account forget them.
//
// A user who was told of a login and is forgotten is told again, when it is created
// once more.
func (imp *Importer) Forget(ctx context.Context, k Kind, ids ...string) error {
	if len(ids) == 0 {
		return &InvalidFilterError{Field: "Forget.ids", Rule: "must name a record"}
	}
	scope, err := imp.scopeToForget(k)
	if err != nil {
		return err
	}
	stored, err := imp.cfg.Store.Records(ctx, scope, "", ids)
	if err != nil {
		return fmt.Errorf("forget %ss: %w", k, err)
	}
	for _, id := range ids {
		if _, ok := stored[id]; !ok {
			return fmt.Errorf("forget %s %s: nothing is known of it: %w", k, id, ErrNotFound)
		}
	}
	return imp.forget(ctx, scope, ids)
}

// ForgetAll forgets all records of the kind, as [Importer.Forget] does, and returns
// how many. It goes on in parts: after an error, which may be that a run began
// meanwhile, what was forgotten stays so, and it can be called again. With
// [Config.SinkAccount], that is what all links of the account have brought.
func (imp *Importer) ForgetAll(ctx context.Context, k Kind) (int, error) {
	scope, err := imp.scopeToForget(k)
	if err != nil {
		return 0, err
	}
	forgotten := 0
	for _, q := range []ledger.Query{{Known: true, Limit: forgetAtOnce}, {Limit: forgetAtOnce}} {
		for {
			ids, err := imp.listed(ctx, scope, q)
			if err != nil {
				return forgotten, fmt.Errorf("forget all %ss: %w", k, err)
			}
			if len(ids) == 0 {
				break
			}
			if err := imp.forget(ctx, scope, ids); err != nil {
				return forgotten, err
			}
			forgotten += len(ids) // they are not listed again
		}
	}
	return forgotten, nil
}

// forgetAtOnce is how many records are forgotten in one transaction of the store.
const forgetAtOnce = 500

func (imp *Importer) scopeToForget(k Kind) (ledger.Scope, error) {
	if k != KindCustomer && k != KindUser {
		return ledger.Scope{}, &InvalidFilterError{Field: "Forget.kind", Rule: "must be customer or user"}
	}
	return ledger.Scope{Account: imp.cfg.SinkAccount, Kind: k}, nil
}

func (imp *Importer) listed(ctx context.Context, scope ledger.Scope, q ledger.Query) ([]string, error) {
	var ids []string
	for r, err := range imp.cfg.Store.List(ctx, scope, q) {
		if err != nil {
			return nil, err
		}
		ids = append(ids, r.ID)
	}
	return ids, nil
}

func (imp *Importer) forget(ctx context.Context, scope ledger.Scope, ids []string) error {
	list := make([]ledger.Amendment, 0, len(ids))
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		list = append(list, ledger.Amendment{ID: id, Op: ledger.AmendForget})
	}
	if err := imp.cfg.Store.Amend(ctx, scope, list); err != nil {
		return fmt.Errorf("forget %ss: %w", scope.Kind, err)
	}
	return nil
}
